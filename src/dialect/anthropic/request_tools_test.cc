#include <string>
#include <utility>

#include "dialect/anthropic/test_request.h"

namespace omni::dialect::anthropic {
namespace {

TEST(AnthropicTools, ASchemaBecomesThatOfAnObject) {
  Request request = foreign();
  request.tools = {
      function("a", R"({"$schema":"s","properties":{"x":{"anyOf":[{}]}}})"),
      function("b", R"({"type":"object","required":[]})"),
      function("c", ""),
      function("d",
               R"({"type":["object","null"],"properties":{"y":{}},"anyOf":[{"required":["y"]}]})"),
      function("e", R"({"type":"object","properties":{},"oneOf":[]})"),
      function("")};
  request.tools[0].description = "A";
  request.tools[0].strict = true;
  const Sent it = sent(request);
  EXPECT_EQ(it.at("tools"), canonical(R"([
      {"name":"a","description":"A","input_schema":
        {"type":"object","$schema":"s","properties":{"x":{"anyOf":[{}]}}}},
      {"name":"b","input_schema":{"type":"object","properties":{},"required":[]}},
      {"name":"c","input_schema":{"type":"object","properties":{}}},
      {"name":"d","input_schema":{"type":"object","properties":{"y":{}}}},
      {"name":"e","input_schema":{"type":"object","properties":{}}}])"));
  EXPECT_EQ(it.losses, "tool_unnamed tool_strict tool_schema");
}

TEST(AnthropicTools, AFreeformToolBecomesAFunctionOfOneText) {
  Request request = foreign();
  chat::Tool tool = function("apply_patch", R"({"type":"grammar","definition":"g"})");
  tool.kind = chat::Tool::Kind::freeform;
  tool.description = "Patches.";
  request.tools = {tool};
  const Sent it = sent(request);
  EXPECT_NE(it.body.find(canonical(R"({"type":"object","properties":{"input":{"type":"string"}},
                                       "required":["input"]})")),
            std::string::npos);
  EXPECT_NE(it.body.find("Patches.\\n\\n`input` must obey this grammar:\\ng"), std::string::npos);
  EXPECT_EQ(it.losses, "freeform_tool");
}

TEST(AnthropicTools, HostedToolsGoOnlyAsWebSearchOfAProviderThatHasOne) {
  Request request = foreign();
  chat::Tool search;
  search.kind = chat::Tool::Kind::builtin;
  search.name = "web_search";
  search.extras = {.dialect = chat::Dialect::openai_responses};
  search.extras.members.emplace_back("type", json::Raw::quote("web_search"));
  chat::Tool shell = search;
  shell.name = "local_shell";
  request.tools = {search, shell};
  request.tool_choice.mode = chat::ToolChoice::Mode::required;
  const Sent without = sent(request);
  EXPECT_EQ(without.at("tools"), "");
  EXPECT_EQ(without.at("tool_choice"), "");
  EXPECT_EQ(without.losses, "hosted_tool hosted_tool");
  const Sent with = sent(request, {.web_search = true});
  EXPECT_EQ(with.at("tools"), R"([{"name":"web_search","type":"web_search_20250305"}])");
  EXPECT_EQ(with.losses, "hosted_tool");
  request.tools[0].extras.members.emplace_back("filters", json::Raw::trusted(R"({"a":1})"));
  EXPECT_EQ(sent(request, {.web_search = true}).losses, "hosted_tool foreign_member");
}

TEST(AnthropicTools, AChoiceOfToolsHasFourForms) {
  using Mode = chat::ToolChoice::Mode;
  Request request = foreign();
  request.tools = {function("f"), function("g")};
  const auto chosen = [&](chat::ToolChoice choice) {
    request.tool_choice = std::move(choice);
    return sent(request).at("tool_choice");
  };
  EXPECT_EQ(chosen({}), "");
  EXPECT_EQ(chosen({.mode = Mode::automatic}), R"({"type":"auto"})");
  EXPECT_EQ(chosen({.mode = Mode::none, .parallel = false}), R"({"type":"none"})");
  EXPECT_EQ(chosen({.mode = Mode::required}), R"({"type":"any"})");
  EXPECT_EQ(chosen({.mode = Mode::required, .allowed = {"g"}}), R"({"name":"g","type":"tool"})");
  EXPECT_EQ(chosen({.mode = Mode::required, .allowed = {"f", "g"}}), R"({"type":"any"})");
  EXPECT_EQ(sent(request).losses, "tool_choice");
  EXPECT_EQ(chosen({.mode = Mode::unset, .parallel = true}), "");
  EXPECT_EQ(chosen({.mode = Mode::unset, .parallel = false}),
            R"({"disable_parallel_tool_use":true,"type":"auto"})");
}

}  // namespace
}  // namespace omni::dialect::anthropic
