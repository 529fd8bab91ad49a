#include "route/draw.h"

#include "route/test_directory.h"

namespace omni::route {
namespace {

class DrawTest : public testing::DirectoryTest {
 protected:
  DrawTest() {
    connect("acme");
    connect("bolt");
  }
  /// The models of the targets, in their order, or the error's words.
  std::string drawn(std::string_view name, Turn turn = Turn::taken) {
    plan_ = resolve(directory(), name);
    if (!plan_) return plan_.error().message();
    draw(*plan_, random_, turn);
    std::string text;
    for (const PlannedTarget& target : plan_->targets) {
      text += (text.empty() ? "" : " ") + target.model_id;
    }
    return text;
  }

  SeededRandom random_{7};
  Result<Plan> plan_ = Plan{};
};

TEST_F(DrawTest, FindsACombosTargetsByItsNameBeforeAnythingElse) {
  combo("acme-1", R"({"models":["bo/both-1","ac/acme-1"]})");
  combo("team/best", R"({"models":["ac/both-1"]})");
  EXPECT_EQ(drawn("acme-1"), "both-1 acme-1");
  EXPECT_EQ(drawn("combo/acme-1"), "both-1 acme-1");
  EXPECT_EQ(drawn("team/best"), "both-1");
  alias("quick", "acme-1");
  EXPECT_EQ(drawn("quick"), "both-1 acme-1");
  EXPECT_EQ(drawn("ac/acme-1"), "acme-1");
  EXPECT_EQ(drawn("acme-1[1m]"), "both-1 acme-1");
  EXPECT_TRUE(plan_->extended_context);
}

TEST_F(DrawTest, ExpandsCombosInTheirPlaceWithTheWayThatLedThere) {
  combo("in", R"({"models":["bo/both-1","bo/acme-pro-1"]})");
  combo("out", R"({"models":["ac/acme-1","in","ac/both-1"]})");
  EXPECT_EQ(drawn("out"), "acme-1 both-1 acme-pro-1 both-1");
  const PlannedTarget& deep = plan_->targets[2];
  ASSERT_EQ(deep.way().size(), 2U);
  EXPECT_EQ(deep.way()[0].combo->name + std::to_string(deep.way()[0].step), "out1");
  EXPECT_EQ(deep.way()[1].combo->name + std::to_string(deep.way()[1].step), "in1");
  ASSERT_EQ(plan_->targets[3].way().size(), 1U);
  EXPECT_EQ(plan_->targets[3].way()[0].step, 2U);
}

TEST_F(DrawTest, TriesNothingTwiceAndCutsCirclesAndDepth) {
  combo("a", R"({"models":["ac/acme-1",{"kind":"combo-ref","comboName":"b"},"ac/acme-1"]})");
  combo("b", R"({"models":["a","bo/both-1",{"kind":"combo-ref","comboName":"c"}]})");
  combo("c", R"({"models":[{"kind":"combo-ref","comboName":"d"},"bo/acme-pro-1"]})");
  combo("d", R"({"models":["ac/both-1"]})");
  EXPECT_EQ(drawn("a"), "acme-1 both-1 acme-pro-1");
  EXPECT_EQ(drawn("b"), "acme-1 both-1 both-1 acme-pro-1");
}

TEST_F(DrawTest, TellsWhatCannotBeAskedAndWhyTheOrderIsSo) {
  combo("off", R"({"models":["ac/acme-1"],"isActive":false})");
  combo("none", R"({"models":[]})");
  combo("c", R"({"models":["groq/x","off","ac/acme-1"],"strategy":"auto"})");
  EXPECT_EQ(drawn("off"), "The combo off is switched off");
  EXPECT_EQ(drawn("none"), "The combo none has no models");
  EXPECT_EQ(plan_.error().kind(), Error::Kind::not_found);
  EXPECT_EQ(drawn("c", Turn::looked_at), "acme-1");
  ASSERT_EQ(plan_->reasons.size(), 3U);
  EXPECT_EQ(plan_->reasons[0].substr(0, 28), "c chooses by auto: ac/acme-1") << plan_->reasons[0];
  EXPECT_NE(plan_->reasons[0].find("ac/acme-1 (0."), std::string::npos) << plan_->reasons[0];
  EXPECT_EQ(plan_->reasons[1], "groq/x cannot be asked: No credentials for provider: groq");
  EXPECT_EQ(plan_->reasons[2], "off cannot be asked: The combo off is switched off");
}

TEST_F(DrawTest, TakesATurnOnlyForWhatIsSent) {
  combo("in", R"({"models":["bo/both-1","bo/acme-pro-1"],"strategy":"round-robin"})");
  combo("out", R"({"models":["in","ac/acme-1"],"strategy":"round-robin"})");
  EXPECT_EQ(drawn("out", Turn::looked_at), "both-1 acme-pro-1 acme-1");
  EXPECT_EQ(drawn("out", Turn::looked_at), "both-1 acme-pro-1 acme-1");
  EXPECT_EQ(drawn("out"), "both-1 acme-pro-1 acme-1");
  EXPECT_EQ(drawn("out"), "acme-1 acme-pro-1 both-1") << "the combo in it is not the first";
  EXPECT_EQ(drawn("out"), "acme-pro-1 both-1 acme-1") << "so its turn was not taken";
}

TEST_F(DrawTest, CountsAttemptsOnTheWholeWayAndForgetsNone) {
  combo("in", R"({"models":["bo/both-1"]})");
  combo("out", R"({"models":["in"],"strategy":"least-used"})");
  EXPECT_EQ(drawn("out"), "both-1");
  const PlannedTarget& target = plan_->targets[0];
  const auto tally = [&](std::size_t depth) {
    return *target.places[depth].combo->tallies[target.places[depth].step];
  };
  {
    Visit visit(target);
    EXPECT_EQ(tally(0).in_flight, 1U);
    visit.end(Ending::good, Millis{5});
    visit.end(Ending::bad, Millis{5});
  }
  { const Visit left(target); }
  for (const std::size_t depth : {0U, 1U}) {
    EXPECT_EQ(tally(depth).requests, 2U);
    EXPECT_EQ(tally(depth).successes, 1U);
    EXPECT_EQ(tally(depth).failures, 0U);
    EXPECT_EQ(tally(depth).in_flight, 0U);
  }
}

}  // namespace
}  // namespace omni::route
