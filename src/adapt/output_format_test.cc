#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "adapt/step.h"
#include "chat/collector.h"
#include "chat/grammar.h"

namespace omni::adapt {
namespace {

chat::Request asking_for_schema() {
  chat::Request request;
  request.format.kind = chat::OutputFormat::Kind::schema;
  request.format.schema = json::Raw::trusted(R"({"type":"object"})");
  request.messages.push_back({.role = chat::Role::system, .parts = {}, .name = {}, .extras = {}});
  request.messages.push_back({.role = chat::Role::user, .parts = {}, .name = {}, .extras = {}});
  return request;
}

std::string stripped_in_pieces(std::string_view text, std::size_t piece) {
  chat::Collector collector;
  chat::GrammarSink grammar(&collector);
  const auto filter = strip_fences(asking_for_schema(), grammar);
  const chat::Part seed{.body = chat::Text{}, .seal = {}, .cache_control = {}, .extras = {}};
  filter->on(chat::ReplyBegin{});
  filter->on(chat::PartBegin{0, 0, seed});
  for (std::size_t at = 0; at < text.size(); at += piece) {
    filter->on(chat::PartDelta{0, 0, text.substr(at, piece), -1});
  }
  filter->on(chat::PartEnd{0, 0, nullptr});
  filter->on(chat::ChoiceEnd{0, chat::Finish::stop, {}, {}});
  filter->on(chat::ReplyEnd{});
  EXPECT_EQ(grammar.violation(), "");
  return chat::text_of(collector.reply().choices.at(0).parts.at(0));
}

std::string stripped(std::string_view text) {
  std::string whole = stripped_in_pieces(text, text.size() + 1);
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    EXPECT_EQ(stripped_in_pieces(text, piece), whole) << "in pieces of " << piece;
  }
  return whole;
}

TEST(Fences, AFenceAroundTheAnswerIsTakenOff) {
  EXPECT_EQ(stripped("```json\n{\"a\": 1}\n```"), "{\"a\": 1}");
  EXPECT_EQ(stripped("\n```\n[1]\n```\n"), "[1]");
}

TEST(Fences, AnAnswerWithoutFenceIsUntouched) {
  EXPECT_EQ(stripped("{\"a\": \"```\"}"), "{\"a\": \"```\"}");
  EXPECT_EQ(stripped("``"), "``");
  EXPECT_EQ(stripped(" {}\n"), " {}\n");
}

TEST(Fences, AreNotLookedForBehindBlanksWithoutEnd) {
  const std::string blanks(100, ' ');
  EXPECT_EQ(stripped(blanks + "```\n{}\n```"), blanks + "```\n{}\n```");
  EXPECT_EQ(stripped("```\n{}" + blanks + "}"), "{}" + blanks + "}");
}

TEST(Fences, BackQuotesWithinTheJsonStay) {
  EXPECT_EQ(stripped("```json\n{\"a\": \"`x` ``` y\"}\n```"), "{\"a\": \"`x` ``` y\"}");
}

TEST(Fences, AFenceThatIsNeverClosedLosesItsOpening) {
  EXPECT_EQ(stripped("```json\n{\"a\": 1}"), "{\"a\": 1}");
}

TEST(Fences, WordsBehindTheFenceGoWithIt) {
  EXPECT_EQ(stripped("```json\n{\"a\": 1}\n```\nThat is it."), "{\"a\": 1}");
  EXPECT_EQ(stripped("```json\r\n{}\r\n```\r\n\r\nOr:\n```json\n[]\n```"), "{}");
}

TEST(Fences, NobodyLooksForThemWhenTextWasAskedFor) {
  chat::Collector collector;
  EXPECT_EQ(strip_fences(chat::Request{}, collector), nullptr);
}

TEST(SchemaInWords, TheSchemaIsTheLastOfTheSystemMessages) {
  chat::Request request = asking_for_schema();
  schema_in_words(request, {});
  ASSERT_EQ(request.messages.size(), 3u);
  EXPECT_EQ(request.messages[1].role, chat::Role::system);
  EXPECT_NE(chat::text_of(request.messages[1].parts.at(0)).find(R"({"type":"object"})"),
            std::string::npos);
  EXPECT_EQ(request.format.kind, chat::OutputFormat::Kind::text);
}

TEST(SchemaInWords, JsonWithoutSchemaKeepsTheSwitch) {
  chat::Request request = asking_for_schema();
  json_without_schema(request, {});
  EXPECT_EQ(request.format.kind, chat::OutputFormat::Kind::json);
  EXPECT_FALSE(request.format.schema);
  EXPECT_EQ(request.messages.size(), 3u);
}

TEST(SchemaInWords, WithoutToolsASchemaMayStay) {
  chat::Request request = asking_for_schema();
  schema_without_tools(request, {});
  EXPECT_EQ(request.format.kind, chat::OutputFormat::Kind::schema);
  request.tools.emplace_back();
  schema_without_tools(request, {});
  EXPECT_EQ(request.format.kind, chat::OutputFormat::Kind::text);
}

}  // namespace
}  // namespace omni::adapt
