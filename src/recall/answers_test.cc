#include "recall/answers.h"

#include <gtest/gtest.h>

#include <thread>

namespace omni::recall {
namespace {

using namespace std::chrono_literals;

Shared answer_of(std::string id, std::size_t bytes = 100) {
  Answer answer{.id = std::move(id), .model = "ch/m", .cost_nano = 7, .bytes = bytes};
  answer.reply.usage.emplace().output_text = 5;
  return std::make_shared<const Answer>(std::move(answer));
}

/// Notes what is heard.
class Ear final : public Follower {
 public:
  Ear(std::vector<Found>& heard, bool& gone) : heard_(heard), gone_(gone) {}
  ~Ear() override { gone_ = true; }
  void hear(Found found) override { heard_.push_back(std::move(found)); }

 private:
  std::vector<Found>& heard_;
  bool& gone_;
};

class AnswersTest : public ::testing::Test {
 protected:
  struct Waiting {
    std::vector<Found> heard;
    bool gone = false;
    std::uint64_t place = 0;

    std::string id() const { return std::get<Shared>(heard.at(0))->id; }
  };

  Lead lead(const std::string& print) { return std::get<Lead>(*answers_.find(print, no_follower)); }
  /// The id of the answer, or empty where there is none.
  std::string find(const std::string& print) {
    const auto found = answers_.find(print, no_follower);
    const auto* answer = std::get_if<Shared>(&*found);
    return answer == nullptr ? "" : (*answer)->id;
  }
  void follow(const std::string& print, Waiting& waiting) {
    const auto found = answers_.find(print, [&](std::uint64_t place) {
      waiting.place = place;
      return std::make_unique<Ear>(waiting.heard, waiting.gone);
    });
    EXPECT_FALSE(found);
  }
  static std::unique_ptr<Follower> no_follower(std::uint64_t) {
    ADD_FAILURE() << "nobody was to wait";
    return nullptr;
  }

