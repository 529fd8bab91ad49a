// A client of OpenAI Responses names in its next turn what the provider, or nobody but we, has
// answered.

#include "pipeline/item_memory.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "json/scratch_reader.h"
#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;
using testing::PipelineTest;
using testing::TestAnswer;

std::string restored(ItemMemory& memory, std::string_view owner, std::string body) {
  memory.restore(owner, body);
  return body;
}

const std::string names_msg_1 = R"({"input":[{"type":"item_reference","id":"msg_1"}]})";

TEST(ItemMemory, PutsItemsInThePlaceOfTheirNamesAndLeavesEveryOtherByte) {
  const ManualClock clock;
  ItemMemory memory(clock, {});
  memory.keep("me", "msg_1", R"({"said":1})");
  memory.keep("me", "msg_2", R"({"said":2})");
  EXPECT_EQ(restored(memory, "me",
                     R"({ "input" : [ {"type":"item_reference","id":"msg_1"}, "x",
                          {"id":"msg_2","type":"item_reference"},{"type":"item_reference",
                          "id":"msg_3"} ],"n":1.0})"),
            R"({ "input" : [ {"said":1}, "x",
                          {"said":2},{"type":"item_reference",
                          "id":"msg_3"} ],"n":1.0})");
  for (const std::string body : {"", "item_reference", R"({"input":"item_reference"})",
                                 R"({"input":[{"type":"item_reference"}]})",
                                 R"({"input":[{"type":"item_reference","id":1},5]})"}) {
    EXPECT_EQ(restored(memory, "me", body), body);
  }
}

TEST(ItemMemory, FindsForEachCallerItsOwnAlone) {
  const ManualClock clock;
  ItemMemory memory(clock, {});
  memory.keep("me", "msg_1", R"({"said":1})");
  EXPECT_EQ(restored(memory, "you", names_msg_1), names_msg_1);
  EXPECT_EQ(restored(memory, "me", names_msg_1), R"({"input":[{"said":1}]})");
}

TEST(ItemMemory, ManyNamesOfOneItemDoNotBecomeMoreThanIsKept) {
  const ManualClock clock;
  ItemMemory memory(clock, {.bytes_max = 1000});
  memory.keep("me", "msg_1", "\"" + std::string(298, 'x') + "\"");
  std::string names = R"({"input":[)";
  for (int i = 0; i < 100; ++i) names += R"({"type":"item_reference","id":"msg_1"},)";
  const std::string body = restored(memory, "me", names + "5]}");
  EXPECT_EQ(std::ranges::count(body, 'x'), 3 * 298);
  EXPECT_TRUE(body.ends_with(R"({"type":"item_reference","id":"msg_1"},5]})"));
}

TEST(ItemMemory, ForgetsWhatWasNotAskedForForLongest) {
  ManualClock clock;
  ItemMemory memory(clock, {.bytes_max = 445, .age_max = Millis{100}});
  memory.keep("me", "msg_1", R"({"said":1})");
  memory.keep("me", "msg_2", R"({"said":2})");
  EXPECT_NE(restored(memory, "me", names_msg_1), names_msg_1);
  memory.keep("me", "msg_3", R"({"said":3})");
  memory.keep("me", "msg_4", std::string(300, '1'));
  const std::string names_msg_2 = R"({"input":[{"type":"item_reference","id":"msg_2"}]})";
  EXPECT_EQ(restored(memory, "me", names_msg_2), names_msg_2);
  clock.advance(Millis{80});
  EXPECT_NE(restored(memory, "me", names_msg_1), names_msg_1);
  clock.advance(Millis{80});
  EXPECT_NE(restored(memory, "me", names_msg_1), names_msg_1) << "it was asked for since";
  clock.advance(Millis{101});
  EXPECT_EQ(restored(memory, "me", names_msg_1), names_msg_1);
}

