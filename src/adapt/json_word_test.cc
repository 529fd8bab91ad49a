#include "adapt/json_word.h"

#include <gtest/gtest.h>

#include <string>

namespace omni::adapt {
namespace {

using Kind = chat::OutputFormat::Kind;

chat::Request asking(const std::string& words, Kind kind) {
  chat::Request request;
  request.format.kind = kind;
  chat::Message message{.role = chat::Role::user, .parts = {}, .name = {}, .extras = {}};
  message.parts.push_back(
      {.body = chat::Text{words}, .seal = {}, .cache_control = {}, .extras = {}});
  request.messages.push_back(std::move(message));
  return request;
}

TEST(NameJson, SaysTheWordThatNobodyHasSaid) {
  chat::Request request = asking("Give me an object", Kind::json);
  name_json(request);
  ASSERT_EQ(request.messages.size(), 2U);
  EXPECT_EQ(request.messages[0].role, chat::Role::system);
  EXPECT_NE(chat::text_of(request.messages[0].parts[0]).find("JSON"), std::string::npos);
  name_json(request);
  EXPECT_EQ(request.messages.size(), 2U) << "now it has been said";
}

TEST(NameJson, LeavesAllOthersAlone) {
  for (chat::Request request : {asking("Answer as Json", Kind::json), asking("Hi", Kind::text),
                                asking("Hi", Kind::schema)}) {
    name_json(request);
    EXPECT_EQ(request.messages.size(), 1U);
  }
}

}  // namespace
}  // namespace omni::adapt
