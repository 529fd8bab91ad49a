#include "dialect/tool_names.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/grammar.h"

namespace omni::dialect {
namespace {

using chat::Tool;
using chat::ToolCall;

Tool tool(std::string space, std::string name, Tool::Kind kind = Tool::Kind::function) {
  Tool tool;
  tool.kind = kind;
  tool.space = std::move(space);
  tool.name = std::move(name);
  return tool;
}

chat::Part call(std::string space, std::string name) {
  ToolCall call;
  call.space = std::move(space);
  call.name = std::move(name);
  chat::Part part;
  part.body = std::move(call);
  return part;
}

chat::Request with(std::vector<Tool> tools, std::vector<chat::Part> said = {}) {
  chat::Request request;
  request.tools = std::move(tools);
  chat::Message message;
  message.role = chat::Role::assistant;
  message.parts = std::move(said);
  request.messages.push_back(std::move(message));
  return request;
}

ToolCall restored(const ToolNames& names, std::string_view wire, std::string_view input = "{}") {
  ToolCall call;
  call.name = wire;
  call.input = input;
  names.restore(call);
  return call;
}

std::string lost(const Losses& losses) {
  std::string out;
  for (const Losses::Entry& entry : losses.entries()) {
    if (!out.empty()) out += " ";
    out.append(entry.row->name).append(":").append(entry.detail);
  }
  return out;
}

constexpr NameRules gemini{.also = ".:-", .starts_with_letter = true};

TEST(ToolNames, are_empty_where_every_name_fits) {
  Losses losses;
  const ToolNames names(with({tool("", "get_weather"), tool("", std::string(64, 'x')),
                              tool("files", "a b", Tool::Kind::builtin)},
                             {call("", "old-tool")}),
                        {}, losses);
  EXPECT_TRUE(names.empty());
  EXPECT_TRUE(losses.empty());
  EXPECT_EQ(names.wire("", "get_weather"), "get_weather");
}

TEST(ToolNames, lose_what_is_not_allowed_and_come_back_to_the_letter) {
  Losses losses;
  const ToolNames names(with({tool("", "mcp.files/read"), tool("", "Wetter für Köln")}), {},
                        losses);
  EXPECT_EQ(names.wire("", "mcp.files/read"), "mcp_files_read");
  EXPECT_EQ(names.wire("", "Wetter für Köln"), "Wetter_f_r_K_ln");
  EXPECT_EQ(restored(names, "mcp_files_read").name, "mcp.files/read");
  EXPECT_EQ(restored(names, "Wetter_f_r_K_ln").name, "Wetter für Köln");
  EXPECT_EQ(lost(losses), "tool_name:mcp.files/read tool_name:Wetter für Köln");
}

TEST(ToolNames, follow_the_rules_of_the_dialect) {
  Losses losses;
  const auto request = with({tool("", "1a"), tool("", "a.b:c-d"), tool("", "_x")});
  const ToolNames names(request, gemini, losses);
  EXPECT_EQ(names.wire("", "1a"), "_1a");
  EXPECT_EQ(names.wire("", "a.b:c-d"), "a.b:c-d");
  EXPECT_EQ(names.wire("", "_x"), "_x");
  EXPECT_EQ(restored(names, "_1a").name, "1a");
  EXPECT_EQ(ToolNames(request, {.also = ""}, losses).wire("", "a.b:c-d"), "a_b_c_d");
}

TEST(ToolNames, keep_a_name_that_fits_even_if_another_would_become_it_first) {
  Losses losses;
  const ToolNames names(with({tool("", "a.b"), tool("", "a_b"), tool("", "a/b")}), {}, losses);
  EXPECT_EQ(names.wire("", "a_b"), "a_b");
  const std::string dot(names.wire("", "a.b"));
  const std::string slash(names.wire("", "a/b"));
  EXPECT_EQ(dot.size(), std::string("a_b_12345678").size());
  EXPECT_TRUE(dot.starts_with("a_b_")) << dot;
  EXPECT_NE(dot, slash);
  EXPECT_EQ(restored(names, dot).name, "a.b");
  EXPECT_EQ(restored(names, slash).name, "a/b");
  EXPECT_EQ(restored(names, "a_b").name, "a_b");
}

TEST(ToolNames, stay_apart_where_two_would_become_one) {
  Losses losses;
  const ToolNames names(with({tool("", "a.b"), tool("", "a/b")}), {}, losses);
  EXPECT_EQ(names.wire("", "a.b"), "a_b");
  EXPECT_NE(names.wire("", "a/b"), "a_b");
  EXPECT_EQ(restored(names, "a_b").name, "a.b");
  EXPECT_EQ(restored(names, names.wire("", "a/b")).name, "a/b");
}

TEST(ToolNames, find_another_hash_where_the_first_one_is_a_tools_name) {
  Losses losses;
  const ToolNames first(with({tool("", "a_b"), tool("", "a.b")}), {}, losses);
  const std::string hashed(first.wire("", "a.b"));
  const ToolNames names(with({tool("", "a_b"), tool("", "a.b"), tool("", hashed)}), {}, losses);
  EXPECT_NE(names.wire("", "a.b"), hashed);
  EXPECT_EQ(names.wire("", hashed), hashed);
  EXPECT_EQ(restored(names, names.wire("", "a.b")).name, "a.b");
}

TEST(ToolNames, shorten_long_names_and_keep_them_apart) {
  const std::string stem(70, 'n');
  Losses losses;
  const ToolNames names(with({tool("", stem + "1"), tool("", stem + "2")}), {}, losses);
  const std::string one(names.wire("", stem + "1"));
  const std::string two(names.wire("", stem + "2"));
  EXPECT_EQ(one.size(), 64u);
  EXPECT_EQ(two.size(), 64u);
  EXPECT_NE(one, two);
  EXPECT_EQ(restored(names, one).name, stem + "1");
  EXPECT_EQ(restored(names, two).name, stem + "2");
}

TEST(ToolNames, do_not_depend_on_the_other_tools_where_nothing_collides) {
  const std::string name(100, 'n');
  Losses losses;
  const ToolNames alone(with({tool("", name)}), {}, losses);
  const ToolNames among(with({tool("", "x"), tool("", "y.z"), tool("", name)}), {}, losses);
  EXPECT_EQ(alone.wire("", name), among.wire("", name));
}

TEST(ToolNames, put_a_namespace_before_the_name_and_take_it_off_again) {
  Losses losses;
  const ToolNames names(with({tool("crm", "list"), tool("mcp__git__", "log"), tool("", "list")}),
                        {}, losses);
  EXPECT_EQ(names.wire("crm", "list"), "crm__list");
  EXPECT_EQ(names.wire("mcp__git__", "log"), "mcp__git__log");
  EXPECT_EQ(names.wire("", "list"), "list");
  EXPECT_EQ(restored(names, "crm__list").space, "crm");
  EXPECT_EQ(restored(names, "crm__list").name, "list");
  EXPECT_EQ(restored(names, "mcp__git__log").space, "mcp__git__");
  EXPECT_EQ(restored(names, "list").space, "");
  EXPECT_EQ(lost(losses), "tool_namespace:crm tool_namespace:mcp__git__");
}

TEST(ToolNames, leave_namespaces_alone_where_the_dialect_knows_them) {
  Losses losses;
  const auto request = with({tool("crm", "list"), tool("crm", "a.b")});
  const ToolNames names(request, {.has_spaces = true}, losses);
  EXPECT_EQ(names.wire("crm", "list"), "list");
  EXPECT_EQ(names.wire("crm", "a.b"), "a_b");
  EXPECT_EQ(lost(losses), "tool_name:a.b");
}

TEST(ToolNames, treat_names_of_the_past_like_those_of_tools) {
  chat::Request request = with({tool("", "x")}, {call("crm", "old.one"), call("", "gone/two")});
  chat::Part result;
  result.body = chat::ToolResult{"1", "three!", {}, false};
  request.messages[0].parts.push_back(result);
  request.tool_choice.allowed = {"four four"};
  Losses losses;
  const ToolNames names(request, {}, losses);
  EXPECT_EQ(names.wire("crm", "old.one"), "crm__old_one");
  EXPECT_EQ(names.wire("", "gone/two"), "gone_two");
  EXPECT_EQ(names.wire("", "three!"), "three_");
  EXPECT_EQ(names.wire("", "four four"), "four_four");
}

TEST(ToolNames, find_a_tool_that_is_named_without_its_namespace) {
  chat::Request request = with({tool("crm", "list"), tool("shop", "buy"), tool("", "buy")});
  request.tool_choice.allowed = {"list", "buy"};
  Losses losses;
  const ToolNames names(request, {}, losses);
  EXPECT_EQ(names.wire("", "list"), "crm__list");
  EXPECT_EQ(names.wire("", "buy"), "buy");
  EXPECT_EQ(restored(names, "crm__list").space, "crm");
  EXPECT_EQ(restored(names, "crm__list").name, "list");
}

TEST(ToolNames, leave_tools_without_a_name_to_the_codec) {
  Losses losses;
  const ToolNames names(with({tool("", ""), tool("crm", ""), tool("", "a b")}), {}, losses);
  EXPECT_EQ(names.wire("", ""), "");
  EXPECT_EQ(names.wire("crm", ""), "");
}

TEST(ToolNames, turn_a_freeform_tool_into_a_function_and_back) {
  const auto request = with({tool("", "apply_patch", Tool::Kind::freeform)});
  Losses losses;
  const ToolNames names(request, {}, losses);
  EXPECT_EQ(names.wire("", "apply_patch"), "apply_patch");
  const ToolCall call = restored(names, "apply_patch", R"({"input":"*** Begin\n\"x\""})");
  EXPECT_EQ(call.input, "*** Begin\n\"x\"");
  EXPECT_EQ(call.form, ToolCall::Form::freeform);
  EXPECT_EQ(lost(losses), "freeform_tool:apply_patch");
  EXPECT_TRUE(ToolNames(request, {.has_freeform = true}, losses).empty());
}

TEST(FreeformTool, tells_its_grammar_in_its_description) {
  chat::Tool tool;
  tool.kind = chat::Tool::Kind::freeform;
  EXPECT_EQ(freeform_description(tool), "");
  tool.description = "Patches.";
  EXPECT_EQ(freeform_description(tool), "Patches.");
  tool.schema = json::Raw::trusted(R"({"type":"text"})");
  EXPECT_EQ(freeform_description(tool), "Patches.");
  tool.schema = json::Raw::trusted("{\n\"type\":\"grammar\",\"definition\":\"start: \\\"x\\\"\"}");
  EXPECT_EQ(freeform_description(tool),
            "Patches.\n\n`input` must obey this grammar:\nstart: \"x\"");
}

TEST(ToolNames, give_a_freeform_tool_the_whole_text_if_the_model_did_not_wrap_it) {
  Losses losses;
  const ToolNames names(with({tool("", "patch", Tool::Kind::freeform)}), {}, losses);
  for (const std::string text :
       {"*** Begin", R"({"input":)", R"({"patch":"x"})", R"({"input":7})", "[]", "", "\"input\""}) {
    EXPECT_EQ(restored(names, "patch", text).input, text);
    EXPECT_EQ(restored(names, "patch", text).form, ToolCall::Form::freeform);
  }
}

TEST(ToolNames, restore_every_call_of_a_reply) {
  Losses losses;
  const ToolNames names(with({tool("", "a.b")}), {}, losses);
  chat::Reply reply;
  reply.choices.resize(2);
  reply.choices[0].parts = {call("", "other")};
  reply.choices[1].parts = {call("", "a_b")};
  names.restore(reply);
  EXPECT_EQ(std::get<ToolCall>(reply.choices[0].parts[0].body).name, "other");
  EXPECT_EQ(std::get<ToolCall>(reply.choices[1].parts[0].body).name, "a.b");
}

TEST(ToolNames, stay_fast_with_very_many_names) {
  chat::Request request = with({});
  for (int i = 0; i < 20'000; ++i) {
    request.tools.push_back(tool("", "tool." + std::to_string(i)));
    request.tool_choice.allowed.push_back("tool." + std::to_string(i));
  }
  Losses losses;
  const ToolNames names(request, {}, losses);
  for (const Tool& each : request.tools) {
    EXPECT_EQ(restored(names, names.wire("", each.name)).name, each.name);
  }
}

/// Writes down what arrives.
class Notes final : public chat::EventSink {
 public:
  void on(const chat::Event& event) override {
    if (const auto* begin = std::get_if<chat::PartBegin>(&event)) {
      if (const auto* call = std::get_if<ToolCall>(&begin->seed.body)) {
        text += "begin " + call->space + "/" + call->name + "#" + call->id;
        text += call->form == ToolCall::Form::freeform ? " freeform" : "";
        text += begin->seed.seal ? " sealed\n" : "\n";
      }
    } else if (const auto* delta = std::get_if<chat::PartDelta>(&event)) {
      text += "delta " + std::string(delta->text) + "\n";
    } else if (std::holds_alternative<chat::PartEnd>(event)) {
      text += "end\n";
    } else if (const auto* failed = std::get_if<chat::ReplyFailed>(&event)) {
      text += "failed " + std::to_string(failed->failure.status) + "\n";
    }
  }
  std::string text;
};

class RestoreSinkTest : public testing::Test {
 protected:
  RestoreSinkTest() {
    names_ = ToolNames(with({tool("", "patch", Tool::Kind::freeform), tool("crm", "list")}), {},
                       losses_);
    sink_.on(chat::ReplyBegin{});
  }