class NamedItemsTest : public PipelineTest {
 protected:
  NamedItemsTest() {
    for (const Dialect dialect : chat::all_dialects) {
      connect(testing::provider_of(dialect), "key-" + testing::provider_of(dialect));
    }
  }

  /// The id of the message that the provider answers with.
  std::string first_turn(Dialect provider, Mode mode, const std::string& rest = {},
                         const std::string& fields = {}) {
    provider_.play(testing::hi(provider, mode));
    Ask ask = turn(Dialect::openai_responses, testing::provider_of(provider) + "/m", mode);
    ask.body.insert(1, rest);
    ask.fields = fields;
    const TestAnswer answer = PipelineTest::ask(ask);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const std::size_t at = answer.body.find("\"msg_");
    return answer.body.substr(at + 1, answer.body.find('"', at + 1) - at - 1);
  }

  TestAnswer second_turn(Dialect provider, const std::string& id, const std::string& fields = {}) {
    provider_.play(testing::hi(provider, Mode::whole));
    return ask(
        {.path = "/v1/responses",
         .body = R"({"model":")" + testing::provider_of(provider) +
                 R"(/m","input":[{"role":"user","content":"One"},{"type":"item_reference","id":")" +
                 id + R"("},{"role":"user","content":"Two"}]})",
         .fields = fields});
  }
};

TEST_F(NamedItemsTest, AProviderOfAnotherDialectIsToldWhatTheClientOnlyNames) {
  for (const Dialect provider : chat::all_dialects) {
    if (provider == Dialect::openai_responses) continue;
    for (const Mode mode : {Mode::whole, Mode::stream}) {
      SCOPED_TRACE(name_of(provider));
      const TestAnswer answer = second_turn(provider, first_turn(provider, mode));
      EXPECT_EQ(answer.status, 200) << answer.body;
      const std::string asked = provider_.last_asked().body;
      EXPECT_LT(asked.find("One"), asked.find("\"Hi\"")) << asked;
      EXPECT_LT(asked.find("\"Hi\""), asked.find("Two")) << asked;
    }
  }
}

TEST_F(NamedItemsTest, ItemsHaveNamesOfTheirOwnWhereTheProviderCallsAllItsAnswersTheSame) {
  for (const Mode mode : {Mode::whole, Mode::stream}) {
    const std::string one = first_turn(Dialect::openai_chat, mode);
    EXPECT_NE(first_turn(Dialect::openai_chat, mode), one);
    EXPECT_EQ(second_turn(Dialect::openai_chat, one).status, 200);
  }
}

TEST_F(NamedItemsTest, AProviderThatKeepsItsAnswersIsToldTheirNames) {
  const std::string id = first_turn(Dialect::openai_responses, Mode::stream);
  EXPECT_EQ(second_turn(Dialect::openai_responses, id).status, 200);
  const std::string asked = provider_.last_asked().body;
  EXPECT_NE(asked.find(R"({"type":"item_reference","id":")" + id + "\"}"), std::string::npos);
  provider_.play(testing::hi(Dialect::openai_responses, Mode::whole));
  const std::string rest = R"(,"previous_response_id":"resp_1"})";
  ask({.path = "/v1/responses", .body = R"({"model":"re/m","input":"Go on")" + rest});
  EXPECT_NE(provider_.last_asked().body.find(rest), std::string::npos);
  ask({.path = "/v1/responses", .body = R"({"model":"re/m")" + rest});
  EXPECT_NE(provider_.last_asked().body.find(rest), std::string::npos);
}

