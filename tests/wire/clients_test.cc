// What real clients send and what breaks them, each by the number under which it is known, then by
// the dialect of the client.

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "wire/json_text.h"
#include "wire/pairs.h"
#include "wire/telling.h"

namespace omni::wire {
namespace {

using chat::Dialect;
using enum chat::Dialect;

std::string name(Dialect dialect) { return std::string(chat::name_of(dialect)); }

const std::vector<Dialect>& others_than(Dialect own) {
  static std::vector<Dialect> others;
  others.clear();
  for (const Dialect dialect : chat::all_dialects) {
    if (dialect != own) others.push_back(dialect);
  }
  return others;
}

TEST(Clients, S02_gemini_paths_come_with_and_without_models_and_in_both_versions) {
  for (const char* const path :
       {"/v1/models/google/gemma-3:generateContent",
        "/v1beta/models/google/gemma-3:generateContent", "/v1beta/google/gemma-3:generateContent",
        "/v1beta/models/google%2Fgemma-3:generateContent"}) {
    const Case scenario =
        case_with("request", gemini,
                  std::string(path) + "\n" +
                      R"({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]})");
    EXPECT_EQ(Way(scenario, gemini, gemini).request().model, "google/gemma-3") << path;
  }
}

TEST(Clients, S03_system_messages_amid_a_conversation_reach_every_provider) {
  const Case scenario = load_case("claude_code");
  const std::string home = sent(scenario, anthropic, anthropic);
  EXPECT_EQ(at(home, "messages.1.role"), R"("system")");
  EXPECT_EQ(at(home, "messages.1.output_config.effort"), R"("high")");
  for (const Dialect provider : others_than(anthropic)) {
    SCOPED_TRACE(name(provider));
    EXPECT_TRUE(has(sent(scenario, anthropic, provider), "Platform: linux"));
  }
}

TEST(Clients, S03_members_of_betas_stay_at_home_and_the_billing_line_does_too) {
  const Case scenario = load_case("claude_code");
  for (const Dialect provider : chat::all_dialects) {
    SCOPED_TRACE(name(provider));
    const std::string body = sent(scenario, anthropic, provider);
    for (const char* const member :
         {"context_management", "defer_loading", "x-anthropic-billing-header", "\"display\""}) {
      EXPECT_EQ(has(body, member), provider == anthropic) << member << "\n" << body;
    }
  }
}

TEST(Clients, S04_a_namespace_is_given_back_with_the_call) {
  const Case scenario = load_case("codex");
  for (const Dialect provider : chat::all_dialects) {
    SCOPED_TRACE(name(provider));
    const Gathered read = gather(openai_responses, {told(scenario, provider, openai_responses)});
    std::vector<const chat::ToolCall*> calls;
    for (const chat::Part& part : read.reply.choices.at(0).parts) {
      const auto* const call = std::get_if<chat::ToolCall>(&part.body);
      if (call != nullptr) calls.push_back(call);
    }
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_EQ(calls[0]->space, "mcp__github__");
    EXPECT_EQ(calls[0]->name, "search_issues");
    EXPECT_EQ(calls[1]->name, "apply_patch");
    EXPECT_EQ(calls[1]->form, chat::ToolCall::Form::freeform);
    EXPECT_TRUE(calls[1]->input.starts_with("*** Begin Patch\n")) << calls[1]->input;
  }
}

TEST(Clients, S04_what_only_codex_and_its_provider_understand_goes_nowhere_else) {
  const Case scenario = load_case("codex");
  for (const Dialect provider : others_than(openai_responses)) {
    SCOPED_TRACE(name(provider));
    const std::string body = sent(scenario, openai_responses, provider);
    for (const char* const member : {"client_metadata", "\"namespace\"", "encrypted_content",
                                     "\"web_search\"", "fco_", "ctc_"}) {
      EXPECT_FALSE(has(body, member)) << member << "\n" << body;
    }
    EXPECT_TRUE(has(body, "Approval policy is `never`.")) << body;
  }
}

TEST(Clients, S05_types_in_upper_case_become_lower_case_for_others) {
  const Case scenario = load_case("gemini_cli_router");
  EXPECT_TRUE(has(sent(scenario, gemini, gemini), R"("OBJECT")"));
  for (const Dialect provider : others_than(gemini)) {
    SCOPED_TRACE(name(provider));
    const std::string body = sent(scenario, gemini, provider);
    EXPECT_FALSE(has(body, "\"OBJECT\"")) << body;
    EXPECT_FALSE(has(body, "\"STRING\"")) << body;
    EXPECT_TRUE(has(body, "model_choice")) << body;
  }
}

TEST(Clients, S05_the_schema_of_the_router_is_one_that_anthropic_takes) {
  const Case scenario = load_case("gemini_cli_router");
  const std::string body = sent(scenario, gemini, anthropic);
  const std::string schema = at(body, "output_config.format.schema");
  EXPECT_EQ(at(body, "output_config.format.schema.additionalProperties"), "false") << schema;
  EXPECT_TRUE(has(schema, "model_choice")) << body;
}

TEST(Clients, S06_no_unknown_member_is_refused) {
  const std::vector<std::pair<Dialect, std::string>> bodies{
      {openai_chat, R"({"model": "m", "new": {},
                        "messages": [{"role": "user", "content": "x", "new": 1}]})"},
      {openai_responses, R"({"model": "m", "new": {},
                             "input": [{"type": "new_item"}, {"role": "user", "content": "x"}]})"},
      {anthropic, R"({"model": "m", "max_tokens": 1, "new": [1],
                      "messages": [{"role": "user", "content":
                        [{"type": "new_block", "a": 1}, {"type": "text", "text": "x"}]}]})"},
      {gemini, R"({"new": 1, "contents":
                   [{"role": "user", "parts": [{"newPart": {}}, {"text": "x"}]}]})"},
      {ollama, R"({"model": "m", "new": 1,
                   "messages": [{"role": "user", "content": "x", "new": 1}]})"}};
  for (const auto& [client, body] : bodies) {
    for (const Dialect provider : chat::all_dialects) {
      SCOPED_TRACE(name(client) + " -> " + name(provider));
      const Way way(case_with("request", client, body), client, provider);
      EXPECT_EQ(way.refusal(), "");
      EXPECT_TRUE(way.sent());
    }
  }
}

