#include "dialect/openai_kin.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

namespace omni::dialect {
namespace {

using Mode = chat::Thinking::Mode;

chat::Thinking thinking(Mode mode, std::string effort, std::optional<std::int64_t> budget = {}) {
  return {.mode = mode, .effort = std::move(effort), .budget_tokens = budget};
}

std::string parameters(std::string_view schema) {
  std::string text;
  json::Writer out(text);
  write_parameters(out, json::Raw::trusted(std::string(schema)));
  return text;
}

TEST(OpenAiKin, off_is_said_only_in_a_word_that_the_client_has_found) {
  EXPECT_EQ(openai_effort(thinking(Mode::off, "none")), "none");
  EXPECT_EQ(openai_effort(thinking(Mode::off, "minimal")), "minimal");
  EXPECT_EQ(openai_effort(thinking(Mode::off, "")), "");
  EXPECT_EQ(openai_effort(thinking(Mode::off, "high")), "");
  EXPECT_EQ(openai_effort(thinking(Mode::off, "", 0)), "");
}

TEST(OpenAiKin, an_effort_is_said_as_the_client_said_it_and_a_budget_becomes_one) {
  EXPECT_EQ(openai_effort(thinking(Mode::on, "xhigh")), "xhigh");
  EXPECT_EQ(openai_effort(thinking(Mode::on, "", 1024)), "low");
  EXPECT_EQ(openai_effort(thinking(Mode::adaptive, "")), "");
  EXPECT_EQ(openai_effort({}), "");
}

TEST(OpenAiKin, what_was_said_otherwise_is_converted) {
  EXPECT_TRUE(converts_effort(thinking(Mode::off, "")));
  EXPECT_TRUE(converts_effort(thinking(Mode::on, "")));
  EXPECT_TRUE(converts_effort(thinking(Mode::on, "low", 1024)));
  EXPECT_FALSE(converts_effort(thinking(Mode::off, "none")));
  EXPECT_FALSE(converts_effort(thinking(Mode::on, "low")));
  EXPECT_FALSE(converts_effort(thinking(Mode::adaptive, "")));
  EXPECT_FALSE(converts_effort({}));
}

TEST(OpenAiKin, parameters_always_tell_their_properties) {
  EXPECT_EQ(parameters("{}"), R"({"type":"object","properties":{}})");
  EXPECT_EQ(parameters(R"({"title":"T","type":"object"})"),
            R"({"title":"T","type":"object","properties":{}})");
  EXPECT_EQ(parameters(R"({"type":"object","properties":null})"),
            R"({"type":"object","properties":{}})");
  std::string text;
  json::Writer out(text);
  write_parameters(out, std::nullopt);
  EXPECT_EQ(text, parameters("{}"));
}

TEST(OpenAiKin, properties_of_what_is_inside_are_not_those_of_the_parameters) {
  EXPECT_EQ(parameters(R"({"type":"object","additionalProperties":{"properties":{}}})"),
            R"({"type":"object","additionalProperties":{"properties":{}},"properties":{}})");
}

TEST(OpenAiKin, parameters_that_tell_their_properties_go_as_they_are) {
  constexpr std::string_view told = R"({ "properties" : {"x": {}} })";
  EXPECT_EQ(parameters(told), told);
  EXPECT_EQ(parameters("true"), "true");
}

TEST(OpenAiKin, names_are_kin_only_between_the_two_dialects_of_openai) {
  EXPECT_TRUE(may_write_to_openai_kin(chat::Dialect::openai_chat, "metadata"));
  EXPECT_TRUE(may_write_to_openai_kin(chat::Dialect::openai_responses, "store"));
  EXPECT_FALSE(may_write_to_openai_kin(chat::Dialect::openai_responses, "include"));
  EXPECT_FALSE(may_write_to_openai_kin(chat::Dialect::anthropic, "metadata"));
}

}  // namespace
}  // namespace omni::dialect
