#include "account/quota.h"

#include <gtest/gtest.h>

#include <sstream>

namespace omni::account {
namespace {

using catalog::QuotaForm;

/// "plan: name used/total until TIME!, …"; the mark is of those that bind.
std::string told(QuotaForm form, std::string_view body) {
  const Result<QuotaReport> report = read_quotas(form, body);
  if (!report) return report.error().message();
  std::ostringstream out;
  out << report->plan << ":";
  for (const Quota& quota : report->quotas) {
    out << " " << quota.name << " " << quota.used << "/";
    if (quota.unlimited) {
      out << "any";
    } else {
      out << quota.total;
    }
    if (quota.reset) out << " until " << iso8601(*quota.reset);
    out << (quota.binding ? "!" : "") << (quota.is_spent() ? " spent" : "") << ",";
  }
  if (!report->message.empty()) out << " \"" << report->message << "\"";
  return out.str();
}

TEST(Quotas, OfClaudeAreSharesOfWindowsOneForEachModelThatHasItsOwn) {
  EXPECT_EQ(told(QuotaForm::claude,
                 R"({"five_hour":{"utilization":100,"resets_at":"2026-03-10T05:00:00+00:00"},
                     "seven_day":{"utilization":26.5,"resets_at":null},"seven_day_opus":null,
                     "seven_day_sonnet":{"utilization":1},"tangelo":null,
                     "extra_usage":{"is_enabled":false,"utilization":3}})"),
            ": session (5h) 100/100 until 2026-03-10T05:00:00.000Z! spent, "
            "weekly (7d) 26.5/100!, weekly (7d) sonnet 1/100,");
}

TEST(Quotas, OfCodexGoByTheLengthOfTheirWindows) {
  EXPECT_EQ(told(QuotaForm::codex,
                 R"({"plan_type":"plus","rate_limit":{"primary_window":{"used_percent":100,
                     "limit_window_seconds":604800,"reset_at":1782770922},
                     "secondary_window":{"used_percent":4,"limit_window_seconds":18000}}})"),
            "plus: weekly (7d) 100/100 until 2026-06-29T22:08:42.000Z! spent, "
            "session (5h) 4/100!,");
  EXPECT_EQ(told(QuotaForm::codex, R"({"plan_type":"pro","rate_limit":null})"),
            "pro: \"The provider says nothing of limits\"");
}

TEST(Quotas, OfCopilotAreCountedOrWithoutEnd) {
  EXPECT_EQ(told(QuotaForm::copilot,
                 R"({"copilot_plan":"individual","quota_reset_date":"2026-01-01",
                     "quota_snapshots":{"chat":{"entitlement":0,"remaining":0,
                     "percent_remaining":100.0,"unlimited":true},"premium_interactions":
                     {"entitlement":300,"remaining":135,"percent_remaining":45.0,
                     "unlimited":false}}})"),
            "individual: chat 0/any, "
            "premium_interactions 165/300 until 2026-01-01T00:00:00.000Z,");
}

TEST(Quotas, OfPrepaidAccountsAreMoney) {
  EXPECT_EQ(
      told(QuotaForm::openrouter, R"({"data":{"limit":20,"usage":7.5,"is_free_tier":false}})"),
      ": credits (USD) 7.5/20,");
  EXPECT_EQ(told(QuotaForm::openrouter, R"({"data":{"limit":null,"usage":7.5}})"),
            ": credits (USD) 7.5/any,");
  EXPECT_EQ(told(QuotaForm::deepseek, R"({"is_available":false,"balance_infos":[
                 {"currency":"USD","total_balance":"1.25"}]})"),
            ": balance (USD) 0/1.25, \"The balance does not suffice for calls\"");
}

TEST(Quotas, OfCodingPlansAreReadAsTheirProvidersWriteThem) {
  EXPECT_EQ(told(QuotaForm::kimi,
                 R"({"usage":{"limit":"100","used":"37","resetTime":"2026-03-10T05:00:00Z"},
                     "limits":[{"window":{"duration":300,"timeUnit":"TIME_UNIT_MINUTE"},
                     "detail":{"limit":"20","remaining":"0"}}]})"),
            ": weekly (7d) 37/100 until 2026-03-10T05:00:00.000Z!, "
            "session (5h) 20/20! spent,");
  EXPECT_EQ(told(QuotaForm::zai, R"({"data":{"level":"pro","limits":[{"type":"TOKENS_LIMIT",
                 "percentage":37,"nextResetTime":1782770922000},{"type":"TIME_LIMIT",
                 "percentage":1}]}})"),
            "pro: tokens (5h) 37/100 until 2026-06-29T22:08:42.000Z!, tools (month) 1/100,");
  EXPECT_EQ(told(QuotaForm::minimax, R"({"model_remains":[{"model_name":"general",
                 "current_interval_total_count":1500,"current_interval_usage_count":1200}],
                 "base_resp":{"status_code":0,"status_msg":"success"}})"),
            ": session (5h) general 300/1500,");
  EXPECT_EQ(told(QuotaForm::minimax,
                 R"({"base_resp":{"status_code":1004,"status_msg":"no active plan"}})"),
            ": \"no active plan\"");
}

TEST(Quotas, ThatAreNoObjectAreNotUnderstood) {
  for (const QuotaForm form : {QuotaForm::claude, QuotaForm::codex, QuotaForm::minimax}) {
    EXPECT_EQ(told(form, "[]"), "The provider's answer is not understood");
    EXPECT_FALSE(read_quotas(form, "<html>"));
    EXPECT_EQ(told(form, R"({"rate_limit":7,"five_hour":"x","model_remains":null})"),
              ": \"The provider says nothing of limits\"");
  }
}

}  // namespace
}  // namespace omni::account
