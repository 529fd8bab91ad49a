#include "gateway/metrics.h"

#include <set>

#include "base/strings.h"
#include "pipeline/test_pipeline.h"
#include "store/test_folder.h"

namespace omni::gateway {
namespace {

using chat::Dialect;

class MetricsTest : public pipeline::testing::PipelineTest {
 protected:
  /// What stands behind that series; "none" where it is not there.
  std::string value_of(const std::string& series) {
    const std::string page = "\n" + Metrics(parts()).page();
    const std::size_t at = page.find("\n" + series + " ");
    if (at == std::string::npos) return "none";
    const std::size_t begin = at + series.size() + 2;
    return page.substr(begin, page.find('\n', begin) - begin);
  }
  static std::set<std::string> words_behind(std::string text, std::string_view mark, char end) {
    std::set<std::string> words;
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
      const std::size_t begin = at + mark.size();
      words.insert(text.substr(begin, text.find(end, begin) - begin));
    }
    return words;
  }
};

TEST_F(MetricsTest, TellWhatRequestsCameToAndWhatTheyUsed) {
  connect("ch", "one");
  provider_.play(pipeline::testing::hi(Dialect::openai_chat, pipeline::testing::Mode::whole));
  EXPECT_EQ(ask(Dialect::anthropic, "ch/m").status, 200);
  EXPECT_EQ(ask(Dialect::openai_chat, "nobody/m").status, 400);
  EXPECT_EQ(
      value_of(
          R"(omniroute_requests_total{provider="ch",model="m",dialect="anthropic",status="2xx"})"),
      "1");
  EXPECT_EQ(
      value_of(
          R"(omniroute_requests_total{provider="",model="",dialect="openai_chat",status="4xx"})"),
      "1");
  EXPECT_EQ(value_of(R"(omniroute_attempts_total{provider="ch",status="2xx"})"), "1");
  EXPECT_EQ(value_of(R"(omniroute_attempt_duration_seconds_count{provider="ch"})"), "1");
  EXPECT_EQ(value_of(R"(omniroute_tokens_total{provider="ch",model="m",kind="input"})"), "9");
  EXPECT_EQ(value_of(R"(omniroute_tokens_total{provider="ch",model="m",kind="output"})"), "2");
  EXPECT_EQ(value_of(R"(omniroute_cost_dollars_total{provider="ch",model="m"})"), "1.3e-05");
  EXPECT_EQ(value_of("omniroute_request_duration_seconds_count"), "2");
  EXPECT_EQ(value_of("omniroute_requests_in_flight"), "0");
  EXPECT_NE(value_of("process_resident_memory_bytes"), "0");
}

TEST_F(MetricsTest, TellBudgetsAndBreakers) {
  write([](sql::Session& session) {
    store::Budget budget;
    budget.limits_nano[0] = 2'500'000'000;
    return store::put_budget(session, budget);
  });
  budgets_.spend({}, {500'000'000}, nullptr);
  const account::Profile at_once{.failures_max = 1};
  for (const char* const model : {"a", "b"}) {
    auto entered = breakers_.enter("ch", model, at_once);
    breakers_.settle(std::move(std::get<account::Breakers::Pass>(entered)),
                     account::Breakers::Outcome::failed);
  }
  EXPECT_EQ(value_of(R"(omniroute_budget_spent_dollars{scope="all"})"), "0.5");
  EXPECT_EQ(value_of(R"(omniroute_budget_limit_dollars{scope="all"})"), "2.5");
  EXPECT_EQ(value_of(R"(omniroute_breaker_state{provider="ch",model=""})"), "1");
}

TEST_F(MetricsTest, AreExplainedOnTheirPageAllOfThemAndNoOthers) {
  const std::string page =
      store::read_file(std::string(OMNI_SOURCE_DIR) + "/docs/howto/watch-a-gateway.md");
  EXPECT_EQ(words_behind(page, "\n| `", '`'),
            words_behind(Metrics(parts()).page(), "\n# TYPE ", ' '));
}

TEST_F(MetricsTest, HaveAUnitAndAreCalledAsPrometheusWantsIt) {
  const std::string page = Metrics(parts()).page();
  for (const std::string& name : words_behind(page, "\n# TYPE ", '\n')) {
    const bool counts = name.ends_with(" counter");
    EXPECT_EQ(name.find("_total ") != std::string::npos, counts) << name;
  }
}

}  // namespace
}  // namespace omni::gateway