  void begin(std::string name, int choice = 0) {
    chat::Part seed = call("", std::move(name));
    std::get<ToolCall>(seed.body).id = "c1";
    std::get<ToolCall>(seed.body).input.clear();
    seed.seal = chat::Seal{"", "s"};
    sink_.on(chat::PartBegin{choice, 0, seed});
  }
  void delta(std::string_view text, int choice = 0) { sink_.on(chat::PartDelta{choice, 0, text}); }
  void end(int choice = 0) { sink_.on(chat::PartEnd{choice, 0}); }

  Losses losses_;
  ToolNames names_;
  Notes notes_;
  chat::GrammarSink grammar_{&notes_};
  RestoreSink sink_{names_, grammar_};
};

TEST_F(RestoreSinkTest, gives_the_name_and_namespace_back_and_passes_the_input_on_at_once) {
  begin("crm__list");
  EXPECT_EQ(notes_.text, "begin crm/list#c1 sealed\n");
  delta("{\"a\"");
  EXPECT_EQ(notes_.text, "begin crm/list#c1 sealed\ndelta {\"a\"\n");
  end();
  EXPECT_TRUE(notes_.text.ends_with("end\n"));
}

TEST_F(RestoreSinkTest, leaves_other_calls_alone) {
  begin("else");
  delta("{}");
  end();
  EXPECT_EQ(notes_.text, "begin /else#c1 sealed\ndelta {}\nend\n");
}

TEST_F(RestoreSinkTest, holds_the_input_of_a_freeform_tool_until_it_is_whole) {
  begin("patch");
  delta("{\"inp");
  delta("ut\":\"a\\");
  delta("nb\"}");
  EXPECT_EQ(notes_.text, "begin /patch#c1 freeform sealed\n");
  end();
  EXPECT_EQ(notes_.text, "begin /patch#c1 freeform sealed\ndelta a\nb\nend\n");
  EXPECT_EQ(grammar_.violation(), "");
}

TEST_F(RestoreSinkTest, keeps_the_inputs_of_two_choices_apart) {
  begin("patch", 0);
  begin("patch", 1);
  delta(R"({"input":"zero"})", 0);
  delta("one", 1);
  end(1);
  end(0);
  EXPECT_TRUE(notes_.text.ends_with("delta one\nend\ndelta zero\nend\n")) << notes_.text;
}

TEST_F(RestoreSinkTest, passes_the_next_call_on_at_once) {
  begin("patch");
  end();
  chat::Part seed = call("", "crm__list");
  std::get<ToolCall>(seed.body).input.clear();
  sink_.on(chat::PartBegin{0, 1, seed});
  sink_.on(chat::PartDelta{0, 1, "{}"});
  EXPECT_TRUE(notes_.text.ends_with("delta {}\n")) << notes_.text;
  EXPECT_EQ(grammar_.violation(), "");
}

TEST_F(RestoreSinkTest, tells_no_delta_for_an_empty_freeform_input) {
  begin("patch");
  delta(R"({"input":""})");
  end();
  EXPECT_EQ(notes_.text, "begin /patch#c1 freeform sealed\nend\n");
}

TEST_F(RestoreSinkTest, fails_the_reply_when_a_held_input_does_not_end) {
  begin("patch");
  const std::string much(std::size_t{8} << 20, 'x');
  for (int i = 0; i < 6; ++i) delta(much);
  end();
  EXPECT_EQ(notes_.text, "begin /patch#c1 freeform sealed\nfailed 502\n");
}

}  // namespace
}  // namespace omni::dialect
