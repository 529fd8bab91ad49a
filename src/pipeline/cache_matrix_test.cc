// Who must never be told the answer to something else: for each dialect of clients one question,
// and questions that differ from it in one thing.

#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;

/// One thing that is said besides.
struct Difference {
  std::string_view what;
  std::string_view after;  // where in the body; empty: in its head
  std::string_view said;
  std::string_view instead_of = {};  // of what stands there
};

struct Client {
  Dialect dialect;
  Ask plain;
  std::vector<Difference> differences;
};

constexpr std::string_view top = "{";
constexpr std::string_view messages = R"("messages":[)";
constexpr std::string_view content = R"("content":)";
constexpr std::string_view hi = R"("Hi")";

std::vector<Difference> of_chat() {
  return {
      {"system prompt", messages, R"({"role":"system","content":"Be kind."},)"},
      {"another system prompt", messages, R"({"role":"system","content":"Be brief."},)"},
      {"developer prompt", messages, R"({"role":"developer","content":"Be kind."},)"},
      {"a turn before", messages,
       R"({"role":"user","content":"Ho"},{"role":"assistant","content":"Hm"},)"},
      {"a name", R"({"role":"user",)", R"("name":"ann",)"},
      {"a tool", top, R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}}],)"},
      {"another tool", top,
       R"("tools":[{"type":"function","function":{"name":"g","parameters":{}}}],)"},
      {"a tool's schema", top,
       R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],)"},
      {"a tool's description", top,
       R"("tools":[{"type":"function","function":{"name":"f","description":"d",
          "parameters":{}}}],)"},
      {"a tool that must be called", top,
       R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}}],
          "tool_choice":"required",)"},
      {"no tool may be called", top,
       R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}}],
          "tool_choice":"none",)"},
      {"one call at a time", top,
       R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}}],
          "parallel_tool_calls":false,)"},
      {"JSON", top, R"("response_format":{"type":"json_object"},)"},
      {"a schema", top,
       R"("response_format":{"type":"json_schema","json_schema":{"name":"a",
          "schema":{"type":"object"}}},)"},
      {"another schema", top,
       R"("response_format":{"type":"json_schema","json_schema":{"name":"a",
          "schema":{"type":"array"}}},)"},
      {"more tokens", top, R"("max_tokens":98,)"},
      {"stop", top, R"("stop":["x"],)"},
      {"another stop", top, R"("stop":["y"],)"},
      {"effort", top, R"("reasoning_effort":"low",)"},
      {"more effort", top, R"("reasoning_effort":"high",)"},
      {"top_p", top, R"("top_p":0.5,)"},
      {"seed", top, R"("seed":5,)"},
      {"two answers", top, R"("n":2,)"},
      {"presence penalty", top, R"("presence_penalty":1,)"},
      {"frequency penalty", top, R"("frequency_penalty":1,)"},
      {"log probabilities", top, R"("logprobs":true,)"},
      {"bias", top, R"("logit_bias":{"5":1},)"},
      {"verbosity", top, R"("verbosity":"low",)"},
      {"user", top, R"("user":"ann",)"},
      {"an image", content,
       R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}},
           {"type":"text","text":"Hi"}])",
       hi},
      {"another image", content,
       R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,aG8="}},
           {"type":"text","text":"Hi"}])",
       hi},
      {"how closely to look", content,
       R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk=",
            "detail":"high"}},{"type":"text","text":"Hi"}])",
       hi},
      {"another provider", R"("model":")", "ge/m", "ch/m"},
      {"another model", R"("model":")", "ch/other", "ch/m"},
      {"somebody else's key", "", "authorization: Bearer sk-ann\r\n"},
      {"one more's", "", "authorization: Bearer sk-bob\r\n"},
  };
}

