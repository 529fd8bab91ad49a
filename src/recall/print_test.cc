#include "recall/print.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace omni::recall {
namespace {

using chat::Dialect;
using chat::Request;

Request question() {
  Request request{.source = Dialect::openai_chat, .model = "m"};
  chat::Message message{.role = chat::Role::user};
  message.parts.push_back({.body = chat::Text{"Hi"}});
  request.messages.push_back(std::move(message));
  request.sampling.temperature = 0;
  return request;
}

std::string print_of(const Request& request) { return Print().add(request).hex(); }

json::Raw raw(std::string text) { return json::Raw::trusted(std::move(text)); }

TEST(Print, IsTheSameForTheSameQuestionHoweverItIsToBeAnswered) {
  const std::string print = print_of(question());
  EXPECT_EQ(print.size(), 64U);
  Request other = question();
  other.source = Dialect::anthropic;
  other.model = "another name of the same";
  other.stream = other.stream_usage = other.stream_as_array = true;
  other.extras.dialect = Dialect::anthropic;
  other.messages[0].extras.spelling = 1;
  EXPECT_EQ(print_of(other), print);
}

TEST(Print, WithoutItsWordsIsTheSameForThoseThatDifferInThemAlone) {
  const auto without = [](const Request& request, std::string_view instead = "marks") {
    return Print().add("before").add(request).add("after").hex_without_words(instead);
  };
  const std::string print = without(question());
  EXPECT_NE(print, Print().add("before").add(question()).add("after").hex());
  Request other = question();
  other.messages[0].parts[0].body = chat::Text{"Good morning"};
  EXPECT_EQ(without(other), print);
  EXPECT_NE(without(other, "other marks"), print);
  EXPECT_NE(Print().add("before").add(other).hex_without_words("marks"), print);
  other.max_output_tokens = 5;
  EXPECT_NE(without(other), print);
  Request later = question();
  later.messages.insert(later.messages.begin(), later.messages[0]);
  const std::string print_later = without(later);
  EXPECT_NE(print_later, print);
  later.messages[0].parts[0].body = chat::Text{"Good morning"};
  EXPECT_NE(without(later), print_later) << "what was said before";
}

TEST(Print, FindsWordsOnlyWhereAUserSaysNothingElseAtTheEnd) {
  EXPECT_EQ(words_of(question())->text, "Hi");
  EXPECT_EQ(words_of(Request()), nullptr);
  Request other = question();
  other.messages[0].parts.push_back({.body = chat::Media()});
  EXPECT_EQ(words_of(other), nullptr);
  other = question();
  other.messages[0].parts[0].body = chat::ToolResult();
  EXPECT_EQ(words_of(other), nullptr);
  other = question();
  other.messages[0].role = chat::Role::assistant;
  EXPECT_EQ(words_of(other), nullptr);
}

TEST(Print, DoesNotGoByTheOrderOfMembersThatNobodyKnows) {
  Request one = question(), other = question();
  one.extras.members = {{"a", raw("1")}, {"b", raw("2")}};
  other.extras.members = {{"b", raw("2")}, {"a", raw("1")}};
  EXPECT_EQ(print_of(one), print_of(other));
}

TEST(Print, IsAnotherForEveryThingThatShapesTheAnswer) {
  using Change = std::function<void(Request&)>;
  const auto add_part = [](auto body) -> Change {
    return [body](Request& request) { request.messages[0].parts.push_back({.body = body}); };
  };
  const auto add_tool = [](const chat::Tool& tool) -> Change {
    return [tool](Request& request) { request.tools.push_back(tool); };
  };
  const std::vector<Change> changes{
      [](Request&) {},
      [](Request& r) { r.messages[0].parts[0].body = chat::Text{"Hi!"}; },
      [](Request& r) { r.messages[0].parts[0].body = chat::Refusal{"Hi"}; },
      [](Request& r) { r.messages[0].role = chat::Role::system; },
      [](Request& r) { r.messages[0].name = "Ann"; },
      [](Request& r) { r.messages.push_back(r.messages[0]); },
      [](Request& r) { r.messages[0].parts[0].cache_control = raw("{}"); },
      [](Request& r) {
        r.messages[0].parts[0].seal = {"an", "s"};
      },
      [](Request& r) {
        r.messages[0].extras.members = {{"a", raw("1")}};
      },
      add_part(chat::Reasoning{.text = "so"}),
      add_part(chat::Reasoning{.text = {}, .summary = {"so"}}),
      add_part(chat::Media{.payload = "AAAA"}),
      add_part(chat::Media{.payload = "AAAB"}),
      add_part(chat::Media{.payload = "AAAA", .detail = "low"}),
      add_part(chat::ToolCall{.id = "1", .name = "f"}),
      add_part(chat::ToolCall{.id = "2", .name = "f"}),
      add_part(chat::ToolResult{.call_id = "1"}),
      add_part(chat::ToolResult{.call_id = "1", .is_error = true}),
      add_part(chat::Opaque{.dialect = Dialect::gemini}),
      add_part(chat::Opaque{.dialect = Dialect::ollama}),
      add_tool({.name = "f"}),
      add_tool({.name = "g"}),
      add_tool({.name = "f", .description = "does it"}),
      add_tool({.name = "f", .schema = raw("{}")}),
      add_tool({.name = "f", .schema = raw(R"({"type":"object"})")}),
      add_tool({.name = "f", .strict = true}),
      add_tool({.kind = chat::Tool::Kind::builtin, .name = "f"}),
      [](Request& r) { r.tool_choice.mode = chat::ToolChoice::Mode::required; },
      [](Request& r) { r.tool_choice.allowed = {"f"}; },
      [](Request& r) { r.tool_choice.parallel = false; },
      [](Request& r) { r.sampling.temperature.reset(); },
      [](Request& r) { r.sampling.temperature = 0.5; },
      [](Request& r) { r.sampling.top_p = 0.5; },
      [](Request& r) { r.sampling.presence_penalty = 0.5; },
      [](Request& r) { r.sampling.frequency_penalty = 0.5; },
      [](Request& r) { r.sampling.top_k = 5; },
      [](Request& r) { r.sampling.seed = 5; },
      [](Request& r) { r.sampling.choices = 5; },
      [](Request& r) { r.sampling.stop = {"5"}; },
      [](Request& r) { r.thinking.mode = chat::Thinking::Mode::on; },
      [](Request& r) { r.thinking.effort = "high"; },
      [](Request& r) { r.thinking.budget_tokens = 5; },
      [](Request& r) { r.thinking.show_text = true; },
      [](Request& r) { r.format.kind = chat::OutputFormat::Kind::json; },
      [](Request& r) { r.format.name = "answer"; },
      [](Request& r) { r.format.schema = raw("{}"); },
      [](Request& r) { r.format.strict = true; },
      [](Request& r) { r.max_output_tokens = 5; },
      [](Request& r) { r.end_user = "Ann"; },
      [](Request& r) {
        r.extras.members = {{"verbosity", raw(R"("low")")}};
      },
      [](Request& r) {
        r.extras = {Dialect::gemini, 0, {{"verbosity", raw(R"("low")")}}};
      }};
  std::set<std::string> prints;
  for (const Change& change : changes) {
    Request request = question();
    change(request);
    prints.insert(print_of(request));
  }
  EXPECT_EQ(prints.size(), changes.size());
}

TEST(Print, CannotBeMadeAlikeByMovingLetters) {
  EXPECT_NE(Print().add("ab").add("c").hex(), Print().add("a").add("bc").hex());
  EXPECT_NE(Print().add("").add("a").hex(), Print().add("a").add("").hex());
  EXPECT_NE(Print().add("1 a").hex(), Print().add("a").hex());
}

}  // namespace
}  // namespace omni::recall