TEST_F(NamedItemsTest, ThereIsNoSilenceAboutWhatNobodyKnows) {
  const std::size_t asked = provider_.asked().size();
  for (const Dialect provider : chat::all_dialects) {
    if (provider == Dialect::openai_responses) continue;
    const TestAnswer answer = second_turn(provider, "msg_of_yesterday");
    EXPECT_EQ(answer.status, 400);
    EXPECT_TRUE(answer.says("Item with id 'msg_of_yesterday' not found")) << answer.body;
    EXPECT_TRUE(answer.says("set `store` to false")) << answer.body;
    EXPECT_TRUE(answer.says(R"("param":"input")")) << answer.body;
    const TestAnswer later =
        ask({.path = "/v1/responses",
             .body = R"({"model":")" + testing::provider_of(provider) +
                     R"(/m","input":"Go on","previous_response_id":"resp_1"})"});
    EXPECT_EQ(later.status, 400);
    EXPECT_TRUE(later.says(R"("code":"previous_response_not_found")")) << later.body;
    EXPECT_TRUE(later.says("send the whole conversation")) << later.body;
  }
  EXPECT_EQ(provider_.asked().size(), asked);
}

TEST_F(NamedItemsTest, WhatNobodyKnowsIsFoundOutAtThePathOfChatToo) {
  const std::string model = R"({"model":"an/m","input":)";
  const std::string name =
      R"([{"role":"user","content":"One"},{"type":"item_reference","id":"x"}])";
  TestAnswer answer = ask({.path = "/v1/chat/completions", .body = model + name + "}"});
  EXPECT_TRUE(answer.says("Item with id 'x' not found")) << answer.body;
  const std::string before = R"("previous_response_id":"resp_1","input":[)";
  answer = ask({.path = "/v1/chat/completions",
                .body = R"({"model":"an/m",)" + before + R"({"role":"user","content":"And?"}]})"});
  EXPECT_TRUE(answer.says("previous_response_not_found")) << answer.body;
  EXPECT_TRUE(provider_.asked().empty());
  provider_.play(testing::hi(Dialect::anthropic, Mode::whole));
  answer = ask({.path = "/v1/chat/completions",
                .body = R"({"model":"an/m",)" + before +
                        R"({"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"},
                           {"role":"user","content":"And?"}]})"});
  EXPECT_EQ(answer.status, 200) << answer.body;
}

TEST_F(NamedItemsTest, WhoNamesNothingHasToSaySomething) {
  for (const std::string nothing :
       {R"("previous_response_id":"")", R"("prompt":{})", R"("conversation":{"id":null})",
        R"("previous_response_id":null)", R"("instructions":"x","prompt":{"id":""})"}) {
    const TestAnswer answer =
        ask({.path = "/v1/responses", .body = R"({"model":"an/m",)" + nothing + "}"});
    EXPECT_EQ(answer.status, 400);
    EXPECT_TRUE(answer.says("Missing input")) << nothing << answer.body;
  }
  EXPECT_TRUE(provider_.asked().empty());
}

TEST_F(NamedItemsTest, WhoIsNotTheSameCallerFindsNothing) {
  const std::string one = "authorization: Bearer one\r\n";
  const std::string two = "authorization: Bearer two\r\n";
  const Dialect provider = Dialect::anthropic;
  const std::string id = first_turn(provider, Mode::whole, "", one);
  EXPECT_EQ(second_turn(provider, id, two).status, 400);
  EXPECT_EQ(second_turn(provider, id).status, 400);
  EXPECT_EQ(second_turn(provider, id, one).status, 200);
}

TEST_F(NamedItemsTest, NothingIsKeptThatIsNotToBeKept) {
  add_key("mine");
  add_key("silent", [](store::ApiKey& key) { key.no_log = true; });
  const std::string mine = "authorization: Bearer sk-mine\r\n";
  const std::string silent = "authorization: Bearer sk-silent\r\n";
  const Dialect provider = Dialect::anthropic;
  EXPECT_EQ(second_turn(provider, first_turn(provider, Mode::whole, R"("store":false,)")).status,
            400);
  EXPECT_EQ(second_turn(provider, first_turn(provider, Mode::whole, "", silent), silent).status,
            400);
  const std::string id = first_turn(provider, Mode::whole, "", mine);
  EXPECT_EQ(second_turn(provider, id).status, 400);
  EXPECT_EQ(second_turn(provider, id, mine).status, 200);
}

}  // namespace
}  // namespace omni::pipeline
