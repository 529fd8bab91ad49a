#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/collector.h"
#include "chat/test_chat.h"
#include "dialect/ids.h"
#include "dialect/openai_chat/wire.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::Dialect;
using chat::Finish;
using chat::Part;
using chat::ToolCall;

constexpr std::string_view style_id = "Zq3vB8nT5kXw1LmPc7RyD2hJ";

Part part(auto body) {
  Part part;
  part.body = std::move(body);
  return part;
}

Part call(std::string_view id, std::string_view name) {
  ToolCall call;
  call.id = id;
  call.name = name;
  call.input.clear();
  return part(std::move(call));
}

/// An encoder and what it has written.
struct Client {
  explicit Client(ReplyStyle style = {.id = style_id, .now = 9},
                  Dialect source = Dialect::anthropic)
      : encoder(make_stream_encoder(style, out)) {
    on(chat::ReplyBegin{source, "msg_1", "m", 0, nullptr});
  }

  void on(const chat::Event& event) { encoder->on(event); }
  void say(int choice, int number, const Part& seed, std::string_view text,
           const chat::Seal* seal = nullptr) {
    on(chat::PartBegin{choice, number, seed});
    if (!text.empty()) on(chat::PartDelta{choice, number, text});
    on(chat::PartEnd{choice, number, seal});
  }
  void end(Finish finish = Finish::stop, std::string_view word = {}) {
    on(chat::ChoiceEnd{0, finish, word, {}});
    on(chat::ReplyEnd{});
  }
  /// What stands between the members that all chunks have in common.
  std::string told() const {
    std::string lines;
    std::string_view rest = out;
    while (!rest.empty()) {
      const std::size_t end = rest.find("\n\n");
      std::string_view frame = rest.substr(0, end);
      rest.remove_prefix(end + 2);
      if (frame.starts_with(head)) frame.remove_prefix(head.size());
      lines.append(frame).push_back('\n');
    }
    return lines;
  }
  std::string losses() const {
    std::string names;
    for (const auto& entry : encoder->losses().entries()) {
      names += std::string(entry.row->name) + "(" + entry.detail + ") ";
    }
    return names;
  }

  static constexpr std::string_view head =
      R"(data: {"id":"chatcmpl-msg_1","object":"chat.completion.chunk","created":9,"model":"m",)"
      R"("choices":[)";
  std::string out;
  std::unique_ptr<StreamEncoder> encoder;
};

constexpr std::string_view role =
    R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})"
    "\n";
constexpr std::string_view stopped = R"({"index":0,"delta":{},"finish_reason":"stop"}]})"
                                     "\ndata: [DONE]\n";

std::string delta(std::string_view members) {
  return R"({"index":0,"delta":{)" + std::string(members) + R"(},"finish_reason":null}]})" + "\n";
}