  ManualClock clock_{*parse_iso8601("2026-03-01T10:00:00Z")};
  Answers answers_{clock_, {.entries_max = 3, .bytes_max = 10'000, .answer_bytes_max = 4'000}};
};

TEST_F(AnswersTest, AnAnswerIsThereForItsTimeAndForItsPrintAlone) {
  lead("a").bring(answer_of("1"), 5s);
  clock_.advance(4999ms);
  EXPECT_EQ(find("a"), "1");
  EXPECT_EQ(find("b"), "");
  clock_.advance(1ms);
  EXPECT_EQ(find("a"), "") << "to be used does not make it younger";
}

TEST_F(AnswersTest, WhoComesWhileItIsOnItsWayWaitsAndGetsTheSame) {
  Lead first = lead("a");
  Waiting one, two;
  follow("a", one);
  follow("a", two);
  EXPECT_EQ(find("b"), "") << "others do not wait";
  first.bring(answer_of("1"), 0s);
  EXPECT_EQ(one.id() + two.id(), "11");
  EXPECT_EQ(find("a"), "") << "what has no time is not kept";
}

TEST_F(AnswersTest, WhoGivesUpHandsOverToTheOneWhoHasWaitedLongest) {
  Waiting one, two;
  {
    const Lead first = lead("a");
    follow("a", one);
    follow("a", two);
  }
  ASSERT_EQ(one.heard.size(), 1U);
  EXPECT_TRUE(two.heard.empty());
  std::get<Lead>(one.heard[0]).bring(answer_of("2"), 5s);
  EXPECT_EQ(two.id(), "2");
  EXPECT_EQ(find("a"), "2");
}

TEST_F(AnswersTest, WhereNobodyInheritsAllWhoWaitAreLetGo) {
  Answers answers(clock_, {.entries_max = 3, .bytes_max = 10'000, .heir = Answers::Heir::nobody});
  std::vector<Found> heard;
  bool gone = false;
  const auto waits = [&](std::uint64_t) { return std::make_unique<Ear>(heard, gone); };
  {
    const auto first = answers.find("a", no_follower);
    EXPECT_FALSE(answers.find("a", waits));
    EXPECT_FALSE(answers.find("a", waits));
  }
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<Unanswered>(heard[0]));
  EXPECT_TRUE(std::holds_alternative<Lead>(*answers.find("a", no_follower))) << "who comes now";
}

TEST_F(AnswersTest, ALeadThatNobodyTakesUpGoesToTheNext) {
  Waiting one, two;
  {
    const Lead first = lead("a");
    follow("a", one);
    follow("a", two);
  }
  one.heard.clear();
  ASSERT_EQ(two.heard.size(), 1U);
  two.heard.clear();
  EXPECT_EQ(find("a"), "") << "who comes now leads";
}

TEST_F(AnswersTest, WhoLeavesHearsNothing) {
  Lead first = lead("a");
  Waiting one, two;
  follow("a", one);
  follow("a", two);
  answers_.leave("a", one.place);
  EXPECT_TRUE(one.gone);
  first.bring(answer_of("1"), 5s);
  EXPECT_TRUE(one.heard.empty());
  EXPECT_EQ(two.id(), "1");
  answers_.leave("a", two.place);
}

TEST_F(AnswersTest, TheLeastUsedGoFirst) {
  for (const char* print : {"a", "b", "c"}) lead(print).bring(answer_of(print), 5s);
  EXPECT_EQ(find("a"), "a");
  lead("d").bring(answer_of("d"), 5s);
  EXPECT_EQ(find("a") + find("c") + find("d"), "acd");
  EXPECT_EQ(find("b"), "");
  EXPECT_EQ(answers_.counts().evictions, 1U);
}

TEST_F(AnswersTest, BytesAreBounded) {
  lead("a").bring(answer_of("a", 4'001), 5s);
  EXPECT_EQ(answers_.counts().entries, 0U) << "one alone may not fill it";
  for (const char* print : {"a", "b", "c"}) lead(print).bring(answer_of(print, 4'000), 5s);
  EXPECT_EQ(answers_.counts().entries, 2U);
  EXPECT_LE(answers_.counts().bytes, 10'000U);
  EXPECT_EQ(answers_.forget([](const auto&) { return true; }), 2U);
  EXPECT_EQ(answers_.counts().bytes, 0U);
}

TEST_F(AnswersTest, WhatIsOverIsFreed) {
  lead("a").bring(answer_of("a"), 5s);
  lead("b").bring(answer_of("b"), 50s);
  clock_.advance(5s);
  answers_.sweep();
  EXPECT_EQ(answers_.all().size(), 1U);
  EXPECT_EQ(answers_.counts().evictions, 0U);
  clock_.advance(50s);
  lead("c").bring(answer_of("c"), 5s);
  EXPECT_EQ(answers_.all().size(), 1U) << "also without a sweep, where it is the least used";
}

TEST_F(AnswersTest, CountsWhatWasSaved) {
  Lead first = lead("a");
  Waiting one;
  follow("a", one);
  first.bring(answer_of("1"), 5s);
  find("a");
  const Answers::Counts counts = answers_.counts();
  EXPECT_EQ(counts.misses, 1U);
  EXPECT_EQ(counts.hits, 2U);
  EXPECT_EQ(counts.tokens_saved, 10);
  EXPECT_EQ(counts.cost_nano_saved, 14);
  const Shown shown = answers_.all().at(0);
  EXPECT_EQ(shown.print + " " + shown.model, "a ch/m");
  EXPECT_EQ(shown.hits, 1U);
  EXPECT_EQ(iso8601(shown.expires), "2026-03-01T10:00:05.000Z");
}

TEST_F(AnswersTest, OneThatIsBroughtBackHasBeenToldAgainAndNotMissed) {
  Lead first = lead("a");
  Waiting one;
  follow("a", one);
  const Clock::Wall now = clock_.wall();
  first.bring_back({.answer = answer_of("1"),
                    .shown = {.print = "a",
                              .model = "ch/m",
                              .hits = 7,
                              .tokens_saved = 35,
                              .created = now - 60s,
                              .expires = now + 5s}});
  EXPECT_EQ(one.id() + find("a"), "11");
  const Answers::Counts counts = answers_.counts();
  EXPECT_EQ(counts.misses, 0U);
  EXPECT_EQ(counts.hits, 3U) << "by who brought it, who waited, and who came later";
  EXPECT_EQ(counts.tokens_saved, 15);
  const Shown shown = answers_.all().at(0);
  EXPECT_EQ(shown.hits, 10U);
  EXPECT_EQ(shown.tokens_saved, 50);
  EXPECT_EQ(shown.created, now - 60s);
  const auto uses = answers_.take_uses();
  ASSERT_EQ(uses.size(), 1U);
  EXPECT_EQ(uses[0].print, "a");
  EXPECT_EQ(uses[0].hits, 3U) << "the seven are known already";
  EXPECT_EQ(uses[0].tokens_saved, 15);
  EXPECT_TRUE(answers_.take_uses().empty());
  clock_.advance(5s);
  EXPECT_EQ(find("a"), "") << "it does not live longer for it";
}

TEST_F(AnswersTest, ForgetsWhatIsNamed) {
  for (const char* print : {"a", "b", "c"}) lead(print).bring(answer_of(print), 5s);
  EXPECT_EQ(answers_.forget([](const auto& shown) { return shown.print == "b"; }), 1U);
  EXPECT_EQ(find("a") + find("c"), "ac");
  EXPECT_EQ(find("b"), "");
}

TEST(Answers, ManyThreadsGetOneAnswerEach) {
  const SystemClock clock;
  Answers answers(clock, {.entries_max = 10, .bytes_max = 100'000, .answer_bytes_max = 10'000});
  std::atomic<int> brought = 0, heard = 0;
  class Counter final : public Follower {
   public:
    explicit Counter(std::atomic<int>& heard) : heard_(heard) {}
    void hear(Found) override { ++heard_; }

   private:
    std::atomic<int>& heard_;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 1000; ++round) {
        auto found = answers.find(std::to_string(round),
                                  [&](std::uint64_t) { return std::make_unique<Counter>(heard); });
        if (!found) continue;
        if (auto* lead = std::get_if<Lead>(&*found)) {
          ++brought;
          lead->bring(answer_of("x"), 1h);
        } else {
          ++heard;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(brought + heard, 4000);
  EXPECT_GE(brought, 1000);
}

}  // namespace
}  // namespace omni::recall
