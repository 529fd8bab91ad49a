#include "adapt/adaptation.h"

#include <gtest/gtest.h>

#include <string>

namespace omni::adapt {
namespace {

using catalog::Quirk;

class AdaptationTest : public testing::Test {
 protected:
  ManualClock clock_;
  SealMemory memory_{clock_, {}};

  Adaptation make(catalog::Quirks quirks, Policies policies = {}) {
    return {quirks, {.provider = "p", .output_tokens_max = 9}, std::move(policies), memory_};
  }
};

chat::Reply saying(std::string text) {
  chat::Reply reply;
  reply.choices.resize(1);
  reply.choices[0].parts.push_back(
      {.body = chat::Text{std::move(text)}, .seal = {}, .cache_control = {}, .extras = {}});
  return reply;
}

TEST_F(AdaptationTest, WithoutQuirksAndPoliciesTheByteLaneIsOpen) {
  EXPECT_TRUE(make({}).idle());
  EXPECT_TRUE(make({Quirk::web_search}).idle()) << "this only says what encoders may do";
  EXPECT_FALSE(make({Quirk::think_tags}).idle());
  EXPECT_FALSE(make({Quirk::no_stop}).idle());
  EXPECT_FALSE(make({}, {.thinking = {}, .system_prompt = "x"}).idle());
  EXPECT_FALSE(
      make({}, {.thinking = {.mode = ThinkingPolicy::Mode::automatic}, .system_prompt = {}})
          .idle());
}

TEST_F(AdaptationTest, TheOperatorsSystemPromptComesBeforeTheClients) {
  chat::Request request;
  request.messages.push_back({.role = chat::Role::system, .parts = {}, .name = {}, .extras = {}});
  make({}, {.thinking = {}, .system_prompt = "house rules"}).adapt(request);
  ASSERT_EQ(request.messages.size(), 2u);
  EXPECT_EQ(chat::text_of(request.messages[0].parts.at(0)), "house rules");
}

TEST_F(AdaptationTest, TheOperatorsSystemPromptIsSubjectToQuirks) {
  chat::Request request;
  request.messages.push_back({.role = chat::Role::user, .parts = {}, .name = {}, .extras = {}});
  make({Quirk::system_as_user}, {.thinking = {}, .system_prompt = "rules"}).adapt(request);
  EXPECT_EQ(request.messages.at(0).role, chat::Role::user);
}

TEST_F(AdaptationTest, HintsSayWhoMayReadSealsAndHowMuchTheModelCanAnswer) {
  dialect::EncodeHints hints;
  const Adaptation adaptation = make({Quirk::web_search});
  adaptation.adapt(hints);
  EXPECT_EQ(hints.seal_issuer, "p");
  EXPECT_EQ(hints.output_tokens_max, 9);
  EXPECT_TRUE(hints.web_search);
}

TEST_F(AdaptationTest, AWholeReplyGoesThroughTheSameFiltersAsAStream) {
  const chat::Request request;
  const chat::Reply reply =
      make({Quirk::think_tags}).adapt(request, saying("<think>hm</think>yes"));
  ASSERT_EQ(reply.choices.at(0).parts.size(), 2u);
  EXPECT_EQ(chat::text_of(reply.choices[0].parts[0]), "hm");
  EXPECT_EQ(chat::text_of(reply.choices[0].parts[1]), "yes");
}

TEST_F(AdaptationTest, FiltersWorkInTheOrderOfTheTable) {
  chat::Request request;
  request.format.kind = chat::OutputFormat::Kind::json;
  const chat::Reply reply = make({Quirk::think_tags, Quirk::schema_in_words})
                                .adapt(request, saying("<think>hm</think>```json\n{}\n```"));
  ASSERT_EQ(reply.choices.at(0).parts.size(), 2u);
  EXPECT_EQ(chat::text_of(reply.choices[0].parts[1]), "{}");
}

}  // namespace
}  // namespace omni::adapt