TEST(Clients, S07_the_first_count_of_output_is_none_so_that_it_can_be_added) {
  const Case scenario = load_case("text");
  for (const Dialect provider : chat::all_dialects) {
    SCOPED_TRACE(name(provider));
    const std::vector<Frame> frames = frames_of(told(scenario, provider, anthropic));
    ASSERT_FALSE(frames.empty());
    const std::string first = at(frames[0].data, "message.usage.output_tokens");
    EXPECT_TRUE(first == "0" || first == "1") << first;
  }
}

TEST(Clients, S08_schemas_of_agents_go_anywhere_and_so_do_tools_without_one) {
  const Case scenario = load_case("hard_schemas");
  for (const Dialect provider : chat::all_dialects) {
    SCOPED_TRACE(name(provider));
    const std::string body = sent(scenario, openai_chat, provider);
    EXPECT_TRUE(has(body, "write_page"));
    EXPECT_TRUE(has(body, "no_schema"));
  }
  const std::string body = sent(scenario, openai_chat, anthropic);
  EXPECT_EQ(at(body, "tools.1.input_schema.type"), R"("object")");
}

TEST(Clients, S11_every_output_index_of_a_responses_stream_appears_once) {
  for (const char* const file : {"text", "thinking", "tool_call", "parallel_tool_calls", "agent"}) {
    const Case scenario = load_case(file);
    for (const Dialect provider : chat::all_dialects) {
      SCOPED_TRACE(file + (" " + name(provider)));
      std::set<std::string> added, done, ids;
      for (const Frame& frame : frames_of(told(scenario, provider, openai_responses))) {
        const std::string index = at(frame.data, "output_index"), id = at(frame.data, "item.id");
        if (frame.event == "response.output_item.added") {
          EXPECT_TRUE(added.insert(index).second) << frame.data;
          EXPECT_TRUE(ids.insert(id).second) << frame.data;
          EXPECT_EQ(index, std::to_string(added.size() - 1));
        } else if (frame.event == "response.output_item.done") {
          EXPECT_TRUE(done.insert(index).second) << frame.data;
          EXPECT_TRUE(ids.contains(id)) << frame.data;
        } else if (!index.empty()) {
          EXPECT_TRUE(added.contains(index) && !done.contains(index)) << frame.data;
        }
      }
      EXPECT_EQ(added, done);
    }
  }
}

// ---- By the dialect of the client

