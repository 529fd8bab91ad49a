// What the policies of a gateway make of requests.

#include "store/policies.h"
#include "pipeline/model_list.h"
#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;
using testing::TestAnswer;

class PoliciesTest : public testing::PipelineTest {
 protected:
  PoliciesTest() {
    connect("ch", "one");
    provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  }
  void put(store::Policy policy) {
    policy.id = policy.name = "p";
    write([&](sql::Session& session) { return store::put_policy(session, policy); });
  }
  std::string sent() { return provider_.last_asked().body; }
  Ask long_turn(std::int64_t tokens) {
    Ask asked = turn(Dialect::openai_chat, "ch/m");
    asked.body.insert(1, "\"max_tokens\":" + std::to_string(tokens) + ",");
    return asked;
  }
};

TEST_F(PoliciesTest, ABlockedModelIsForbiddenInTheClientsDialectAndNobodyIsAsked) {
  put({.blocked_models = {"ch/*"}});
  const TestAnswer answer = ask(Dialect::anthropic, "ch/m");
  EXPECT_EQ(answer.status, 403);
  EXPECT_TRUE(answer.says("permission_error")) << answer.body;
  EXPECT_TRUE(answer.says("A policy of this gateway does not allow the model ch/m"));
  EXPECT_TRUE(provider_.asked().empty());
  EXPECT_NE(trace().find("blocks ch/m"), std::string::npos) << trace();
}

TEST_F(PoliciesTest, AnAnswerIsBoundedWhateverTheClientAsksFor) {
  put({.output_tokens_max = 50});
  EXPECT_EQ(ask(long_turn(99)).status, 200);
  EXPECT_NE(sent().find("\"max_tokens\":50"), std::string::npos) << sent();
  EXPECT_EQ(ask(long_turn(9)).status, 200);
  EXPECT_NE(sent().find("\"max_tokens\":9"), std::string::npos) << sent();
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").status, 200);
  EXPECT_NE(sent().find("\"max_tokens\":50"), std::string::npos) << sent();
}

TEST_F(PoliciesTest, AnAnswerIsAsLongAsItsCostAllows) {
  put({.cost_nano_max = 201'000});  // one token in for a thousand, and a hundred out for two each
  EXPECT_EQ(ask(long_turn(999)).status, 200);
  EXPECT_NE(sent().find("\"max_tokens\":100"), std::string::npos) << sent();
  put({.cost_nano_max = 2'000});
  const TestAnswer refused = ask(long_turn(1));
  EXPECT_EQ(refused.status, 403) << refused.body;
  EXPECT_TRUE(refused.says("would cost more than a policy allows"));
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/other").status, 200) << "nobody knows what it costs";
}

TEST_F(PoliciesTest, WhatAPolicyBlocksIsNotListedForWhomItBlocksIt) {
  add_key("ci");
  connect("an", "two");
  put({.key_id = "id-ci", .blocked_models = {"ch/m"}});
  const auto listed = [this](const std::string& key_id) {
    identity::Caller caller;
    caller.id = key_id;
    std::string names;
    for (const auto& each : list_models(*views_->current(), Permit(caller), Names::first)) {
      names += each.name + " ";
    }
    return names;
  };
  EXPECT_EQ(listed(""), "an/m ch/m ");
  EXPECT_EQ(listed("id-ci"), "an/m ");
}

TEST_F(PoliciesTest, APolicyMayBeForOneKeyAlone) {
  add_key("ci");
  put({.key_id = "id-ci", .blocked_providers = {"ch"}});
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").status, 200);
  Ask asked = turn(Dialect::openai_chat, "ch/m");
  asked.fields = "authorization: Bearer sk-ci\r\n";
  EXPECT_EQ(ask(asked).status, 403);
}

}  // namespace
}  // namespace omni::pipeline
