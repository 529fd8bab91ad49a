// What likeness is worth: questions of tests/similarity, every one with every other, at several
// thresholds.  The bounds are what was measured, and a little more.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include "base/strings.h"
#include "recall/marks.h"
#include "recall/nearest.h"

namespace omni::recall {
namespace {

struct Question {
  std::string text;
  Vector vector;
  std::string marks;
  std::size_t subject = 0, meaning = 0;
};

/// Of pairs whose likeness is high enough, and of all.
struct Share {
  std::size_t hits = 0, pairs = 0;

  double value() const { return static_cast<double>(hits) / static_cast<double>(pairs); }
};

/// Same meaning; same subject and another meaning, which is treacherous; another subject.
struct Shares {
  Share same, near, far;
};

std::ifstream open(const std::string& name) {
  std::ifstream in(std::string(OMNI_SOURCE_DIR) + "/tests/similarity/" + name);
  EXPECT_TRUE(in) << name;
  return in;
}

Vector read_vector(const std::string& base64) {
  const std::string bytes = base64_decode(base64).value_or("");
  const auto vector =
      Vector::of(std::span(reinterpret_cast<const std::int8_t*>(bytes.data()), bytes.size()));
  EXPECT_TRUE(vector);
  return vector.value_or(Vector());
}

std::vector<Question> read_questions() {
  std::ifstream texts = open("questions.txt"), vectors = open("vectors.txt");
  std::vector<Question> questions;
  std::size_t subject = 0, meaning = 0;
  for (std::string line; std::getline(texts, line);) {
    if (line.starts_with("== ")) ++subject;
    if (line.empty() || line.starts_with("== ")) {
      ++meaning;
      continue;
    }
    std::string base64, text;
    vectors >> base64;
    std::getline(vectors >> std::ws, text);
    EXPECT_EQ(text, line) << "vectors.txt was not made of questions.txt";
    questions.push_back({line, read_vector(base64), marks_of(line), subject, meaning});
  }
  return questions;
}

class Similarity : public ::testing::Test {
 protected:
  Shares shares(float likeness_min) const {
    Shares shares;
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) count(questions_[i], questions_[k], likeness_min, shares);
    }
    return shares;
  }

  const std::vector<Question> questions_ = read_questions();

 private:
  static void count(const Question& a, const Question& b, float likeness_min, Shares& shares) {
    Share& share = a.meaning == b.meaning   ? shares.same
                   : a.subject == b.subject ? shares.near
                                            : shares.far;
    ++share.pairs;
    if (a.marks == b.marks && a.vector.likeness(b.vector) >= likeness_min) ++share.hits;
  }
};

TEST_F(Similarity, IsRarelyWrongAtTheDefault) {
  std::printf("at least |  same meaning | near, but another | another subject\n");
  for (const float likeness_min : {0.80F, 0.85F, 0.90F, 0.92F, 0.95F}) {
    const Shares found = shares(likeness_min);
    std::printf("    %.2f | %12.3f%% | %16.3f%% | %14.4f%%\n", static_cast<double>(likeness_min),
                100 * found.same.value(), 100 * found.near.value(), 100 * found.far.value());
  }
  const Shares found = shares(Nearest::likeness_min_default);
  EXPECT_GE(found.same.pairs + found.near.pairs + found.far.pairs, 10'000);
  EXPECT_GE(found.same.value(), 0.02);
  EXPECT_LE(found.near.value(), 0.015);
  EXPECT_LE(found.far.value(), 0.00001);
}

TEST_F(Similarity, FindsHalfOfAllParaphrasesWhereMistakesCostLittle) {
  const Shares found = shares(0.80F);
  EXPECT_GE(found.same.value(), 0.47);
  EXPECT_LE(found.near.value(), 0.12);
  EXPECT_LE(found.far.value(), 0.0012);
}

TEST_F(Similarity, IsMadeBetterByMarks) {
  std::size_t near = 0, near_marked = 0, same = 0, same_marked = 0;
  for (std::size_t i = 0; i < questions_.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      const Question& a = questions_[i];
      const Question& b = questions_[k];
      if (a.subject != b.subject || a.vector.likeness(b.vector) < 0.85F) continue;
      ++(a.meaning == b.meaning ? same : near);
      if (a.marks == b.marks) ++(a.meaning == b.meaning ? same_marked : near_marked);
    }
  }
  EXPECT_LE(near_marked * 3, near);
  EXPECT_GE(same_marked * 10, same * 8);
}

}  // namespace
}  // namespace omni::recall
