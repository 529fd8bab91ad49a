// Good answers: whoever asks, whoever answers, in whichever form.

#include "pipeline/chat.h"

#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Heard;
using testing::Mode;
using testing::PipelineTest;
using testing::TestAnswer;
using upstream::testing::Reply;

class ChatTest : public PipelineTest {
 protected:
  ChatTest() {
    for (const Dialect dialect : chat::all_dialects)
      connect(testing::provider_of(dialect), key(dialect));
  }
  static std::string key(Dialect dialect) { return "key-" + testing::provider_of(dialect); }
  static std::string model(Dialect dialect) { return testing::provider_of(dialect) + "/m"; }
};

std::string type_of(Dialect client, Mode mode) {
  if (mode == Mode::whole) return "application/json";
  return client == Dialect::ollama ? "application/x-ndjson" : "text/event-stream";
}

TEST_F(ChatTest, EveryClientIsAnsweredByEveryProviderInTheFormThatItAskedFor) {
  for (const Dialect provider : chat::all_dialects) {
    for (const Mode comes : {Mode::whole, Mode::stream}) {
      provider_.play(testing::hi(provider, comes));
      for (const Dialect client : chat::all_dialects) {
        for (const Mode goes : {Mode::whole, Mode::stream}) {
          SCOPED_TRACE(std::string(name_of(client)) + " asks " + std::string(name_of(provider)) +
                       (goes == Mode::stream ? ", streamed" : ", whole") +
                       (comes == Mode::stream ? " of a stream" : " of a whole"));
          const TestAnswer answer = ask(client, model(provider), goes);
          const Heard heard = testing::hear(client, answer);
          EXPECT_EQ(answer.status, 200) << answer.body;
          EXPECT_EQ(answer.field("content-type"), type_of(client, goes));
          EXPECT_EQ(heard.text, "Hi") << answer.body;
          EXPECT_FALSE(heard.failure) << heard.failure->message;
        }
      }
    }
  }
}

TEST_F(ChatTest, AClientOfTheProvidersDialectGetsItsBytes) {
  for (const Dialect dialect : chat::all_dialects) {
    for (const Mode mode : {Mode::whole, Mode::stream}) {
      SCOPED_TRACE(name_of(dialect));
      const Reply said = testing::hi(dialect, mode);
      provider_.play(said);
      const TestAnswer answer = ask(dialect, model(dialect), mode);
      if (dialect == Dialect::openai_chat && mode == Mode::stream) {
        EXPECT_FALSE(answer.says(R"("choices":[],)")) << "nobody has asked for usage";
      } else {
        EXPECT_EQ(answer.body, said.pieces[0]);
      }
      EXPECT_NE(trace().find(R"("lane":"bytes")"), std::string::npos);
    }
  }
}

TEST_F(ChatTest, TheProviderIsAskedInItsOwnWordsAndWithItsOwnKey) {
  struct Row {
    Dialect dialect;
    std::string target, field, value;
  };
  const std::vector<Row> rows{
      {Dialect::openai_chat, "/ch/chat/completions", "authorization", "Bearer key-ch"},
      {Dialect::openai_responses, "/re/responses", "authorization", "Bearer key-re"},
      {Dialect::anthropic, "/an/messages", "x-api-key", "key-an"},
      {Dialect::gemini, "/ge/models/m:generateContent", "x-goog-api-key", "key-ge"},
      {Dialect::ollama, "/ol/api/chat", "authorization", "Bearer key-ol"}};
  for (const Row& row : rows) {
    for (const Dialect client : chat::all_dialects) {
      provider_.play(testing::hi(row.dialect, Mode::whole));
      ask({.path = testing::PipelineTest::turn(client, model(row.dialect)).path,
           .body = testing::PipelineTest::turn(client, model(row.dialect)).body,
           .fields = "authorization: Bearer sk-of-the-client\r\nx-api-key: sk-of-the-client\r\n"});
      const auto asked = provider_.last_asked();
      EXPECT_EQ(asked.target, row.target) << name_of(client);
      EXPECT_EQ(asked.field(row.field), row.value);
      EXPECT_EQ(asked.field("user-agent"), "omniroute/test");
      EXPECT_EQ(asked.field("accept"), "application/json");
      for (const auto& [name, value] : asked.fields) {
        EXPECT_EQ(value.find("sk-of-the-client"), std::string::npos) << name;
      }
      if (row.dialect != Dialect::gemini) {
        EXPECT_NE(asked.body.find(R"("model":"m")"), std::string::npos) << asked.body;
      }
    }
  }
}

