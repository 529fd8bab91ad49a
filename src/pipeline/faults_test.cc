// A combo of three providers each of which fails every fifth call, in every way there is: clients
// hear of none of it, and nobody pays for it.

#include <array>
#include <atomic>
#include <thread>

#include "chat/collector.h"
#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Heard;
using testing::Mode;
using testing::TestAnswer;
using upstream::testing::Asked;
using upstream::testing::json_reply;
using upstream::testing::Reply;

constexpr std::uint64_t seed = 7;
constexpr std::size_t clients = 8;
constexpr std::uint64_t price_of_a_call = 13'000;  // nine tokens in and two out
constexpr std::array targets{Dialect::openai_chat, Dialect::anthropic, Dialect::openai_responses};

/// A thousand in a run of all tests, as many as the variable says in one of its own: see README.md.
const std::uint64_t requests_max = [] {
  const char* const said = std::getenv("FAULTS_REQUESTS");
  return said == nullptr ? std::uint64_t{1000} : std::stoull(said);
}();

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/// What stands between the marks that each request has in its words.
std::uint64_t number_in(const std::string& body) {
  const std::size_t mark = body.find('#');
  return mark == std::string::npos ? 0 : std::stoull(body.substr(mark + 1));
}

bool wants(const std::string& body, std::string_view what) {
  return body.find(what) != std::string::npos;
}

Dialect dialect_of(const Asked& asked) {
  for (const Dialect dialect : targets) {
    if (asked.target.starts_with("/" + testing::provider_of(dialect) + "/")) return dialect;
  }
  ADD_FAILURE() << asked.target;
  return Dialect::openai_chat;
}

/// In the provider's dialect: the words "Hi", or a call that names the request.
Reply good(Dialect dialect, const Asked& asked) {
  const Mode mode = wants(asked.body, R"("stream":true)") ? Mode::stream : Mode::whole;
  Reply told = testing::hi(dialect, mode);
  if (!wants(asked.body, "look_up")) return told;
  chat::ToolCall call{.id = "call_1", .name = "look_up"};
  call.input = R"({"n":)" + std::to_string(number_in(asked.body)) + "}";
  chat::Reply reply{.source = dialect, .id = "r1", .model = "m", .created = 1};
  reply.choices.push_back({.parts = {{.body = call}}, .finish = chat::Finish::tool_calls});
  reply.usage = chat::Usage{.input_fresh = 9, .output_text = 2};
  const dialect::Codec& codec = dialect::codec_for(dialect);
  const dialect::ReplyStyle style{
      .id = "Zq3vB8nT5kXw1LmPc7RyD2hJ", .now = 1, .include_usage = true};
  std::string& body = told.pieces.at(0);
  if (mode == Mode::whole) {
    dialect::Losses losses;
    body = codec.encode_reply(reply, style, losses);
  } else {
    body.clear();
    chat::replay(reply, *codec.stream_encoder(style, body));
  }
  return told;
}

/// What comes before the first word, tokens and all.
std::string beginning(Dialect dialect) {
  const std::string half = testing::half_of_hi(dialect);
  const std::size_t end = half.rfind("\n\n", half.find("\"Hi\""));
  return half.substr(0, end + 2);
}

constexpr std::uint64_t faults = 7;
Reply fault(std::uint64_t kind, Dialect dialect, const Asked& asked) {
  Reply reset = upstream::testing::no_reply();
  reset.end = Reply::End::broken;
  Reply limit = json_reply(R"({"error":{"message":"Slow down"}})", 429);
  if (kind == 1) limit.fields = {{"retry-after", "2"}};
  Reply cut = good(dialect, asked);
  cut.end = Reply::End::broken;
  cut.pieces = {cut.type == "text/event-stream"
                    ? beginning(dialect)
                    : cut.pieces[0].substr(0, cut.pieces[0].size() / 2)};
  switch (kind) {
    case 0:
      return reset;
    case 1:
    case 2:
      return limit;
    case 3:
      return json_reply("<html>502</html>", asked.body.size() % 2 == 0 ? 500 : 503);
    case 4:
      return upstream::testing::no_reply();
    case 5:
      return json_reply("\x01garbage{", 200);
    default:
      return cut;
  }
}