TEST(OpenAiChatStreamEncoder, a_text_has_its_role_its_deltas_one_end_and_one_mark) {
  Client client;
  client.say(0, 0, part(chat::Text{}), "Say \"hi\"\n");
  client.end();
  EXPECT_EQ(client.told(),
            std::string(role) + delta(R"("content":"Say \"hi\"\n")") + std::string(stopped));
}

TEST(OpenAiChatStreamEncoder, id_model_and_time_are_as_the_style_says_where_the_reply_does_not) {
  std::string out;
  const std::string model = "shown";
  const auto encoder = make_stream_encoder({.model = model, .id = style_id, .now = 7}, out);
  encoder->on(chat::ReplyBegin{Dialect::gemini, "", "m", 0, nullptr});
  encoder->on(chat::ChoiceEnd{0, Finish::stop, "STOP", {}});
  EXPECT_EQ(out.find(R"(data: {"id":"chatcmpl-Zq3vB8nT5kXw1LmPc7RyD2hJ",)"
                     R"("object":"chat.completion.chunk","created":7,"model":"shown")"),
            0U)
      << out;
}

TEST(OpenAiChatStreamEncoder, usage_has_a_chunk_of_its_own_only_where_it_was_asked_for) {
  chat::Usage usage;
  usage.input_fresh = 3;
  usage.output_text = 4;
  Client silent;
  silent.on(chat::UsageSoFar{usage});
  silent.end();
  EXPECT_EQ(silent.out.find("usage"), std::string::npos);

  Client asking({.id = style_id, .now = 9, .include_usage = true});
  asking.on(chat::UsageSoFar{chat::Usage{}});
  asking.on(chat::UsageSoFar{usage});
  asking.end();
  EXPECT_EQ(
      asking.told(),
      R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null})"
      "\n"
      R"({"index":0,"delta":{},"finish_reason":"stop"}],"usage":null})"
      "\n"
      R"(],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,)"
      R"("prompt_tokens_details":{"cached_tokens":0},)"
      R"("completion_tokens_details":{"reasoning_tokens":0}}})"
      "\ndata: [DONE]\n");

  Client unknown({.id = style_id, .now = 9, .include_usage = true});
  unknown.end();
  EXPECT_EQ(unknown.out.find("prompt_tokens"), std::string::npos) << "invented";
}

TEST(OpenAiChatStreamEncoder, calls_are_numbered_densely_and_named_once) {
  Client client;
  client.say(0, 0, part(chat::Text{}), "x");
  client.say(0, 1, call("a", "f"), R"({"q":1})");
  client.say(0, 2, call("", "g"), "{}");
  client.end(Finish::tool_calls);
  EXPECT_EQ(
      client.told(),
      std::string(role) + delta(R"("content":"x")") +
          delta(R"("tool_calls":[{"index":0,"id":"a","type":"function",)"
                R"("function":{"name":"f","arguments":""}}])") +
          delta(R"("tool_calls":[{"index":0,"function":{"arguments":"{\"q\":1}"}}])") +
          delta(R"("tool_calls":[{"index":1,"id":")" + made_id("call_", "chatcmpl-msg_1", 0, 2) +
                R"(","type":"function","function":{"name":"g","arguments":""}}])") +
          delta(R"("tool_calls":[{"index":1,"function":{"arguments":"{}"}}])") +
          R"({"index":0,"delta":{},"finish_reason":"tool_calls"}]})"
          "\ndata: [DONE]\n");
}

TEST(OpenAiChatStreamEncoder, arguments_are_never_empty) {
  Client client;
  client.say(0, 0, call("a", "f"), "");
  EXPECT_NE(client.out.find(R"({"index":0,"function":{"arguments":"{}"}})"), std::string::npos);
}

TEST(OpenAiChatStreamEncoder, a_freeform_call_has_an_input) {
  Client client;
  Part freeform = call("a", "sh");
  std::get<ToolCall>(freeform.body).form = ToolCall::Form::freeform;
  client.say(0, 0, freeform, "ls");
  client.say(0, 1, freeform, "");
  EXPECT_EQ(client.told(), std::string(role) +
                               delta(R"("tool_calls":[{"index":0,"id":"a","type":"custom",)"
                                     R"("custom":{"name":"sh","input":""}}])") +
                               delta(R"("tool_calls":[{"index":0,"custom":{"input":"ls"}}])") +
                               delta(R"("tool_calls":[{"index":1,"id":"a","type":"custom",)"
                                     R"("custom":{"name":"sh","input":""}}])"));
}

TEST(OpenAiChatStreamEncoder, a_seal_goes_with_its_call_or_after_it) {
  const chat::Seal seal{"google", "s"};
  Client first;
  Part sealed = call("a", "f");
  sealed.seal = seal;
  first.say(0, 0, sealed, "{}");
  EXPECT_NE(first.out.find(R"("function":{"name":"f","arguments":""},)"
                           R"("extra_content":{"google":{"thought_signature":"s"}}}])"),
            std::string::npos)
      << first.out;
  Client late;
  late.say(0, 0, call("a", "f"), "{}", &seal);
  EXPECT_TRUE(late.told().ends_with(
      delta(R"("tool_calls":[{"index":0,"extra_content":{"google":{"thought_signature":"s"}}}])")))
      << late.out;
  Client thoughts;
  thoughts.say(0, 0, part(chat::Reasoning{}), "Hm.", &seal);
  EXPECT_EQ(thoughts.out.find("signature"), std::string::npos);
}