TEST_F(ChatTest, AStreamIsAskedForAsOne) {
  provider_.play(testing::hi(Dialect::openai_chat, Mode::stream));
  ask(Dialect::openai_chat, "ch/m", Mode::stream);
  EXPECT_NE(provider_.last_asked().body.find(R"("stream":true)"), std::string::npos);
  EXPECT_NE(provider_.last_asked().body.find(R"("include_usage":true)"), std::string::npos);
  EXPECT_EQ(provider_.last_asked().field("accept"), "text/event-stream");
  provider_.play(testing::hi(Dialect::gemini, Mode::stream));
  ask(Dialect::anthropic, "ge/m", Mode::stream);
  EXPECT_EQ(provider_.last_asked().target, "/ge/models/m:streamGenerateContent?alt=sse");
}

TEST_F(ChatTest, WhatAProviderStreamsWithoutSayingSoIsReadAsAStream) {
  for (const Dialect provider : chat::all_dialects) {
    for (const char* const type : {"text/plain", "application/octet-stream"}) {
      Reply reply = testing::hi(provider, Mode::stream);
      reply.type = type;
      provider_.play(reply);
      const TestAnswer answer = ask(Dialect::anthropic, model(provider), Mode::stream);
      EXPECT_EQ(testing::hear(Dialect::anthropic, answer).text, "Hi") << answer.body;
    }
  }
  Reply loud = testing::hi(Dialect::openai_chat, Mode::stream);
  loud.type = "Text/Event-Stream; charset=utf-8";
  provider_.play(loud);
  EXPECT_EQ(ask(Dialect::anthropic, "ch/m", Mode::whole).status, 200);
}

TEST_F(ChatTest, AnArrayOfGeminiIsOneJsonDocument) {
  for (const Dialect provider : {Dialect::gemini, Dialect::openai_chat}) {
    provider_.play(testing::hi(provider, Mode::stream));
    testing::Ask asked = turn(Dialect::gemini, model(provider), Mode::stream);
    asked.path.resize(asked.path.find('?'));
    const TestAnswer answer = ask(asked);
    EXPECT_EQ(answer.field("content-type"), "application/json");
    EXPECT_TRUE(answer.body.starts_with("[")) << answer.body;
    EXPECT_TRUE(json::Envelope::scan(R"({"a":)" + answer.body + "}")) << answer.body;
  }
}

TEST_F(ChatTest, AWholeAnswerSaysThatItIsFromNoCache) {
  provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").field("x-omniroute-cache"), "MISS");
}

TEST_F(ChatTest, TheBodyOfAnotherDialectAtThePathOfChatIsAnsweredAsChat) {
  provider_.play(testing::hi(Dialect::anthropic, Mode::whole));
  for (const char* const body : {R"({"model":"an/m","input":"Hi"})",
                                 R"({"model":"an/m","system":"Be brief.","max_tokens":9,
            "messages":[{"role":"user","content":"Hi"}]})"}) {
    const TestAnswer answer = ask({"/v1/chat/completions", body});
    EXPECT_EQ(testing::hear(Dialect::openai_chat, answer).text, "Hi") << answer.body;
    EXPECT_TRUE(answer.says(R"("object":"chat.completion")"));
  }
  EXPECT_NE(provider_.last_asked().body.find("Be brief."), std::string::npos);
}

TEST_F(ChatTest, T26_version_and_betas_of_anthropic_go_out_once) {
  provider_.play(testing::hi(Dialect::anthropic, Mode::whole));
  testing::Ask asked = turn(Dialect::anthropic, "an/m[1m]");
  ask(asked);
  EXPECT_EQ(provider_.last_asked().field("anthropic-version"), "2023-06-01");
  EXPECT_EQ(provider_.last_asked().field("anthropic-beta"), "context-1m-2025-08-07");
  asked.fields =
      "anthropic-version: 2024-01-01, 2024-01-01\r\nanthropic-beta: a, b\r\n"
      "anthropic-beta: b,context-1m-2025-08-07\r\n";
  ask(asked);
  EXPECT_EQ(provider_.last_asked().field("anthropic-version"), "2024-01-01");
  EXPECT_EQ(provider_.last_asked().field("anthropic-beta"), "a,b,context-1m-2025-08-07");
  asked.path = "/v1/messages?beta=true";
  EXPECT_EQ(ask(asked).status, 200);
  EXPECT_EQ(provider_.last_asked().target, "/an/messages?beta=true");
  ask({.path = "/v1/chat/completions",
       .body = turn(Dialect::openai_chat, "an/m").body,
       .fields = "anthropic-beta: a\r\n"});
  EXPECT_EQ(provider_.last_asked().field("anthropic-beta"), "") << "no word of another dialect";
}

