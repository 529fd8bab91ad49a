#include "pipeline/conversation.h"

#include <gtest/gtest.h>

#include <set>

namespace omni::pipeline {
namespace {

using chat::Dialect;

class ConversationTest : public ::testing::Test {
 protected:
  Conversation of(Dialect dialect, const std::string& body, std::string_view caller = "key",
                  std::string_view named = "") {
    body_ = body;
    const auto draft =
        scan({.dialect = dialect, .path = "/v1beta/models/m:generateContent", .body = body_});
    EXPECT_TRUE(draft) << draft.error().message();
    return {*draft, caller, named};
  }
  Conversation chat(const std::string& messages, std::string_view caller = "key") {
    return of(Dialect::openai_chat, R"({"model":"m","messages":[)" + messages + "]}", caller);
  }
  std::string id(const Conversation& conversation) { return conversation.id_at(provider_); }

  std::string body_;
  catalog::Provider provider_;
};

TEST_F(ConversationTest, IsTheSameHoweverFarItHasGone) {
  const Conversation first =
      chat(R"({"role":"system","content":"Be"},{"role":"user","content":"a"})");
  const Conversation later =
      chat(R"({"role":"system","content":"Be"}, {"role":"user","content":"a"},)"
           R"({"role":"assistant","content":"b"})");
  EXPECT_EQ(id(first), id(later));
  EXPECT_FALSE(first.goes_on());
  EXPECT_TRUE(later.goes_on());
}

TEST_F(ConversationTest, IsAnotherWithOtherInstructionsAnotherBeginningAModelOrACaller) {
  const std::string system = R"({"role":"system","content":"Be"},)",
                    user = R"({"role":"user","content":"a"})";
  std::set<std::string> ids{
      id(chat(system + user)), id(chat(user)), id(chat(system + user, "another")),
      id(chat(system + R"({"role":"user","content":"b"})")),
      id(of(Dialect::openai_chat, R"({"model":"n","messages":[)" + system + user + "]}"))};
  EXPECT_EQ(ids.size(), 5U);
  const std::string here = id(chat(user));
  provider_.id = "other";
  EXPECT_NE(id(chat(user)), here);
}

TEST_F(ConversationTest, IsFoundInEveryDialect) {
  struct Row {
    Dialect dialect;
    std::string head, first, next, tail;
  };
  const std::vector<Row> rows{
      {Dialect::openai_chat, R"({"model":"m","messages":[)",
       R"({"content":[{"type":"text","text":"a ] \" }"}],"role":"user"})",
       R"(,{"role":"assistant","content":"b"})", "]}"},
      {Dialect::openai_responses, R"({"model":"m","instructions":"Be","input":[)",
       R"({"role":"developer","content":"x"},{"role":"user","content":"a"})",
       R"(,{"type":"function_call","call_id":"1","name":"f","arguments":"{}"})", "]}"},
      {Dialect::anthropic, R"({"model":"m","system":[{"type":"text","text":"Be"}],"messages":[)",
       R"({"role":"user","content":"a"})", R"(,{"role":"assistant","content":"b"})", "]}"},
      {Dialect::gemini, R"({"systemInstruction":{"parts":[{"text":"Be"}]},"contents":[)",
       R"({"role":"user","parts":[{"text":"a"}]})", R"(,{"role":"model","parts":[]})", "]}"},
      {Dialect::ollama, R"({"model":"m","messages":[)", R"({"role":"user","content":"a"})",
       R"(,{"role":"assistant","content":"b"})", "]}"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(name_of(row.dialect));
    const Conversation first = of(row.dialect, row.head + row.first + row.tail);
    EXPECT_FALSE(first.goes_on());
    const std::string first_id = id(first);
    const Conversation later = of(row.dialect, row.head + row.first + row.next + row.tail);
    EXPECT_TRUE(later.goes_on());
    EXPECT_EQ(id(later), first_id);
  }
}

TEST_F(ConversationTest, MarksOfCachesThatMoveAreNoPartOfIt) {
  const std::string head =
      R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a")";
  const std::string marked =
      id(of(Dialect::anthropic, head + R"(,"cache_control":{"type":"ephemeral"}}]}]})"));
  const std::string moved =
      id(of(Dialect::anthropic,
            head + R"(,"cache_control":null}]},{"role":"assistant","content":"b"}]})"));
  EXPECT_EQ(marked, moved);
}

TEST_F(ConversationTest, OneThatTheClientNamesGoesByThatAlone) {
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"a"}]})";
  const Conversation named = of(Dialect::openai_chat, body, "key", std::string(100, 'x'));
  EXPECT_EQ(id(named), "ext:" + std::string(64, 'x'));
  EXPECT_TRUE(named.goes_on());
}

TEST_F(ConversationTest, AMessageEndsWhereItsLastTextDoesWhateverIsEscapedInIt) {
  for (const std::string text : {R"(a\\)", R"(\\\")", R"(\"\"]},{\")", R"()", R"(\\\\)"}) {
    const std::string head = R"({"model":"m","messages":[{"role":"user","content":")" + text;
    const Conversation first = of(Dialect::openai_chat, head + R"("}]})");
    EXPECT_FALSE(first.goes_on()) << text;
    const std::string first_id = id(first);
    const Conversation later =
        of(Dialect::openai_chat, head + R"("},{"role":"assistant","content":"b"}]})");
    EXPECT_TRUE(later.goes_on()) << text;
    EXPECT_EQ(id(later), first_id) << text;
  }
}

TEST_F(ConversationTest, WhatIsSaidInOneTextIsItsBeginning) {
  const Conversation one = of(Dialect::openai_responses, R"({"model":"m","input":"a"})");
  EXPECT_FALSE(one.goes_on());
  const std::string one_id = id(one);
  EXPECT_NE(one_id, id(of(Dialect::openai_responses, R"({"model":"m","input":"b"})")));
}

}  // namespace
}  // namespace omni::pipeline