TEST(OpenAiChatStreamEncoder, thoughts_are_one_text_with_blank_lines_between_them) {
  Client client;
  const Part seed = part(chat::Reasoning{});
  client.on(chat::PartBegin{0, 0, seed});
  client.on(chat::PartDelta{0, 0, "A", 0});
  client.on(chat::PartDelta{0, 0, "a", 0});
  client.on(chat::PartDelta{0, 0, "B", 1});
  client.on(chat::PartEnd{0, 0, nullptr});
  client.say(0, 1, part(chat::Reasoning{.text = {}, .summary = {}, .redacted = true}), "");
  client.say(0, 2, seed, "C");
  EXPECT_EQ(client.told(), std::string(role) + delta(R"("reasoning_content":"A")") +
                               delta(R"("reasoning_content":"a")") +
                               delta(R"("reasoning_content":"\n\nB")") +
                               delta(R"("reasoning_content":"\n\nC")"));
}

TEST(OpenAiChatStreamEncoder, a_refusal_has_a_member_of_its_own) {
  Client client;
  client.say(0, 0, part(chat::Refusal{}), "No.");
  EXPECT_EQ(client.told(), std::string(role) + delta(R"("refusal":"No.")"));
}

TEST(OpenAiChatStreamEncoder, each_choice_has_its_role_its_calls_and_its_end) {
  Client client;
  client.say(1, 0, call("a", "f"), "{}");
  client.say(0, 0, call("b", "f"), "{}");
  client.on(chat::ChoiceEnd{1, Finish::length, {}, {}});
  client.on(chat::ChoiceEnd{0, Finish::tool_calls, {}, {}});
  const std::string told = client.told();
  EXPECT_EQ(told.find(R"({"index":1,"delta":{"role":"assistant")"), 0U);
  EXPECT_NE(told.find(R"({"index":0,"delta":{"role":"assistant")"), std::string::npos);
  EXPECT_EQ(told.find(R"("tool_calls":[{"index":1)"), std::string::npos);
  EXPECT_NE(told.find(R"({"index":1,"delta":{},"finish_reason":"length"})"), std::string::npos);
  EXPECT_NE(told.find(R"({"index":0,"delta":{},"finish_reason":"tool_calls"})"), std::string::npos);
}

TEST(OpenAiChatStreamEncoder, every_end_has_a_word) {
  const auto word = [](Finish finish, std::string_view said, Dialect source) {
    Client client({.id = style_id}, source);
    client.on(chat::ChoiceEnd{0, finish, said, {}});
    constexpr std::string_view key = R"("finish_reason":")";
    const std::size_t at = client.out.find(key) + key.size();
    return client.out.substr(at, client.out.find('"', at) - at) + " " + client.losses();
  };
  EXPECT_EQ(word(Finish::stop, "end_turn", Dialect::anthropic), "stop ");
  EXPECT_EQ(word(Finish::length, "max_tokens", Dialect::anthropic), "length ");
  EXPECT_EQ(word(Finish::tool_calls, "tool_use", Dialect::anthropic), "tool_calls ");
  EXPECT_EQ(word(Finish::content_filter, "SAFETY", Dialect::gemini), "content_filter ");
  EXPECT_EQ(word(Finish::paused, "pause_turn", Dialect::anthropic), "stop finish_reason() ");
  EXPECT_EQ(word(Finish::stop, "eos", Dialect::openai_chat), "eos ");
  EXPECT_EQ(word(Finish::tool_calls, "stop", Dialect::openai_chat), "tool_calls ");
}

