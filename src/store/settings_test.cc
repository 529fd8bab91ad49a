#include "store/settings.h"

#include <gtest/gtest.h>

#include <set>

#include "json/reader.h"

namespace omni::store {
namespace {

std::string written(const Settings& settings, const SettingRow& row) {
  std::string out;
  json::Writer writer(out);
  write(writer, settings, row);
  EXPECT_TRUE(writer.complete()) << row.full_name();
  return out;
}

std::string group_of(const Settings& settings, std::string_view group) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  write_group(writer, settings, group);
  writer.end_object();
  return out;
}

/// What is wrong with giving a setting the value: "name: message".
std::string assigned(Settings& settings, const SettingRow& row, std::string_view value) {
  json::Reader reader;
  const std::vector<json::Finding> findings = assign(settings, row, reader.read(value));
  return findings.empty() ? "" : findings[0].field + ": " + findings[0].message;
}

/// Other than the default, and valid.
std::string other_value(const SettingRow& row, std::string_view now) {
  switch (row.shape.kind) {
    case json::Kind::boolean:
      return now == "true" ? "false" : "true";
    case json::Kind::number: {
      const std::string most = std::to_string(static_cast<std::int64_t>(row.shape.max));
      return most == now ? std::to_string(static_cast<std::int64_t>(row.shape.min)) : most;
    }
    case json::Kind::object:
      return R"({"groq":{"maxRetries":2}})";
    case json::Kind::text:
      if (!row.shape.choices.empty()) {
        return std::string(json::Raw::quote(row.shape.choices.back()).text());
      }
      return row.shape.format != nullptr ? R"("https://a.example")" : R"("other")";
    default:
      break;
  }
  if (row.name == "wildcardAliases") return R"([{"pattern":"a*","target":"b"}])";
  if (row.name == "providerStrategies")
    return R"([{"provider":"groq","fallbackStrategy":"random"}])";
  if (row.name == "customAgents") return R"([{"name":"a"}])";
  if (row.name == "tempBans") return R"([{"ip":"10.0.0.1","until":5,"reason":"x"}])";
  return R"(["10.0.0.1","::1"])";
}

/// Of another kind, and out of range where there is a range.
std::vector<std::string> bad_values(const SettingRow& row) {
  std::vector<std::string> bad{"null", row.shape.kind == json::Kind::object ? "7" : R"({"a":1})"};
  switch (row.shape.kind) {
    case json::Kind::number:
      bad.push_back(std::to_string(static_cast<std::int64_t>(row.shape.min) - 1));
      bad.push_back(std::to_string(static_cast<std::int64_t>(row.shape.max) + 1));
      bad.emplace_back(R"("1")");
      break;
    case json::Kind::text: {
      const bool choice = !row.shape.choices.empty();
      const std::size_t size = choice ? 1 : static_cast<std::size_t>(row.shape.max) + 1;
      bad.push_back('"' + std::string(size, 'x') + '"');
      break;
    }
    case json::Kind::array:
      bad.emplace_back("[7]");
      break;
    default:
      bad.emplace_back("1");
  }
  return bad;
}

TEST(Settings, EveryDefaultFitsItsOwnShape) {
  for (const SettingRow& row : setting_rows()) {
    Settings settings;
    const std::string value = written(settings, row);
    EXPECT_EQ(assigned(settings, row, value), "") << row.full_name();
    EXPECT_EQ(written(settings, row), value) << row.full_name();
  }
}

TEST(Settings, EveryValueReadsBackAsItWasWrittenAndChangesNoOther) {
  for (const SettingRow& row : setting_rows()) {
    Settings settings;
    const std::string before = written(settings, row);
    const std::string value = other_value(row, before);
    ASSERT_NE(value, before) << row.full_name();
    EXPECT_EQ(assigned(settings, row, value), "") << row.full_name();
    EXPECT_EQ(written(settings, row), value) << row.full_name();
    for (const SettingRow& other : setting_rows()) {
      if (&other == &row) continue;
      EXPECT_EQ(written(settings, other), written(Settings{}, other)) << other.full_name();
    }
  }
}

TEST(Settings, RefusesEveryValueOutOfRangeByItsNameAndKeepsTheOldOne) {
  for (const SettingRow& row : setting_rows()) {
    Settings settings;
    const std::string before = written(settings, row);
    for (const std::string& bad : bad_values(row)) {
      const std::string why = assigned(settings, row, bad);
      EXPECT_TRUE(why.starts_with(row.name)) << row.full_name() << " " << bad << " " << why;
    }
    EXPECT_EQ(written(settings, row), before) << row.full_name();
  }
}

TEST(Settings, EveryRowHasANameOfItsOwnAndOneSentenceOfHelp) {
  std::set<std::string> names;
  for (const SettingRow& row : setting_rows()) {
    EXPECT_TRUE(names.insert(row.full_name()).second) << row.full_name();
    EXPECT_EQ(find_setting(row.group, row.name), &row);
    EXPECT_EQ(find_setting(row.full_name()), &row);
    EXPECT_TRUE(row.help.ends_with('.') && row.help.find('\n') == std::string_view::npos)
        << row.full_name();
  }
  EXPECT_EQ(find_setting("", "password"), nullptr);
  EXPECT_EQ(find_setting("", "mode"), nullptr);
  EXPECT_EQ(find_setting("ip-filter", "theme"), nullptr);
}

TEST(Settings, HaveTheDefaultsOfTheContract) {
  const std::string group = group_of(Settings{}, "");
  for (const std::string_view member : {R"("cloudEnabled":false)",
                                        R"("tailscaleEnabled":false)",
                                        R"("tailscaleUrl":"")",
                                        R"("stickyRoundRobinLimit":3)",
                                        R"("requestRetry":3)",
                                        R"("maxRetryIntervalSec":30)",
                                        R"("antigravitySignatureCacheMode":"enabled")",
                                        R"("requireLogin":true)",
                                        R"("mcpEnabled":false)",
                                        R"("a2aEnabled":false)",
                                        R"("hiddenSidebarItems":[])",
                                        R"("hideEndpointCloudflaredTunnel":false)",
                                        R"("hideEndpointNgrokTunnel":false)",
                                        R"("hideEndpointTailscaleFunnel":false)",
                                        R"("comboConfigMode":"guided")",
                                        R"("alwaysPreserveClientCache":"auto")",
                                        R"("idempotencyWindowMs":5000)",
                                        R"("wsAuth":false)",
                                        R"("maxBodySizeMb":10)",
                                        R"("usageTokenBuffer":0)",
                                        R"("requireApiKey":false)",
                                        R"("bruteForceProtection":true)"}) {
    EXPECT_NE(group.find(member), std::string::npos) << member;
  }
  EXPECT_EQ(group_of(Settings{}, "ip-filter"),
            R"({"enabled":false,"mode":"blacklist","blacklist":[],"whitelist":[],"tempBans":[]})");
  EXPECT_EQ(group_of(Settings{}, "thinking-budget"),
            R"({"mode":"passthrough","customBudget":10240,"effortLevel":"medium",)"
            R"("baseBudget":10240,"complexityMultiplier":1})");
  EXPECT_EQ(group_of(Settings{}, "system-prompt"), R"({"enabled":false,"prompt":""})");
}

TEST(Settings, ShowNoSecretAndTakeItsMaskForTheSame) {
  Settings settings;
  const SettingRow& row = *find_setting("", "skillsmpApiKey");
  EXPECT_NE(group_of(settings, "").find(R"("skillsmpApiKey":"")"), std::string::npos);
  EXPECT_EQ(assigned(settings, row, R"("sm-1")"), "");
  EXPECT_EQ(group_of(settings, "").find("sm-1"), std::string::npos);
  EXPECT_NE(group_of(settings, "").find(R"("skillsmpApiKey":"***")"), std::string::npos);
  EXPECT_EQ(assigned(settings, row, R"("***")"), "");
  EXPECT_EQ(settings.skillsmp_api_key, "sm-1");
  EXPECT_EQ(assigned(settings, row, R"("")"), "");
  EXPECT_EQ(settings.skillsmp_api_key, "");
}

TEST(Settings, NamePlacesWithinAList) {
  Settings settings;
  EXPECT_EQ(assigned(settings, *find_setting("ip-filter", "blacklist"), R"(["10.0.0.1","x"])"),
            "blacklist[1]: must be an IP address, a network such as 10.0.0.0/8, or 10.0.*");
  EXPECT_TRUE(settings.ip_blacklist.empty());
  EXPECT_EQ(assigned(settings, *find_setting("", "wildcardAliases"), R"([{"pattern":"a"}])"),
            "wildcardAliases[0].target: is required");
}

TEST(Settings, AGroupIsAnObjectOfItsRows) {
  json::Reader reader;
  const json::Shape& shape = group_shape("system-prompt");
  EXPECT_EQ(shape.members.size(), 2U);
  EXPECT_TRUE(json::check(shape, reader.read(R"({"prompt":"x"})")).empty());
  EXPECT_EQ(json::check(shape, reader.read(R"({"prompt":1})")).at(0).field, "prompt");
  for (const SettingRow& row : setting_rows()) EXPECT_FALSE(group_shape(row.group).members.empty());
}

TEST(Settings, ThatDecideWhoGetsInOrWhatIsThrownAwayAreThese) {
  std::string names;
  for (const SettingRow& row : setting_rows()) {
    if (row.guarded) names += row.full_name() + " ";
  }
  EXPECT_EQ(
      names,
      "requireLogin requireApiKey bruteForceProtection corsOrigins allowedHosts wsAuth baseUrl "
      "backupKeepLatest backupRetentionDays callLogBodies callLogRetentionDays "
      "ip-filter.enabled ip-filter.mode ip-filter.blacklist ip-filter.whitelist "
      "ip-filter.tempBans ");
}

}  // namespace
}  // namespace omni::store