class FaultsTest : public testing::PipelineTest {
 protected:
  FaultsTest() {
    start({.first_byte = Millis{40}, .idle = Millis{40}}, heartbeat_);
    const std::uint16_t nobody = net::testing::RawUpstream().port();
    for (const Dialect dialect : targets) {
      const std::string provider = testing::provider_of(dialect);
      connect_at("http://127.0.0.1:" + std::to_string(nobody), provider);  // refuses
      connect(provider, provider + "-one");
      connect(provider, provider + "-two");
    }
    add_combo("best", R"({"models":["ch/m","an/m","re/m"],"strategy":"round-robin",)"
                      R"("config":{"maxRetries":1,"retryDelayMs":0}})");
  }
  void connect_at(const std::string& url, const std::string& provider) {
    store::Connection connection{.id = "refuses-" + provider, .provider = provider};
    connection.api_key = Secret("key");
    connection.priority = 0;
    connection.data = json::Raw::trusted(R"({"baseUrl":")" + url + "\"}");
    write([&](sql::Session& session) {
      return store::add_connection(session, store_->sealer(), connection);
    });
  }

  /// A fault for every fifth call, decided by the request and how often it was asked.
  void fail_every_fifth() {
    provider_.play_by([this](const Asked& asked) {
      const Dialect dialect = dialect_of(asked);
      const std::uint64_t number = number_in(asked.body);
      const std::uint64_t draw = mixed(mixed(seed + number) + tries_.at(number)++);
      ++calls_;
      if (draw % 5 != 0) return good(dialect, asked);
      ++faulty_;
      return fault(draw / 5 % faults, dialect, asked);
    });
  }

  Ask question(std::uint64_t number) {
    const Dialect client = chat::all_dialects.at(number % chat::all_dialects.size());
    const Mode mode = number / 5 % 2 == 0 ? Mode::whole : Mode::stream;
    Ask asked = turn(client, "best", mode);
    const std::string words = "\"#" + std::to_string(number) + "#\"";
    asked.body.replace(asked.body.find("\"Hi\""), 4, words);
    if (number / 10 % 2 == 0) asked.body.insert(asked.body.size() - 1, tools_of(client));
    return asked;
  }
  static std::string tools_of(Dialect client) {
    const std::string function =
        R"("name":"look_up","description":"d","parameters":{"type":"object","properties":{}}})";
    switch (client) {
      case Dialect::openai_responses:
        return R"(,"tools":[{"type":"function",)" + function + "]";
      case Dialect::anthropic:
        return R"(,"tools":[{"name":"look_up","input_schema":{"type":"object"}}])";
      case Dialect::gemini:
        return R"(,"tools":[{"functionDeclarations":[{)" + function + "]}]";
      default:
        return R"(,"tools":[{"type":"function","function":{)" + function + "}]";
    }
  }

  /// Whether the client got the answer to its own question, and that once.
  bool answered(std::uint64_t number) {
    const Ask asked = question(number);
    const TestAnswer answer = ask(asked);
    const Dialect client = chat::all_dialects.at(number % chat::all_dialects.size());
    const Heard heard = testing::hear(client, answer);
    if (answer.status != 200 || heard.failure) return false;
    if (!wants(asked.body, "look_up")) return heard.text == "Hi" && heard.calls.empty();
    const std::string input = R"({"n":)" + std::to_string(number) + "}";
    if (heard.calls.size() > 1) ++called_twice_;
    return heard.calls.size() == 1 && heard.calls[0].input == input;
  }

  std::vector<std::uint64_t> tries_ = std::vector<std::uint64_t>(requests_max + 1);
  std::atomic<std::uint64_t> calls_ = 0, faulty_ = 0, called_twice_ = 0;
};

TEST_F(FaultsTest, ClientsOfAComboHearNothingOfFailuresAndNobodyPaysForThem) {
  fail_every_fifth();
  std::atomic<std::uint64_t> next = 1, failed = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < clients; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t number = next++; number <= requests_max; number = next++) {
        if (!answered(number) && ++failed < 5) ADD_FAILURE() << "seed " << seed << ": " << number;
        advance(Millis{1000});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(failed * 10'000, requests_max) << "of 10,000 one at most";
  EXPECT_EQ(called_twice_, 0U);
  EXPECT_GT(faulty_ * 6, calls_) << "there were failures";
  const std::string good = std::to_string(requests_max - failed);
  const std::string cost = std::to_string((requests_max - failed) * price_of_a_call);
  const auto paid = [this] {
    return usage(
        "DISTINCT (SELECT count(*) FROM usage WHERE success) || ' ' || "
        "(SELECT sum(cost_nano) FROM usage)");
  };
  EXPECT_TRUE(net::testing::eventually([&] { return paid() == good + " " + cost; })) << paid();
}

TEST_F(FaultsTest, ACallThatHasBegunIsNotBegunAgainBySomebodyElse) {
  for (std::uint64_t number = 15; number < 20; ++number) {
    Ask asked = question(number);
    asked.body.insert(asked.body.size() - 1, tools_of(chat::all_dialects.at(number % 5)));
    std::atomic<int> calls = 0;
    provider_.play_by([&](const Asked& of) {
      ++calls;
      Reply cut = good(dialect_of(of), of);
      std::string& body = cut.pieces.at(0);
      body.resize(body.find("\n\n", body.find("{\\\"n\\\"")) + 2);
      cut.end = Reply::End::broken;
      return cut;
    });
    const Heard heard = testing::hear(chat::all_dialects.at(number % 5), ask(asked));
    EXPECT_TRUE(heard.failure) << asked.path;
    EXPECT_LE(heard.calls.size(), 1U) << asked.path;
    EXPECT_EQ(calls, 1) << asked.path;
    advance(std::chrono::hours(1));
  }
}

TEST_F(FaultsTest, WhoLeavesHarmsNoProvider) {
  provider_.play_by([this](const Asked& asked) {
    ++calls_;
    Reply slow = good(dialect_of(asked), asked);
    slow.end = Reply::End::silent;
    slow.has_head = number_in(asked.body) % 2 == 0;
    slow.pieces.clear();
    return slow;
  });
  start({}, heartbeat_);
  for (const char* const refuses : {"refuses-ch", "refuses-an", "refuses-re"}) {
    write([&](sql::Session& session) { return store::delete_connection(session, refuses); });
  }
  for (std::uint64_t number = 1; number <= 100; ++number) {
    net::testing::RawClient client = begin(question(number));
    EXPECT_TRUE(net::testing::eventually([&] { return calls_ == number; }));
    client.close();
  }
  EXPECT_EQ(usage("DISTINCT status || error_code", 100), "499client");
  EXPECT_TRUE(accounts_.rests().empty());
  EXPECT_TRUE(breakers_.all().empty());
  const route::ComboMetrics metrics = memory_.find("id-best")->metrics();
  EXPECT_EQ(metrics.failures, 0U);
  for (const route::Tally& step : metrics.steps) {
    EXPECT_EQ(step.failures, 0U);
    EXPECT_EQ(step.in_flight, 0U);
  }
}

}  // namespace
}  // namespace omni::pipeline
