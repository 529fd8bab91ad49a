#include "pipeline/draft.h"

#include <gtest/gtest.h>

namespace omni::pipeline {
namespace {

using chat::Dialect;

constexpr std::string_view turn = R"("messages":[{"role":"user","content":"Hi"}]})";

std::string with_turn(std::string_view members) {
  return R"({"model":"m",)" + std::string(members) + std::string(turn);
}

/// What is told of a request that must be good.
struct Told {
  Dialect body_dialect{};
  std::string model;
  bool stream = false, wants_usage = false, as_array = false;
};

Told told(Dialect dialect, std::string_view body, std::string_view accept = "",
          std::string_view path = "") {
  const auto draft = scan({.dialect = dialect, .path = path, .body = body, .accept = accept});
  if (!draft) {
    ADD_FAILURE() << draft.error().message() << " of " << body;
    return {};
  }
  return {draft->body_dialect, draft->model, draft->stream, draft->wants_usage, draft->as_array};
}

std::string refusal(Dialect dialect, std::string_view body, std::string_view path = "") {
  const auto draft = scan({.dialect = dialect, .path = path, .body = body, .accept = ""});
  return draft ? "" : draft.error().message();
}

TEST(Draft, RefusesWhatIsNoObject) {
  for (const char* const body : {"", "{", "{} {}", "{'a':1}"}) {
    EXPECT_EQ(refusal(Dialect::openai_chat, body), "Invalid JSON body") << body;
  }
  for (const char* const body : {"[]", "7", "null", "\"x\""}) {
    EXPECT_EQ(refusal(Dialect::openai_chat, body), "Invalid JSON body: expected a JSON object");
  }
  EXPECT_EQ(refusal(Dialect::openai_chat, R"({"model":"a","model":"b"})"),
            R"(Invalid JSON body: member "model" appears twice)");
}

TEST(Draft, RefusesWhatNamesNoModel) {
  for (const char* const model : {"", R"("model":null,)"}) {
    EXPECT_EQ(refusal(Dialect::anthropic, "{" + std::string(model) + std::string(turn)),
              "Missing model");
  }
  EXPECT_EQ(refusal(Dialect::anthropic, R"({"model":7,)" + std::string(turn)),
            "Invalid model format");
}

TEST(Draft, ReadsEscapesInTheModelsName) {
  EXPECT_EQ(told(Dialect::openai_chat, R"({"model":"a\/b\u002dc",)" + std::string(turn)).model,
            "a/b-c");
}

TEST(Draft, RefusesWhatSaysNothing) {
  struct Row {
    Dialect dialect;
    std::string body, says;
  };
  const std::vector<Row> rows{
      {Dialect::openai_chat, R"({"model":"m"})", "Missing messages"},
      {Dialect::openai_chat, R"({"model":"m","messages":null})", "Missing messages"},
      {Dialect::anthropic, R"({"model":"m","messages":[ ]})", "messages must not be empty"},
      {Dialect::openai_responses, R"({"model":"m"})", "Missing input"},
      {Dialect::openai_responses, R"({"model":"m","input":[]})", "input must not be empty"},
      {Dialect::ollama, R"({"model":"m","messages":[]})", ""},
      {Dialect::ollama, R"({"model":"m"})", ""},
      {Dialect::openai_responses, R"({"model":"m","prompt":{"id":"p"}})", ""},
      {Dialect::openai_responses, R"({"model":"m","previous_response_id":"r"})", ""},
      {Dialect::openai_responses, R"({"model":"m","previous_response_id":null})", "Missing input"},
  };
  for (const Row& row : rows) EXPECT_EQ(refusal(row.dialect, row.body), row.says) << row.body;
  EXPECT_EQ(refusal(Dialect::gemini, "{}", "/v1beta/models/m:generateContent"), "Missing contents");
}

TEST(Draft, T07_a_stream_is_what_asks_for_one) {
  for (const Dialect dialect : {Dialect::openai_chat, Dialect::anthropic}) {
    EXPECT_FALSE(told(dialect, with_turn("")).stream);
    EXPECT_TRUE(told(dialect, with_turn(R"("stream":true,)")).stream);
    EXPECT_TRUE(told(dialect, with_turn(""), "text/event-stream").stream);
    EXPECT_TRUE(told(dialect, with_turn(R"("stream":null,)"), "text/event-stream").stream);
    EXPECT_FALSE(told(dialect, with_turn(R"("stream":false,)"), "text/event-stream").stream);
    EXPECT_FALSE(told(dialect, with_turn(""), "*/*").stream);
  }
}

TEST(Draft, OllamaStreamsUnlessItIsToldNotTo) {
  EXPECT_TRUE(told(Dialect::ollama, with_turn("")).stream);
  EXPECT_FALSE(told(Dialect::ollama, with_turn(R"("stream":false,)")).stream);
}

TEST(Draft, GeminiSaysItAllInItsPath) {
  const std::string body = R"({"contents":[{"parts":[{"text":"Hi"}]}]})";
  const auto at = [&](std::string_view path) { return told(Dialect::gemini, body, "", path); };
  const Told whole = at("/v1beta/models/ge/gemini-3:generateContent");
  EXPECT_EQ(whole.model, "ge/gemini-3");
  EXPECT_FALSE(whole.stream);
  const Told events = at("/v1beta/models/m:streamGenerateContent?alt=sse");
  EXPECT_TRUE(events.stream);
  EXPECT_FALSE(events.as_array);
  EXPECT_TRUE(at("/v1beta/models/m:streamGenerateContent").as_array);
  EXPECT_NE(refusal(Dialect::gemini, body, "/v1beta/models/m:embedContent"), "");
}

TEST(Draft, UsageIsWantedWhereItIsAskedFor) {
  const auto wants = [](std::string_view options) {
    return told(Dialect::openai_chat,
                with_turn("\"stream\":true,\"stream_options\":" + std::string(options) + ","))
        .wants_usage;
  };
  EXPECT_TRUE(wants(R"({"include_usage":true})"));
  EXPECT_TRUE(wants(R"({"other": 1, "include_usage" : true})"));
  EXPECT_FALSE(wants(R"({"include_usage":false})"));
  EXPECT_FALSE(wants("null"));
  EXPECT_FALSE(told(Dialect::openai_chat, with_turn("")).wants_usage);
}

TEST(Draft, AtThePathOfChatTheBodyMayBeOfAnotherDialect) {
  const auto dialect = [](std::string_view body) {
    return told(Dialect::openai_chat, body).body_dialect;
  };
  EXPECT_EQ(dialect(with_turn("")), Dialect::openai_chat);
  EXPECT_EQ(dialect(R"({"model":"m","input":"Hi"})"), Dialect::openai_responses);
  EXPECT_EQ(dialect(with_turn(R"("input":"x",)")), Dialect::openai_chat);
  EXPECT_EQ(dialect(with_turn(R"("system":"Be brief.",)")), Dialect::anthropic);
  EXPECT_EQ(dialect(with_turn(R"("anthropic_version":"2023-06-01",)")), Dialect::anthropic);
  EXPECT_EQ(told(Dialect::ollama, with_turn(R"("system":"x",)")).body_dialect, Dialect::ollama);
}

TEST(Draft, RefusesANameThatNobodyCouldHaveGivenAModel) {
  const std::string body = R"({"model":")" + std::string(100'000, 'm') +
                           R"(","messages":[{"role":"user","content":"Hi"}]})";
  const Result<Draft> draft =
      scan({.dialect = chat::Dialect::openai_chat, .path = "/v1/chat/completions", .body = body});
  ASSERT_FALSE(draft);
  EXPECT_EQ(draft.error().message(), "Invalid model format");
}

}  // namespace
}  // namespace omni::pipeline
