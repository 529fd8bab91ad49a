#include "recall/nearest.h"

#include <gtest/gtest.h>

#include <thread>

#include "recall/test_vectors.h"

namespace omni::recall {
namespace {

using namespace std::chrono_literals;

Vector vector_of(std::vector<float> numbers) { return *Vector::of(numbers); }

class NearestTest : public ::testing::Test {
 protected:
  void keep(const std::string& key, const std::vector<float>& numbers, Millis lifetime = 1h) {
    nearest_.keep("p", key, vector_of(numbers), lifetime);
  }
  std::string find(const std::vector<float>& numbers, float likeness_min = 0.9F) {
    const auto match = nearest_.find("p", vector_of(numbers), likeness_min);
    return match ? match->key : "";
  }

  ManualClock clock_;
  Nearest nearest_{clock_, {.entries_max = 3, .bytes_max = 100'000}};
};

TEST_F(NearestTest, FindsTheMostAlikeIfItIsAlikeEnough) {
  keep("up", {0, 1});
  keep("right", {1, 0});
  const auto match = nearest_.find("p", vector_of({0.1F, 1}), 0.9F);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->key, "up");
  EXPECT_NEAR(match->likeness, 0.995, 0.002);
  EXPECT_EQ(find({1, 1}), "");
  EXPECT_EQ(find({0.9F, 1}, 0.5F), "up");
  EXPECT_EQ(nearest_.counts().hits, 2);
  EXPECT_EQ(nearest_.counts().misses, 1);
}

TEST_F(NearestTest, NeverLooksIntoAnotherPartition) {
  keep("up", {0, 1});
  EXPECT_FALSE(nearest_.find("q", vector_of({0, 1}), 0));
}

TEST_F(NearestTest, BeginsAnewWhenTheNumberOfDimensionsChanges) {
  keep("old", {0, 1});
  EXPECT_EQ(find({0, 1, 0, 0, 0, 0}), "");
  keep("new", {0, 1, 0, 0, 0, 0});
  EXPECT_EQ(find({0, 1, 0, 0, 0, 0}), "new");
  EXPECT_EQ(find({0, 1}), "old");
}

TEST_F(NearestTest, PutsAVectorInThePlaceOfTheOneThatHadItsKey) {
  keep("a", {0, 1});
  keep("a", {1, 0});
  EXPECT_EQ(find({0, 1}), "");
  EXPECT_EQ(find({1, 0}), "a");
  EXPECT_EQ(nearest_.counts().entries, 1);
}

TEST_F(NearestTest, LetsTheLeastUsedGoWhereverTheyAre) {
  nearest_.keep("other", "a", vector_of({0, 1}), 1h);
  keep("b", {1, 0});
  keep("c", {0, 1});
  EXPECT_TRUE(nearest_.find("other", vector_of({0, 1}), 0.9F));
  keep("d", {-1, 0});
  EXPECT_EQ(find({1, 0}), "");
  EXPECT_EQ(find({0, 1}), "c");
  keep("e", {0, -1});
  EXPECT_FALSE(nearest_.find("other", vector_of({0, 1}), 0.9F));
  EXPECT_EQ(nearest_.counts().evictions, 2);
  EXPECT_EQ(nearest_.counts().partitions, 1);
}

TEST_F(NearestTest, HoldsItsBytes) {
  Nearest nearest(clock_, {.entries_max = 1000, .bytes_max = 5'000});
  for (int i = 0; i < 100; ++i) nearest.keep("p", std::to_string(i), vector_of({0, 1}), 1h);
  EXPECT_LE(nearest.counts().bytes, 5'000);
  EXPECT_GE(nearest.counts().entries, 5);
  nearest.forget([](const std::string&) { return true; });
  EXPECT_EQ(nearest.counts().bytes, 0);
  nearest.keep("p", "large", vector_of(std::vector<float>(5'000, 1)), 1h);
  EXPECT_EQ(nearest.counts().entries, 0);
}

TEST_F(NearestTest, TellsNothingWhoseTimeIsOver) {
  keep("short", {0, 1}, 1min);
  keep("long", {0, 1});
  keep("never", {0, 1}, 0ms);
  clock_.advance(1min);
  EXPECT_EQ(find({0, 1}), "long");
  nearest_.sweep();
  EXPECT_EQ(nearest_.counts().entries, 1);
  clock_.advance(1h);
  EXPECT_EQ(find({0, 1}), "");
  EXPECT_EQ(nearest_.counts().partitions, 0);
}

TEST_F(NearestTest, Forgets) {
  keep("a", {0, 1});
  keep("b", {1, 0});
  nearest_.forget("a");
  nearest_.forget("nobody");
  EXPECT_EQ(find({0, 1}), "");
  EXPECT_EQ(nearest_.forget([](const std::string& key) { return key == "b"; }), 1);
  EXPECT_EQ(nearest_.counts().entries, 0);
}

TEST_F(NearestTest, StaysWholeWhenManyThreadsUseItAtATime) {
  Nearest nearest(clock_, {.entries_max = 700, .bytes_max = 10'000'000});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      TestVectors vectors;
      for (int i = 0; i < 400; ++i) {
        const std::string key = std::to_string(thread) + ":" + std::to_string(i);
        const Vector vector = vectors.vector();
        nearest.keep("p", key, vector, 1h);
        EXPECT_TRUE(nearest.find("p", vector, 0.99F));
        if (i % 10 == 0) nearest.forget(key);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(nearest.counts().entries, 700);
  EXPECT_EQ(nearest.forget([](const std::string&) { return true; }), 700);
  EXPECT_EQ(nearest.counts().partitions, 0);
}

}  // namespace
}  // namespace omni::recall
