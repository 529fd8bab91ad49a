#include "dialect/lane.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace omni::dialect {
namespace {

using chat::Dialect;

EncodeHints asking(std::string_view model, bool stream = false) {
  EncodeHints hints;
  hints.model = model;
  hints.stream = stream;
  return hints;
}

/// The path, a blank and the body; or why there is none.
std::string forwarded(Dialect dialect, std::string_view body, const EncodeHints& hints,
                      std::string_view path = "/v1/x") {
  const Result<Outbound> out = forward_request(dialect, {path, body}, hints);
  if (!out) return out.error().message();
  EXPECT_TRUE(out->losses.empty());
  return out->path + " " + out->body;
}

TEST(ForwardRequest, exchanges_the_model_and_nothing_else) {
  EXPECT_EQ(forwarded(Dialect::openai_chat,
                      " {\"messages\" : [ {\"model\":\"x\",\"n\":1.0} ],\n \"model\" :\t\"a/b\" } ",
                      asking("gpt-\"5")),
            "/chat/completions  {\"messages\" : [ {\"model\":\"x\",\"n\":1.0} ],\n"
            " \"model\" :\t\"gpt-\\\"5\" } ");
  EXPECT_EQ(forwarded(Dialect::openai_responses, R"({"model":"a","input":"hi"})", asking("b")),
            R"(/responses {"model":"b","input":"hi"})");
}

TEST(ForwardRequest, keeps_every_byte_where_nothing_changes) {
  const std::string body = R"({ "model":"m\u0041", "stream":true , "x":[]})";
  for (const Dialect dialect :
       {Dialect::openai_chat, Dialect::openai_responses, Dialect::anthropic, Dialect::ollama}) {
    const Result<Outbound> out = forward_request(dialect, {"/", body}, asking("", true));
    ASSERT_TRUE(out);
    EXPECT_EQ(out->body, body);
  }
}

TEST(ForwardRequest, adds_a_model_that_was_not_said) {
  EXPECT_EQ(forwarded(Dialect::anthropic, R"({"messages":[]})", asking("m")),
            R"(/messages {"messages":[],"model":"m"})");
}

TEST(ForwardRequest, says_how_the_answer_is_wanted) {
  const Dialect chat = Dialect::openai_chat;
  EXPECT_EQ(forwarded(chat, R"({"stream":false})", asking("", true)),
            R"(/chat/completions {"stream":true})");
  EXPECT_EQ(forwarded(chat, R"({"stream":true})", asking("")),
            R"(/chat/completions {"stream":false})");
  EXPECT_EQ(forwarded(chat, R"({"stream":null})", asking("", true)),
            R"(/chat/completions {"stream":true})");
  EXPECT_EQ(forwarded(chat, R"({"stream":null})", asking("")),
            R"(/chat/completions {"stream":null})");
  EXPECT_EQ(forwarded(chat, R"({"a":1})", asking("", true)),
            R"(/chat/completions {"a":1,"stream":true})");
  EXPECT_EQ(forwarded(chat, R"({"a":1})", asking("")), R"(/chat/completions {"a":1})");
}

TEST(ForwardRequest, knows_that_ollama_streams_unless_told_otherwise) {
  EXPECT_EQ(forwarded(Dialect::ollama, R"({"a":1})", asking("", true)), R"(/api/chat {"a":1})");
  EXPECT_EQ(forwarded(Dialect::ollama, R"({"stream":null})", asking("")),
            R"(/api/chat {"stream":false})");
  EXPECT_EQ(forwarded(Dialect::ollama, R"({"a":1})", asking("")),
            R"(/api/chat {"a":1,"stream":false})");
}

TEST(ForwardRequest, asks_openai_chat_for_the_usage_of_a_stream) {
  EncodeHints hints = asking("", true);
  hints.want_usage = true;
  const Dialect chat = Dialect::openai_chat;
  EXPECT_EQ(forwarded(chat, R"({"stream":true})", hints),
            R"(/chat/completions {"stream":true,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(forwarded(chat, R"({"stream":true,"stream_options":null})", hints),
            R"(/chat/completions {"stream":true,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(
      forwarded(chat, R"({"stream":true,"stream_options":{"include_usage":false, "x":1}})", hints),
      R"(/chat/completions {"stream":true,"stream_options":{"include_usage":true, "x":1}})");
  const std::string asked = R"({"stream":true,"stream_options":{"x":1, "include_usage":true }})";
  EXPECT_EQ(forwarded(chat, asked, hints), "/chat/completions " + asked);
  const std::string broken = R"({"stream":true,"stream_options":7})";
  EXPECT_EQ(forwarded(chat, broken, hints), "/chat/completions " + broken);
  EXPECT_EQ(forwarded(Dialect::openai_responses, R"({"stream":true})", hints),
            R"(/responses {"stream":true})");
}

TEST(ForwardRequest, names_the_limit_as_newer_models_do) {
  EncodeHints hints = asking("");
  hints.completion_token_limit = true;
  const Dialect chat = Dialect::openai_chat;
  EXPECT_EQ(forwarded(chat, R"({"max_tokens": 100,"a":1})", hints),
            R"(/chat/completions {"a":1,"max_completion_tokens":100})");
  EXPECT_EQ(forwarded(chat, R"({"max_tokens":1,"max_completion_tokens":2})", hints),
            R"(/chat/completions {"max_completion_tokens":2})");
  EXPECT_EQ(forwarded(chat, R"({"max_completion_tokens":2})", hints),
            R"(/chat/completions {"max_completion_tokens":2})");
}

TEST(ForwardRequest, takes_the_stream_options_away_with_the_stream) {
  EXPECT_EQ(
      forwarded(Dialect::openai_chat, R"({"stream":true,"stream_options":{},"a":1})", asking("")),
      R"(/chat/completions {"stream":false,"a":1})");
}

TEST(ForwardRequest, keeps_the_query_of_an_anthropic_client_only) {
  EXPECT_EQ(forwarded(Dialect::anthropic, "{}", asking(""), "/v1/messages?beta=true"),
            "/messages?beta=true {}");
  EXPECT_EQ(forwarded(Dialect::openai_chat, "{}", asking(""), "/v1/chat/completions?key=k"),
            "/chat/completions {}");
}

TEST(ForwardRequest, says_model_and_delivery_in_the_path_for_gemini) {
  const std::string body = R"({"contents":[], "model":"x","stream":7})";
  const std::string_view path = "/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse&key=k";
  EXPECT_EQ(forwarded(Dialect::gemini, body, asking("", true), path),
            "/models/gemini-3-pro:streamGenerateContent?alt=sse " + body);
  EXPECT_EQ(forwarded(Dialect::gemini, body, asking("g"), path),
            "/models/g:generateContent {\"contents\":[], \"model\":\"models/g\",\"stream\":7}");
}

TEST(ForwardRequest, names_no_model_in_a_gemini_body_that_does_not) {
  EXPECT_EQ(forwarded(Dialect::gemini, R"({"contents":[]})", asking("g")),
            R"(/models/g:generateContent {"contents":[]})");
}

TEST(ForwardRequest, refuses_what_is_no_object) {
  for (const Dialect dialect : chat::all_dialects) {
    for (const auto* body : {"", "[]", "{\"a\":1", "{\"a\":1,\"a\":2}", "null", "{} x"}) {
      EXPECT_EQ(forwarded(dialect, body, asking("m")), "Invalid JSON body") << body;
    }
  }
}

TEST(ForwardRequest, refuses_a_gemini_path_without_model_unless_it_is_told_one) {
  EXPECT_FALSE(forward_request(Dialect::gemini, {"/v1beta/models", "{}"}, asking("")));
  EXPECT_TRUE(forward_request(Dialect::gemini, {"/v1beta/models", "{}"}, asking("g")));
}

TEST(Lane, may_hold_seals_wherever_a_dialect_puts_one) {
  for (const auto* body :
       {R"({"signature":"x"})", R"({"thoughtSignature":"x"})", R"({"thought_signature":"x"})",
        R"({"encrypted_content":"x"})", R"({"type":"reasoning.encrypted","data":"x"})",
        R"({"type":"redacted_thinking","data":"x"})"}) {
    EXPECT_TRUE(may_hold_seals(body)) << body;
  }
  EXPECT_FALSE(may_hold_seals(R"({"content":"x","data":"y"})"));
  EXPECT_FALSE(may_hold_seals(R"({"include":["reasoning.encrypted_content"]})"))
      << "whoever asks for seals has not brought one yet";
}

TEST(Lane, may_hold_calls_in_any_dialect) {
  for (const auto* body :
       {R"({"tool_calls":[{}]})", R"({"type":"function_call"})", R"({"type":"custom_tool_call"})",
        R"({"type":"tool_use"})", R"({"functionCall":{}})", R"({"function_call":{}})"}) {
    EXPECT_TRUE(may_hold_calls(body)) << body;
  }
  EXPECT_FALSE(may_hold_calls(R"({"content":"x","tools":[{"type":"function"}]})"));
}

TEST(Holds, FindsAWordWhereverItStands) {
  constexpr std::string_view word = "\"tool_call\"";
  for (std::size_t length = word.size(); length < 300; ++length) {
    for (std::size_t at = 0; at + word.size() <= length; ++at) {
      std::string body(length, 'l');
      body.replace(at, word.size(), word);
      ASSERT_TRUE(holds(body, word)) << at << " of " << length;
      body[at + word.size() - 2] = 'x';
      ASSERT_FALSE(holds(body, word)) << at << " of " << length;
    }
  }
}

TEST(Holds, LooksNoFurtherThanTheText) {
  constexpr std::string_view text = "a tool_call";
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(holds(text.substr(0, length), "tool_call"));
  }
  EXPECT_TRUE(holds(text, "tool_call"));
}

}  // namespace
}  // namespace omni::dialect
