#include "recall/graph.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "recall/test_vectors.h"

namespace omni::recall {
namespace {

class GraphTest : public ::testing::Test {
 protected:
  static constexpr std::size_t many = 1500;

  void SetUp() override {
    for (std::size_t i = 0; i < many; ++i) {
      said_.push_back(vectors_.numbers());
      ASSERT_EQ(graph_.add(*Vector::of(said_.back())), i);
    }
  }
  /// Of what is said in other words, whatever is found at first.
  double recall() {
    std::size_t found = 0, asked = 0;
    for (std::size_t slot = 0; slot < many; slot += 3, ++asked) {
      const auto hits = graph_.nearest(*Vector::of(vectors_.like(said_[slot])));
      if (!hits.empty() && hits.front().slot == slot) ++found;
    }
    return static_cast<double>(found) / static_cast<double>(asked);
  }

  TestVectors vectors_;
  std::vector<std::vector<float>> said_;
  Graph graph_{TestVectors::dimensions, many + 1};
};

TEST_F(GraphTest, FindsWhatWasSaidInOtherWords) { EXPECT_GE(recall(), 0.98); }

TEST_F(GraphTest, TellsTheMostAlikeFirst) {
  const auto hits = graph_.nearest(*Vector::of(said_[7]));
  ASSERT_GE(hits.size(), 2);
  EXPECT_EQ(hits[0].slot, 7);
  EXPECT_NEAR(hits[0].likeness, 1, 1e-5);
  for (std::size_t i = 1; i < hits.size(); ++i) {
    EXPECT_LE(hits[i].likeness, hits[i - 1].likeness);
  }
}

TEST_F(GraphTest, DoesNotFindWhatWasRemoved) {
  for (Graph::Slot slot = 0; slot < many; slot += 2) graph_.remove(slot);
  EXPECT_EQ(graph_.size(), many / 2);
  for (Graph::Slot slot = 0; slot < many; slot += 2) {
    for (const auto& hit : graph_.nearest(*Vector::of(said_[slot]))) EXPECT_EQ(hit.slot % 2, 1);
  }
}

TEST_F(GraphTest, GivesTheSlotOfOneThatWasRemovedToTheNextAndStillFindsAll) {
  for (int turn = 0; turn < 2; ++turn) {
    for (Graph::Slot slot = 0; slot < many; ++slot) {
      graph_.remove(slot);
      said_[slot] = vectors_.numbers();
      ASSERT_EQ(graph_.add(*Vector::of(said_[slot])), slot);
    }
  }
  EXPECT_EQ(graph_.slots(), many);
  EXPECT_GE(recall(), 0.95);
}

TEST_F(GraphTest, FindsNothingWhenAllIsRemoved) {
  for (Graph::Slot slot = 0; slot < many; ++slot) graph_.remove(slot);
  EXPECT_TRUE(graph_.nearest(*Vector::of(said_[0])).empty());
  EXPECT_TRUE(Graph(TestVectors::dimensions, 9).nearest(*Vector::of(said_[0])).empty());
}

TEST_F(GraphTest, TakesNoMoreThanItHasRoomFor) {
  EXPECT_FALSE(graph_.full());
  EXPECT_EQ(graph_.add(vectors_.vector()), many);
  EXPECT_TRUE(graph_.full());
  EXPECT_EQ(graph_.add(vectors_.vector()), std::nullopt);
  graph_.remove(7);
  EXPECT_FALSE(graph_.full());
  EXPECT_EQ(graph_.add(vectors_.vector()), 7);
}

TEST_F(GraphTest, GivesVectorsBack) {
  EXPECT_NEAR(graph_.vector(5).likeness(*Vector::of(said_[5])), 1, 1e-5);
}

TEST_F(GraphTest, FindsTheSameEachTimeItIsMade) {
  Graph other(TestVectors::dimensions, many);
  for (const auto& numbers : said_) ASSERT_TRUE(other.add(*Vector::of(numbers)));
  for (int i = 0; i < 200; ++i) {
    const Vector question = vectors_.vector();
    EXPECT_EQ(graph_.nearest(question).front().slot, other.nearest(question).front().slot);
  }
}

TEST_F(GraphTest, IsSearchedByManyAtATime) {
  const Vector question = *Vector::of(said_[3]);
  std::vector<std::thread> threads;
  std::atomic<int> found = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k) found += graph_.nearest(question).front().slot == 3 ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found, 200);
}

}  // namespace
}  // namespace omni::recall
