#include "dialect/openai_responses/kept.h"

#include <gtest/gtest.h>

#include <string>

#include "dialect/openai_responses/wire.h"

namespace omni::dialect::openai_responses {
namespace {

/// The member that is to blame; empty where nothing is.
std::string blamed(const std::string& rest) {
  const auto request = decode_request(R"({"model":"m",)" + rest + "}");
  EXPECT_TRUE(request) << request.error().message();
  if (!request) return "?";
  const auto failure = refer_to_kept(*request);
  if (!failure) return "";
  EXPECT_EQ(failure->status, 400);
  return failure->param;
}

TEST(KeptByTheProvider, WhatOnlyTheProviderKnowsIsNotFoundElsewhere) {
  const std::string hi = R"({"role":"user","content":"Hi"})";
  EXPECT_EQ(blamed(R"("input":"Hi")"), "");
  EXPECT_EQ(blamed(R"("input":"Hi","previous_response_id":"resp_1")"), "previous_response_id");
  EXPECT_EQ(blamed(R"("input":[],"previous_response_id":"resp_1")"), "previous_response_id");
  EXPECT_EQ(blamed(R"("previous_response_id":"resp_1")"), "previous_response_id");
  EXPECT_EQ(blamed(R"("input":"Hi","previous_response_id":null)"), "");
  EXPECT_EQ(blamed(R"("input":"Hi","conversation":"conv_1")"), "conversation");
  EXPECT_EQ(blamed(R"("input":"Hi","conversation":{"id":"conv_1"})"), "conversation");
  EXPECT_EQ(blamed(R"("input":"Hi","prompt":{"id":"pmpt_1","variables":{}})"), "prompt");
  EXPECT_EQ(blamed(R"("input":[)" + hi + R"(,{"type":"item_reference","id":"msg_1"}])"), "input");
  EXPECT_EQ(blamed(R"("input":[)" + hi + R"(,{"type":"web_search_call","id":"ws_1"}])"), "");
}

TEST(KeptByTheProvider, AnEarlierAnswerIsNotMissedWhereTheWholeConversationCame) {
  const std::string before = R"("previous_response_id":"resp_1","conversation":"conv_1","input":[)";
  EXPECT_EQ(blamed(before + R"({"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"},
                               {"role":"user","content":"And?"}])"),
            "");
  EXPECT_EQ(blamed(before + R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
                               {"type":"function_call_output","call_id":"c","output":"1"}])"),
            "");
  EXPECT_EQ(blamed(before + R"({"type":"function_call_output","call_id":"c","output":"1"}])"),
            "previous_response_id");
}

}  // namespace
}  // namespace omni::dialect::openai_responses