TEST(Clients, OpenAI_chat_has_one_id_one_role_one_reason_and_one_end) {
  for (const char* const file : {"text", "thinking", "parallel_tool_calls", "agent"}) {
    const Case scenario = load_case(file);
    for (const Dialect provider : chat::all_dialects) {
      SCOPED_TRACE(file + (" " + name(provider)));
      const std::string stream = told(scenario, provider, openai_chat);
      std::set<std::string> ids;
      std::size_t reasons = 0;
      for (const Frame& frame : frames_of(stream)) {
        if (frame.data == "[DONE]") continue;
        ids.insert(at(frame.data, "id"));
        const std::string reason = at(frame.data, "choices.0.finish_reason");
        reasons += reason.starts_with('"') ? 1 : 0;
      }
      EXPECT_EQ(ids.size(), 1U);
      EXPECT_EQ(reasons, 1U) << stream;
      EXPECT_EQ(times(stream, R"("role":"assistant")"), 1U) << stream;
      EXPECT_EQ(times(stream, "data: [DONE]"), 1U);
      EXPECT_TRUE(stream.ends_with("data: [DONE]\n\n"));
    }
  }
}

TEST(Clients, OpenAI_chat_numbers_calls_from_0_and_says_each_id_once) {
  const Case scenario = load_case("parallel_tool_calls");
  for (const Dialect provider : chat::all_dialects) {
    SCOPED_TRACE(name(provider));
    std::set<std::string> seen;
    std::string last = "0";
    for (const Frame& frame : frames_of(told(scenario, provider, openai_chat))) {
      const std::string index = at(frame.data, "choices.0.delta.tool_calls.0.index");
      const std::string id = at(frame.data, "choices.0.delta.tool_calls.0.id");
      if (index.empty()) continue;
      EXPECT_GE(index, last);
      last = index;
      if (id.empty()) continue;
      EXPECT_TRUE(seen.insert(id).second) << frame.data;
      EXPECT_LE(id.size(), 42U) << "forty characters and two quotes";
      EXPECT_EQ(index, std::to_string(seen.size() - 1));
    }
    EXPECT_EQ(seen.size(), 3U);
  }
}

TEST(Clients, Anthropic_gets_a_signature_only_where_the_provider_gave_one) {
  const Case scenario = load_case("thinking");
  for (const Dialect provider : chat::all_dialects) {
    SCOPED_TRACE(name(provider));
    const std::string stream = told(scenario, provider, anthropic);
    const bool sealed = provider == anthropic || provider == openai_responses;
    EXPECT_EQ(has(stream, "signature_delta"), sealed) << stream;
  }
}

TEST(Clients, Anthropic_keeps_text_that_follows_a_result) {
  const Case scenario = load_case("tool_results");
  for (const Dialect provider : chat::all_dialects) {
    SCOPED_TRACE(name(provider));
    EXPECT_TRUE(has(sent(scenario, anthropic, provider), "Be brief."));
  }
}

TEST(Clients, Gemini_gets_as_many_responses_as_calls) {
  for (const char* const file : {"tool_results", "lost_results", "agent", "empty_arguments"}) {
    const Case scenario = load_case(file);
    for (const Dialect client : others_than(gemini)) {
      SCOPED_TRACE(file + (" " + name(client)));
      const std::string body = sent(scenario, client, gemini);
      EXPECT_EQ(times(body, R"("functionCall":)"), times(body, R"("functionResponse":)")) << body;
    }
  }
}

TEST(Clients, Ollama_reads_one_document_a_line_and_arguments_that_are_objects) {
  for (const char* const file : {"unicode", "thinking", "parallel_tool_calls", "agent"}) {
    const Case scenario = load_case(file);
    for (const Dialect provider : chat::all_dialects) {
      SCOPED_TRACE(file + (" " + name(provider)));
      const std::string stream = told(scenario, provider, ollama);
      EXPECT_EQ(frames_of(stream).size(), times(stream, "\n")) << stream;
      for (const Frame& line : frames_of(stream)) {
        EXPECT_TRUE(is_json(line.data)) << line.data;
        const std::string input = at(line.data, "message.tool_calls.0.function.arguments");
        EXPECT_TRUE(input.empty() || input.starts_with("{")) << input;
      }
    }
  }
}

TEST(Clients, All_read_odd_characters_as_they_were_said) {
  const Case scenario = load_case("unicode");
  for_pairs(scenario, "stream", [&](Dialect client, Dialect provider) {
    const Gathered said = gather(provider, {scenario.find("stream", provider)->text});
    const Gathered read = gather(client, {told(scenario, provider, client)});
    EXPECT_EQ(telling_of(read.reply, client).content, telling_of(said.reply, client).content);
  });
}

}  // namespace
}  // namespace omni::wire
