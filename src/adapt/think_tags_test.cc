#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "adapt/step.h"
#include "chat/collector.h"
#include "chat/grammar.h"

namespace omni::adapt {
namespace {

/// Sends an answer of one text through the filter in pieces of a size and gives what came out.
chat::Reply filtered(std::string_view text, std::size_t piece) {
  chat::Collector collector;
  chat::GrammarSink grammar(&collector);
  const chat::Request request;
  const auto filter = extract_think_tags(request, grammar);
  const chat::Part seed{.body = chat::Text{}, .seal = {}, .cache_control = {}, .extras = {}};
  const chat::Part image{.body = chat::Media{}, .seal = {}, .cache_control = {}, .extras = {}};
  filter->on(chat::ReplyBegin{});
  filter->on(chat::PartBegin{0, 0, seed});
  for (std::size_t at = 0; at < text.size(); at += piece) {
    filter->on(chat::PartDelta{0, 0, text.substr(at, piece), -1});
  }
  filter->on(chat::PartEnd{0, 0, nullptr});
  filter->on(chat::PartBegin{0, 1, image});
  filter->on(chat::PartEnd{0, 1, nullptr});
  filter->on(chat::ChoiceEnd{0, chat::Finish::stop, {}, {}});
  filter->on(chat::ReplyEnd{});
  EXPECT_EQ(grammar.violation(), "");
  return std::move(collector).take();
}

/// "R:thoughts" and "T:text" of the parts, for every way of cutting the text alike.
std::string parts_of(std::string_view text) {
  std::string first;
  for (std::size_t piece = 1; piece <= text.size() + 1; ++piece) {
    std::string parts;
    const chat::Reply reply = filtered(text, piece);
    for (const chat::Part& part : reply.choices.at(0).parts) {
      if (const auto* thoughts = std::get_if<chat::Reasoning>(&part.body)) {
        parts += "R:" + thoughts->text + "|";
      } else if (const auto* said = std::get_if<chat::Text>(&part.body)) {
        parts += "T:" + said->text + "|";
      } else {
        parts += "M";
      }
    }
    if (first.empty()) first = parts;
    EXPECT_EQ(parts, first) << "in pieces of " << piece;
  }
  return first;
}

TEST(ThinkTags, ThoughtsAtTheStartBecomeAPartOfTheirOwn) {
  EXPECT_EQ(parts_of("<think>a\nb</think>\n\nanswer"), "R:a\nb|T:\n\nanswer|M");
  EXPECT_EQ(parts_of("\n <thinking>why</thinking>so"), "R:why|T:so|M");
}

TEST(ThinkTags, NothingButThoughtsLeavesNoEmptyText) {
  EXPECT_EQ(parts_of("<think>only</think>"), "R:only|M");
}

TEST(ThinkTags, AnAnswerWithoutTagsIsUntouched) {
  EXPECT_EQ(parts_of("plain\n\n\n\ntext"), "T:plain\n\n\n\ntext|M");
  EXPECT_EQ(parts_of("<thin"), "T:<thin|M");
  EXPECT_EQ(parts_of("<thinker>x"), "T:<thinker>x|M");
  EXPECT_EQ(parts_of("  \n"), "T:  \n|M");
  EXPECT_EQ(parts_of(""), "T:|M");
}

TEST(ThinkTags, TagsFurtherOnBelongToTheText) {
  EXPECT_EQ(parts_of("say <think>x</think>"), "T:say <think>x</think>|M");
  EXPECT_EQ(parts_of("<think>a</think>b<think>c</think>"), "R:a|T:b<think>c</think>|M");
}

TEST(ThinkTags, ThoughtsThatNeverEndAreThoughts) {
  EXPECT_EQ(parts_of("<think>a </thin"), "R:a </thin|M");
}

TEST(ThinkTags, AnAsideIsAboutAPartOnlyWhereOneIsOpen) {
  chat::Collector collector;
  chat::GrammarSink grammar(&collector);
  const chat::Request request;
  const auto filter = extract_think_tags(request, grammar);
  const chat::Part seed{.body = chat::Text{}, .seal = {}, .cache_control = {}, .extras = {}};
  filter->on(chat::ReplyBegin{});
  filter->on(chat::PartBegin{0, 0, seed});
  for (const std::string_view piece : {"<thi", "nk>a", "</think>", "b"}) {
    filter->on(chat::PartDelta{0, 0, piece, -1});
    filter->on(chat::Aside{0, 0, chat::Dialect::ollama, "{}"});
  }
  filter->on(chat::PartEnd{0, 0, nullptr});
  EXPECT_EQ(grammar.violation(), "");
}

TEST(ThinkTags, DoNotWaitBehindBlanksWithoutEnd) {
  const std::string blanks(100, ' ');
  EXPECT_EQ(parts_of(blanks + "<think>a</think>b"), "T:" + blanks + "<think>a</think>b|M");
}

}  // namespace
}  // namespace omni::adapt
