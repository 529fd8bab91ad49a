#include "recall/paraphrases.h"

#include <gtest/gtest.h>

#include <array>

namespace omni::recall {
namespace {

Vector vector_of(float x, float y) { return *Vector::of(std::array{x, y}); }

class ParaphrasesTest : public ::testing::Test {
 protected:
  void keep(const std::string& print, const Vector& vector, Millis lifetime = Millis{1000}) {
    auto found = cache_.find(print, [](std::uint64_t) { return nullptr; });
    Answer answer{.id = print, .bytes = 100};
    answer.reply.usage.emplace().output_text = 7;
    std::get<Lead>(*found).bring(std::make_shared<const Answer>(answer), lifetime);
    paraphrases_.keep("p", print, vector, lifetime);
  }
  /// Of who was to bring another.
  std::string find(const Vector& to, std::string_view partition = "p") {
    auto found = cache_.find("other", [](std::uint64_t) { return nullptr; });
    const Shared answer = paraphrases_.find(partition, to, 0.95F);
    return answer == nullptr ? "none" : answer->id;
  }

  ManualClock clock_{Clock::Wall{}};
  Answers cache_{clock_, {.entries_max = 10, .bytes_max = 10'000, .answer_bytes_max = 1000}};
  Paraphrases paraphrases_{clock_, cache_, {.entries_max = 10, .bytes_max = 10'000}};
};

TEST_F(ParaphrasesTest, FindTheAnswerToTheMostAlikeQuestion) {
  keep("a", vector_of(1, 0));
  keep("b", vector_of(1, 0.1F));
  EXPECT_EQ(find(vector_of(1, 0.11F)), "b");
  EXPECT_EQ(find(vector_of(1, -0.1F)), "a");
  EXPECT_EQ(find(vector_of(0, 1)), "none");
  EXPECT_EQ(find(vector_of(1, 0), "another partition"), "none");
  EXPECT_EQ(paraphrases_.counts().entries, 2U);
  EXPECT_EQ(paraphrases_.counts().hits, 2U);
  EXPECT_EQ(paraphrases_.counts().misses, 2U);
}

TEST_F(ParaphrasesTest, CountInTheCacheAsHits) {
  keep("a", vector_of(1, 0));
  const Answers::Counts before = cache_.counts();
  EXPECT_EQ(find(vector_of(1, 0)), "a");
  const Answers::Counts after = cache_.counts();
  EXPECT_EQ(after.hits, before.hits + 1);
  EXPECT_EQ(after.misses, before.misses);
  EXPECT_EQ(after.tokens_saved, 7);
}

TEST_F(ParaphrasesTest, GoWithTheAnswersOfTheCache) {
  keep("a", vector_of(1, 0));
  keep("b", vector_of(1, 0.1F));
  cache_.forget([](const Shown& shown) { return shown.print == "a"; });
  EXPECT_EQ(find(vector_of(1, 0)), "b") << "the next";
  EXPECT_EQ(paraphrases_.counts().entries, 1U);
  cache_.forget([](const Shown&) { return true; });
  paraphrases_.sweep();
  EXPECT_EQ(paraphrases_.counts().entries, 0U);
}

TEST_F(ParaphrasesTest, AreNotKeptOfWhatTheCacheDoesNotHave) {
  keep("a", vector_of(1, 0), Millis{0});
  EXPECT_EQ(paraphrases_.counts().entries, 0U);
  keep("b", vector_of(1, 0));
  clock_.advance(Millis{1000});
  EXPECT_EQ(find(vector_of(1, 0)), "none");
}

TEST_F(ParaphrasesTest, LeaveAModelAloneThatFailsInARow) {
  EXPECT_FALSE(paraphrases_.note_failure("m"));
  EXPECT_FALSE(paraphrases_.note_failure("m"));
  paraphrases_.note_success();
  EXPECT_FALSE(paraphrases_.note_failure("m"));
  EXPECT_FALSE(paraphrases_.note_failure("m"));
  EXPECT_TRUE(paraphrases_.may_ask("m"));
  EXPECT_TRUE(paraphrases_.note_failure("m"));
  EXPECT_FALSE(paraphrases_.may_ask("m"));
  EXPECT_FALSE(paraphrases_.note_failure("m")) << "one that was still on its way";
  EXPECT_TRUE(paraphrases_.may_ask("another model"));
  clock_.advance(Paraphrases::rest);
  EXPECT_TRUE(paraphrases_.may_ask("m"));
  EXPECT_TRUE(paraphrases_.note_failure("m")) << "it has not recovered";
  EXPECT_FALSE(paraphrases_.may_ask("m"));
}

}  // namespace
}  // namespace omni::recall