TEST(OpenAiChatStreamEncoder, a_failure_is_an_error_and_the_end) {
  chat::Failure failure;
  failure.status = 429;
  failure.message = "Slow";
  const std::string error =
      R"(data: {"error":{"message":"Slow","type":"rate_limit_error","param":null,)"
      R"("code":"rate_limit_exceeded"}})"
      "\n\ndata: [DONE]\n\n";
  std::string out;
  const auto encoder = make_stream_encoder({}, out);
  encoder->on(chat::ReplyFailed{failure});
  encoder->on(chat::ReplyEnd{});
  EXPECT_EQ(out, error);
  Client client;
  client.say(0, 0, part(chat::Text{}), "Half");
  client.on(chat::ReplyFailed{failure});
  EXPECT_TRUE(client.out.ends_with(error));
  EXPECT_EQ(client.out.find("\"stop\""), std::string::npos);
}

TEST(OpenAiChatStreamEncoder, a_heartbeat_is_a_comment) {
  std::string out;
  make_stream_encoder({}, out)->heartbeat();
  EXPECT_EQ(out, ": keepalive\n\n");
}

TEST(OpenAiChatStreamEncoder, what_has_no_place_is_declared) {
  Client client;
  Part hosted = call("s", "web_search");
  std::get<ToolCall>(hosted.body).runner = ToolCall::Runner::provider;
  client.say(0, 0, hosted, "{}");
  chat::Media sound;
  sound.kind = chat::Media::Kind::audio;
  client.say(0, 1, part(sound), "");
  client.say(0, 2, part(chat::Opaque{Dialect::gemini, json::Raw::trusted(R"({"type":"x"})")}), "");
  client.on(chat::Aside{0, -1, Dialect::anthropic, R"({"citations":[1]})"});
  client.end();
  EXPECT_EQ(client.told(), std::string(role) + std::string(stopped));
  EXPECT_EQ(client.losses(),
            "hosted_call(web_search) output_media() foreign_item(x) foreign_member(citations) ");
}

/// Bytes of a provider of this dialect to a client of it.
std::string through(std::string_view bytes, const ReplyStyle& style = {}) {
  std::string out;
  const auto decoder = make_stream_decoder();
  const auto encoder = make_stream_encoder(style, out);
  decoder->feed(bytes, *encoder);
  decoder->finish(*encoder);
  EXPECT_TRUE(encoder->losses().empty()) << bytes;
  return out;
}

TEST(OpenAiChatStreamEncoder, at_home_nothing_that_was_said_is_left_out) {
  const std::string head =
      R"(data: {"id":"c","object":"chat.completion.chunk","created":5,"model":"m",)";
  const std::string in =
      R"(data: {"id":"c","object":"chat.completion.chunk","created":5,"model":"m",)"
      R"("service_tier":"flex",)"
      R"("prompt_filter_results":[1],"choices":[{"index":0,"delta":{"role":"assistant",)"
      R"("reasoning":"A","reasoning_details":[{"text":"A"}]}}]})"
      "\n\n" +
      head +
      R"("choices":[{"index":0,"delta":{"content":"x","annotations":[2]},)"
      R"("logprobs":{"content":[3]}}]})" +
      "\n\n" + head + R"("choices":[{"index":0,"delta":{"content":[{"type":"odd"}]}}]})" + "\n\n" +
      head + R"("choices":[{"index":0,"delta":{"function_call":{"name":"f","arguments":"{}"}}}]})" +
      "\n\n" + head + R"("choices":[{"index":0,"delta":{},"finish_reason":"function_call"}]})" +
      "\n\n";
  const std::string out_head =
      R"(data: {"id":"c","object":"chat.completion.chunk","created":5,"model":"m",)"
      R"("service_tier":"flex")";
  const auto line = [&](std::string_view rest) {
    return out_head + R"(,"choices":[{"index":0,"delta":)" + std::string(rest) + "}]}\n\n";
  };
  EXPECT_EQ(
      through(in),
      out_head + R"(,"prompt_filter_results":[1],"choices":[{"index":0,"delta":{)" +
          R"("role":"assistant","content":""},"finish_reason":null}]})" + "\n\n" +
          line(R"({"reasoning":"A","reasoning_details":[{"text":"A"}]},"finish_reason":null)") +
          line(R"({"content":"x"},"finish_reason":null)") +
          line(R"({"annotations":[2]},"logprobs":{"content":[3]},"finish_reason":null)") +
          line(R"({"content":[{"type":"odd"}]},"finish_reason":null)") +
          line(R"({"function_call":{"name":"f","arguments":""}},"finish_reason":null)") +
          line(R"({"function_call":{"arguments":"{}"}},"finish_reason":null)") +
          line(R"({},"finish_reason":"function_call")") + "data: [DONE]\n\n");
}