std::vector<Difference> of_responses() {
  return {
      {"instructions", top, R"("instructions":"Be kind.",)"},
      {"other instructions", top, R"("instructions":"Be brief.",)"},
      {"a tool", top, R"("tools":[{"type":"function","name":"f","parameters":{}}],)"},
      {"a strict tool", top,
       R"("tools":[{"type":"function","name":"f","strict":true,"parameters":{}}],)"},
      {"a tool of the provider's", top, R"("tools":[{"type":"web_search"}],)"},
      {"a tool that must be called", top,
       R"("tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":"required",)"},
      {"JSON", top, R"("text":{"format":{"type":"json_object"}},)"},
      {"verbosity", top, R"("text":{"verbosity":"low"},)"},
      {"more tokens", top, R"("max_output_tokens":98,)"},
      {"effort", top, R"("reasoning":{"effort":"low"},)"},
      {"a summary of thoughts", top, R"("reasoning":{"effort":"low","summary":"auto"},)"},
      {"sealed thoughts", top, R"("include":["reasoning.encrypted_content"],)"},
      {"top_p", top, R"("top_p":0.5,)"},
      {"truncation", top, R"("truncation":"auto",)"},
      {"an image", R"("input":)",
       R"([{"role":"user","content":[{"type":"input_image",
            "image_url":"data:image/png;base64,aGk="},{"type":"input_text","text":"Hi"}]}])",
       hi},
      {"a turn before", R"("input":)",
       R"([{"role":"user","content":"Ho"},{"role":"assistant","content":"Hm"},
           {"role":"user","content":"Hi"}])",
       hi},
      {"somebody else's key", "", "authorization: Bearer sk-ann\r\n"},
  };
}

std::vector<Difference> of_anthropic() {
  return {
      {"system prompt", top, R"("system":"Be kind.",)"},
      {"a system prompt to be cached", top,
       R"("system":[{"type":"text","text":"Be kind.",
           "cache_control":{"type":"ephemeral"}}],)"},
      {"a tool", top, R"("tools":[{"name":"f","input_schema":{"type":"object"}}],)"},
      {"a tool of the provider's", top,
       R"("tools":[{"type":"web_search_20250305","name":"web_search"}],)"},
      {"a tool that must be called", top,
       R"("tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"},)"},
      {"the tool that must be called", top,
       R"("tools":[{"name":"f","input_schema":{"type":"object"}}],
           "tool_choice":{"type":"tool","name":"f"},)"},
      {"more tokens", R"("max_tokens":9)", "8"},
      {"stop", top, R"("stop_sequences":["x"],)"},
      {"top_k", top, R"("top_k":5,)"},
      {"thoughts", top, R"("thinking":{"type":"enabled","budget_tokens":1024},)"},
      {"more thoughts", top, R"("thinking":{"type":"enabled","budget_tokens":2048},)"},
      {"user", top, R"("metadata":{"user_id":"ann"},)"},
      {"tier", top, R"("service_tier":"standard_only",)"},
      {"an image", content,
       R"([{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}},
           {"type":"text","text":"Hi"}])",
       hi},
      {"a document", content,
       R"([{"type":"document","source":{"type":"text","media_type":"text/plain","data":"aGk="}},
           {"type":"text","text":"Hi"}])",
       hi},
      {"a beta", "", "anthropic-beta: interleaved-thinking-2025-05-14\r\n"},
      {"another beta", "", "anthropic-beta: context-1m-2025-08-07\r\n"},
      {"a version", "", "anthropic-version: 2023-01-01\r\n"},
      {"somebody else's key", "", "x-api-key: sk-ann\r\n"},
  };
}

std::vector<Difference> of_gemini() {
  constexpr std::string_view config = R"("generationConfig":{)";
  return {
      {"system prompt", top, R"("systemInstruction":{"parts":[{"text":"Be kind."}]},)"},
      {"a tool", top, R"("tools":[{"functionDeclarations":[{"name":"f"}]}],)"},
      {"a tool of the provider's", top, R"("tools":[{"googleSearch":{}}],)"},
      {"a tool that must be called", top,
       R"("tools":[{"functionDeclarations":[{"name":"f"}]}],
           "toolConfig":{"functionCallingConfig":{"mode":"ANY"}},)"},
      {"JSON", config, R"("responseMimeType":"application/json",)"},
      {"a schema", config,
       R"("responseMimeType":"application/json","responseSchema":{"type":"OBJECT"},)"},
      {"more tokens", R"("maxOutputTokens":9)", "8"},
      {"stop", config, R"("stopSequences":["x"],)"},
      {"top_k", config, R"("topK":5,)"},
      {"seed", config, R"("seed":5,)"},
      {"thoughts", config, R"("thinkingConfig":{"thinkingBudget":1024},)"},
      {"thoughts that are told", config,
       R"("thinkingConfig":{"thinkingBudget":1024,"includeThoughts":true},)"},
      {"safety", top,
       R"("safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}],)"},
      {"content that the provider has", top, R"("cachedContent":"cachedContents/5",)"},
      {"an image", R"("parts":[)", R"({"inlineData":{"mimeType":"image/png","data":"aGk="}},)"},
      {"somebody else's key", "", "x-goog-api-key: sk-ann\r\n"},
  };
}

