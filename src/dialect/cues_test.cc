#include "dialect/cues.h"

#include <gtest/gtest.h>

namespace omni::dialect {
namespace {

using Passage = Transcript::Passage;

/// The texts of cues made of those words, of half a second each with no pause between them.
std::vector<std::string> lines_of(const std::vector<std::string>& words) {
  Transcript transcript;
  double time = 0;
  for (const std::string& word : words) {
    transcript.words.push_back({word, time, time + 0.5});
    time += 0.5;
  }
  std::vector<std::string> lines;
  for (const Passage& cue : cues_of(transcript)) lines.push_back(cue.text);
  return lines;
}

TEST(Cues, AreTheSegments) {
  const Transcript transcript{.segments = {{"One.", 0, 1}, {"Two.", 1, 2}}};
  const auto cues = cues_of(transcript);
  ASSERT_EQ(cues.size(), 2);
  EXPECT_EQ(cues[1].text, "Two.");
}

TEST(Cues, EndWithASentence) {
  EXPECT_EQ(lines_of({"Yes.", "It", "is!", "好。", "Ok"}),
            (std::vector<std::string>{"Yes.", "It is!", "好。", "Ok"}));
}

TEST(Cues, AreNeitherTooLongToReadNorToSee) {
  const std::string word(40, 'a');
  EXPECT_EQ(lines_of({word, word, word}).size(), 2);
  EXPECT_EQ(lines_of(std::vector<std::string>(28, "a")).size(), 2);  // fourteen seconds
}

TEST(Cues, EndBeforeAPause) {
  const Transcript transcript{.words = {{"One", 0, 1}, {"two", 3, 4}}};
  EXPECT_EQ(cues_of(transcript).size(), 2);
}

TEST(Cues, AreAllOfItWhereOnlyItsLengthIsKnown) {
  const auto cues = cues_of({.text = "Hi", .duration = 3661.25});
  ASSERT_EQ(cues.size(), 1);
  EXPECT_EQ(write_srt(cues), "1\n00:00:00,000 --> 01:01:01,250\nHi\n\n");
  EXPECT_TRUE(cues_of({.text = "Hi"}).empty());
}

TEST(Cues, HaveNoEmptyLineInside) {
  EXPECT_EQ(write_vtt({{" a\n\nb ", 0, 1}}),
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\na  b\n\n");
}

TEST(Cues, NeverEndBeforeTheyBegin) {
  EXPECT_EQ(write_srt({{"a", 2, 1}, {"b", -1, 1e300}}),
            "1\n00:00:02,000 --> 00:00:02,000\na\n\n"
            "2\n00:00:00,000 --> 99:59:59,000\nb\n\n");
}

}  // namespace
}  // namespace omni::dialect