TEST(OpenAiChatStreamEncoder, json_of_others_never_ends_an_event_early) {
  chat::Reply reply;
  reply.source = Dialect::openai_chat;
  reply.id = "c";
  reply.extras = {.dialect = Dialect::openai_chat,
                  .spelling = 0,
                  .members = {{"x", json::Raw::trusted("{\n\"a\": 1}")}}};
  chat::Choice& choice = reply.choices.emplace_back();
  choice.parts.push_back(part(chat::Text{"Hi"}));
  choice.extras = {.dialect = Dialect::openai_chat,
                   .spelling = 0,
                   .members = {{"logprobs", json::Raw::trusted("{\r\n\"content\": []}")}}};
  reply.usage.emplace();
  reply.usage->wire =
      chat::Opaque{Dialect::openai_chat, json::Raw::trusted("{\n\"prompt_tokens\": 1\n}")};
  std::string out;
  const auto encoder = make_stream_encoder({.include_usage = true}, out);
  chat::replay(reply, *encoder);
  EXPECT_EQ(out.find('\r'), std::string::npos);
  for (std::size_t at = out.find('\n'); at != std::string::npos; at = out.find('\n', at + 2)) {
    ASSERT_EQ(out.substr(at, 2), "\n\n") << out;
  }
  EXPECT_NE(out.find("\"prompt_tokens\": 1"), std::string::npos);
}

TEST(OpenAiChatStreamEncoder, what_it_writes_is_read_as_the_same) {
  const std::string bytes = through(
      "data: "
      "{\"id\":\"c\",\"model\":\"m\",\"created\":5,\"choices\":[{\"delta\":{\"reasoning_content\":"
      "\"Hm.\",\"content\":\"Hi\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\","
      "\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_tokens\":1,"
      "\"completion_tokens\":2}}\n\n",
      {.include_usage = true});
  EXPECT_EQ(through(bytes, {.include_usage = true}), bytes);
}

TEST(OpenAiChatStreamEncoder, a_picture_has_a_chunk_of_its_own) {
  Client client;
  client.say(0, 0,
             part(chat::Media{.kind = chat::Media::Kind::image,
                              .form = chat::Media::Form::base64,
                              .payload = "AAAA",
                              .mime_type = "image/png",
                              .name = {},
                              .detail = {}}),
             {});
  client.end();
  EXPECT_NE(client.told().find(R"({"images":[{"type":"image_url","image_url":)"
                               R"({"url":"data:image/png;base64,AAAA"}}]},"finish_reason":null)"),
            std::string::npos)
      << client.told();
  EXPECT_EQ(client.losses(), "");
}

TEST(OpenAiChatStreamEncoder, nothing_follows_the_end_mark) {
  Client client;
  client.end();
  client.encoder->heartbeat();
  EXPECT_TRUE(client.out.ends_with("data: [DONE]\n\n"));
}

}  // namespace
}  // namespace omni::dialect::openai_chat