std::vector<Difference> of_ollama() {
  constexpr std::string_view options = R"("options":{)";
  return {
      {"system prompt", messages, R"({"role":"system","content":"Be kind."},)"},
      {"a tool", top, R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}}],)"},
      {"JSON", top, R"("format":"json",)"},
      {"a schema", top, R"("format":{"type":"object"},)"},
      {"more tokens", R"("num_predict":9)", "8"},
      {"stop", options, R"("stop":["x"],)"},
      {"top_k", options, R"("top_k":5,)"},
      {"min_p", options, R"("min_p":0.5,)"},
      {"context", options, R"("num_ctx":4096,)"},
      {"seed", options, R"("seed":5,)"},
      {"thoughts", top, R"("think":true,)"},
      {"more thoughts", top, R"("think":"high",)"},
      {"an image", R"({"role":"user",)", R"("images":["aGk="],)"},
      {"somebody else's key", "", "authorization: Bearer sk-ann\r\n"},
  };
}

class CacheMatrixTest : public testing::PipelineTest {
 protected:
  CacheMatrixTest() {
    for (const Dialect dialect : chat::all_dialects) {
      const std::string key = "key-" + testing::provider_of(dialect);
      connect(testing::provider_of(dialect), key);
      provider_.play(key, {testing::hi(dialect, Mode::whole)});
    }
    add_key("ann");
    add_key("bob");
  }

  static std::vector<Client> clients() {
    const auto ask = [](Dialect dialect, std::string_view said) {
      Ask plain = turn(dialect, testing::provider_of(dialect) + "/m");
      plain.body.insert(1, said);
      return plain;
    };
    return {
        {Dialect::openai_chat, ask(Dialect::openai_chat, R"("temperature":0,)"), of_chat()},
        {Dialect::openai_responses, ask(Dialect::openai_responses, R"("temperature":0,)"),
         of_responses()},
        {Dialect::anthropic, ask(Dialect::anthropic, R"("temperature":0,)"), of_anthropic()},
        {Dialect::gemini,
         ask(Dialect::gemini, R"("generationConfig":{"temperature":0,"maxOutputTokens":99},)"),
         of_gemini()},
        {Dialect::ollama, ask(Dialect::ollama, R"("options":{"temperature":0,"num_predict":99},)"),
         of_ollama()},
    };
  }
  static Ask with(Ask ask, const Difference& difference) {
    if (difference.after.empty()) {
      ask.fields += difference.said;
      return ask;
    }
    const std::size_t at = ask.body.find(difference.after);
    EXPECT_NE(at, std::string::npos) << ask.body;
    const std::size_t where = at + difference.after.size();
    EXPECT_TRUE(ask.body.substr(where).starts_with(difference.instead_of)) << ask.body;
    ask.body.replace(where, difference.instead_of.size(), difference.said);
    return ask;
  }
  std::size_t calls() const { return provider_.asked().size(); }
};

TEST_F(CacheMatrixTest, T23_NobodyIsToldTheAnswerToSomethingElseInAnyDialect) {
  std::size_t pairs = 0;
  for (const Client& client : clients()) {
    EXPECT_EQ(ask(client.plain).field("x-omniroute-cache"), "MISS") << client.plain.bytes();
    for (const Difference& difference : client.differences) {
      SCOPED_TRACE(std::string(name_of(client.dialect)) + ": " + std::string(difference.what));
      const Ask other = with(client.plain, difference);
      const std::size_t before = calls();
      const testing::TestAnswer answer = ask(other);
      EXPECT_EQ(answer.field("x-omniroute-cache"), "MISS") << other.bytes() << answer.body;
      EXPECT_EQ(calls(), before + 1);
      EXPECT_EQ(ask(other).field("x-omniroute-cache"), "HIT") << "it is as certain as the other";
      ++pairs;
    }
    EXPECT_EQ(ask(client.plain).field("x-omniroute-cache"), "HIT");
  }
  EXPECT_GE(pairs, 90U);
}

}  // namespace
}  // namespace omni::pipeline
