#include "recall/answer_text.h"

#include <gtest/gtest.h>

#include "chat/test_chat.h"

namespace omni::recall {
namespace {

json::Raw raw(std::string text) { return json::Raw::trusted(std::move(text)); }

chat::Extras extras_of(std::string key) {
  return {.dialect = chat::Dialect::gemini,
          .spelling = 0xffffffffU,
          .members = {{std::move(key), raw(R"({"b":[1.50,"\u00e9"]})")}, {"", raw("null")}}};
}

/// Each kind of part, and no member as it is by itself.
std::vector<chat::Part> all_parts() {
  chat::ToolResult result{.call_id = "c1", .name = "f", .content = {}, .is_error = true};
  result.content.push_back({.body = chat::Text{"in \"it\""}});
  result.content.push_back({.body = chat::Media{.kind = chat::Media::Kind::audio,
                                                .form = chat::Media::Form::file_id,
                                                .payload = "f-1",
                                                .mime_type = "audio/wav",
                                                .name = "a.wav",
                                                .detail = "high"}});
  std::vector<chat::Part> parts;
  parts.push_back({.body = chat::Text{std::string("a\0b\n\xc3\xa9 12 ", 9)},
                   .seal = chat::Seal{"an", "s\0g"},
                   .cache_control = raw(R"({"type":"ephemeral"})"),
                   .extras = extras_of("annotations")});
  parts.push_back({.body = chat::Media{.payload = "aGk=", .mime_type = "image/png"}});
  parts.push_back({.body = chat::Reasoning{.text = "hm", .summary = {"a", "", "b"}}});
  parts.push_back({.body = chat::Reasoning{.text = {}, .summary = {}, .redacted = true}});
  parts.push_back({.body = chat::ToolCall{.id = "c1",
                                          .space = "s",
                                          .name = "f",
                                          .input = "{",
                                          .form = chat::ToolCall::Form::broken,
                                          .runner = chat::ToolCall::Runner::provider}});
  parts.push_back({.body = result});
  parts.push_back({.body = chat::Refusal{"no"}});
  parts.push_back({.body = chat::Opaque{.dialect = chat::Dialect::ollama, .item = raw("[1e400]")}});
  return parts;
}

Answer full_answer() {
  Answer answer{.reply = {.source = chat::Dialect::anthropic,
                          .id = "msg_1",
                          .model = "large",
                          .created = 1'700'000'000,
                          .choices = {},
                          .usage = chat::Usage{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                               chat::Service::flex, chat::Opaque{}},
                          .extras = extras_of("x")},
                .id = "resp_1",
                .time_s = -1,
                .model = "acme/large",
                .cost_nano = 1'234'567'890'123,
                .bytes = 321};
  answer.reply.usage->wire->item = raw(R"({"input_tokens":1})");
  for (const chat::Finish finish :
       {chat::Finish::stop, chat::Finish::length, chat::Finish::tool_calls,
        chat::Finish::content_filter, chat::Finish::paused}) {
    answer.reply.choices.push_back({.parts = all_parts(),
                                    .finish = finish,
                                    .finish_word = "word",
                                    .stop_sequence = "\n\n",
                                    .extras = extras_of("logprobs")});
  }
  return answer;
}

std::string describe(const Answer& answer) {
  return chat::describe(answer.reply) + answer.id + " " + std::to_string(answer.time_s) + " " +
         answer.model + " " + std::to_string(answer.cost_nano) + " " + std::to_string(answer.bytes);
}

TEST(AnswerText, HasAllOfAnAnswer) {
  const Answer answer = full_answer();
  const auto read = read_answer(to_text(answer));
  ASSERT_TRUE(read);
  EXPECT_EQ(describe(*read), describe(answer));
  EXPECT_EQ(to_text(*read), to_text(answer));
  EXPECT_EQ(describe(*read_answer(to_text({}))), describe({}));
}

TEST(AnswerText, OfAnotherVersionIsNotRead) {
  std::string text = to_text({});
  ASSERT_TRUE(read_answer(text));
  ++text[0];
  EXPECT_FALSE(read_answer(text));
  EXPECT_FALSE(read_answer(""));
}

TEST(AnswerText, ThatIsCutOffOrGoesOnIsNotRead) {
  const std::string text = to_text(full_answer());
  for (std::size_t i = 0; i < text.size(); ++i) {
    ASSERT_FALSE(read_answer(text.substr(0, i))) << i;
  }
  EXPECT_FALSE(read_answer(text + "1 "));
}

TEST(AnswerText, ThatWasChangedIsReadAsSomethingThatCanBeToldOrNotAtAll) {
  Answer one = full_answer();
  one.reply.choices.resize(1);
  const std::string text = to_text(one);
  std::size_t read = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char put : {'0', '9', '-', ' ', '{'}) {
      std::string changed = text;
      changed[i] = put;
      const auto answer = read_answer(changed);
      read += answer ? 1 : 0;
      if (answer) (void)describe(*answer);
    }
  }
  EXPECT_GT(read, 0U) << "a letter of a text may be any";
}

TEST(AnswerText, OfResultsWithinResultsWithoutEndIsNotRead) {
  const auto nested = [](int depth) {
    chat::Part part{.body = chat::Text{"deep"}};
    for (int i = 0; i < depth; ++i) {
      chat::ToolResult result;
      result.content.push_back(std::move(part));
      part = {.body = std::move(result)};
    }
    Answer answer;
    answer.reply.choices.emplace_back().parts.push_back(std::move(part));
    return to_text(answer);
  };
  EXPECT_TRUE(read_answer(nested(8)));
  EXPECT_FALSE(read_answer(nested(100)));
}

}  // namespace
}  // namespace omni::recall