TEST_F(ChatTest, T29_a_providers_own_path_takes_ids_with_slashes) {
  provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  const auto asks = [&](const std::string& provider, const std::string& name) {
    return ask(
        {"/v1/providers/" + provider + "/chat/completions", turn(Dialect::openai_chat, name).body});
  };
  for (const char* const name : {"acme-team/small", "ch/acme-team/small"}) {
    EXPECT_EQ(asks("ch", name).status, 200);
    EXPECT_NE(provider_.last_asked().body.find(R"("model":"acme-team/small")"), std::string::npos);
  }
  EXPECT_TRUE(asks("ch", "an/m").says("does not belong to provider"));
  EXPECT_TRUE(asks("nobody", "m").says("Unknown provider: nobody"));
}

TEST_F(ChatTest, ARequestThatNobodyCouldAnswerIsRefusedInTheDialectOfItsPath) {
  struct Row {
    std::string path, body, says;
  };
  const std::vector<Row> rows{
      {"/v1/chat/completions", "{", "Invalid JSON body"},
      {"/v1/chat/completions", "[]", "Invalid JSON body: expected a JSON object"},
      {"/v1/chat/completions", R"({"messages":[{"role":"user","content":"Hi"}]})", "Missing model"},
      {"/v1/messages", R"({"model":7,"messages":[]})", "Invalid model format"},
      {"/v1/messages", R"({"model":"an/m","messages":[]})", "messages must not be empty"},
      {"/api/chat", R"({"model":"groq/m","messages":[]})", "No credentials for provider: groq"},
  };
  for (const Row& row : rows) {
    const TestAnswer answer = ask({row.path, row.body});
    EXPECT_EQ(answer.status, 400) << row.path;
    EXPECT_TRUE(answer.says(row.says)) << answer.body;
    EXPECT_EQ(answer.says(R"({"type":"error")"), row.path == "/v1/messages");
    EXPECT_EQ(answer.body.starts_with(R"({"error":")"), row.path == "/api/chat") << answer.body;
  }
  EXPECT_TRUE(provider_.asked().empty());
}

TEST_F(ChatTest, WhoeverWantsAnObjectNeedNotSayJson) {
  const testing::Ask gemini{"/v1beta/models/ch/m:generateContent",
                            R"({"contents":[{"role":"user","parts":[{"text":"An object"}]}],)"
                            R"("generationConfig":{"responseMimeType":"application/json"}})"};
  const testing::Ask ollama{"/api/chat", R"({"model":"re/m","stream":false,"format":"json",)"
                                         R"("messages":[{"role":"user","content":"An object"}]})"};
  for (const auto& [asked, provider] :
       {std::pair(gemini, Dialect::openai_chat), std::pair(ollama, Dialect::openai_responses)}) {
    provider_.play(testing::hi(provider, Mode::whole));
    EXPECT_EQ(ask(asked).status, 200);
    EXPECT_NE(provider_.last_asked().body.find("Answer with one JSON object"), std::string::npos)
        << provider_.last_asked().body;
  }
  const std::string own = R"({"model":"ch/m","response_format":{"type":"json_object"},)"
                          R"("messages":[{"role":"user","content":"An object"}]})";
  provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  ask({"/v1/chat/completions", own});
  EXPECT_EQ(provider_.last_asked().body.find("Answer with one JSON object"), std::string::npos)
      << "who speaks OpenAI's dialect knows its rules";
}

TEST_F(ChatTest, WhoeverAsksOllamaNothingIsToldThatTheModelIsLoaded) {
  struct Row {
    std::string rest, word;
  };
  for (const Row& row : std::vector<Row>{{R"("messages":[ ])", "load"},
                                         {R"("messages":null)", "load"},
                                         {R"("stream":true)", "load"},
                                         {R"("messages":[],"keep_alive":0)", "unload"},
                                         {R"("messages":[],"keep_alive":"5m")", "load"}}) {
    const TestAnswer answer = ask({"/api/chat", R"({"model":"an/m",)" + row.rest + "}"});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"model":"an/m","created_at":"2026-03-01T10:00:00.000Z","message":)"
                           R"({"role":"assistant","content":""},"done":true,"done_reason":")" +
                               row.word + "\"}");
  }
  EXPECT_TRUE(provider_.asked().empty());
  provider_.play(testing::hi(Dialect::ollama, Mode::whole));
  ask({"/api/chat", R"({"model":"ol/m","messages":[]})"});
  EXPECT_EQ(provider_.asked().size(), 1U) << "who has models loads them";
}

}  // namespace
}  // namespace omni::pipeline
