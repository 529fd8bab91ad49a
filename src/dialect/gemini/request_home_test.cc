// What a client of this dialect says reaches a provider of this dialect as it came.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "dialect/gemini/codec.h"
#include "dialect/object_writer.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

constexpr std::string_view path = "/v1beta/models/gemini-3-flash:generateContent";

chat::Request decoded(std::string_view body) {
  Result<chat::Request> request = gemini_codec().decode_request({path, body});
  EXPECT_TRUE(request) << request.error().message() << "\n" << body;
  return request ? *std::move(request) : chat::Request{};
}

std::string sent(const chat::Request& request, const EncodeHints& hints = {}) {
  const Result<Outbound> out = gemini_codec().encode_request(request, hints);
  EXPECT_TRUE(out);
  EXPECT_TRUE(out->losses.empty());
  EXPECT_TRUE(out->names.empty());
  return canonical(out->body);
}

void expect_home(std::string_view body) { EXPECT_EQ(sent(decoded(body)), canonical(body)); }

/// The same members in a request that has contents.
void expect_home_with(const std::string& members) {
  expect_home(R"({"contents":[{"role":"user","parts":[{"text":"Hi"}]}],)" + members + "}");
}
void expect_part_home(const std::string& part) {
  expect_home(R"({"contents":[{"role":"user","parts":[)" + part + "]}]}");
}

TEST(GeminiHome, WritesContentsAsTheyCame) {
  expect_home(R"({"contents":[{"role":"user","parts":[{"text":"a"},{"text":""}]},
                 {"role":"user","parts":[{"text":"b"}]},{"parts":[{"text":"c"}]},
                 {"role":"model","parts":[]},{"role":"model"},{"role":"function","parts":[]},
                 {"role":"assistant","parts":null},{"role":"system","parts":[{"text":"d"}]},
                 {"role":null,"parts":[{"text":"e"}],"more":1},{}]})");
}

TEST(GeminiHome, KeepsTheAlphabetInWhichPythonWritesBytes) {
  const std::string part = R"({"inlineData":{"mimeType":"image/png","data":"ab-_AA=="}})";
  expect_part_home(part);
  expect_part_home(R"({"inlineData":{"mimeType":"image/png","data":"ab-+AA=="}})");
  const chat::Request request = decoded(R"({"contents":[{"role":"user","parts":[)" + part + "]}]}");
  EXPECT_EQ(std::get<chat::Media>(request.messages[0].parts[0].body).payload, "ab+/AA==");
}

TEST(GeminiHome, LosesNothingAbroadThatTheModelHasInOtherWords) {
  chat::Request request = decoded(
      R"({"model":"models/m","systemInstruction":{"role":"user","parts":[{"text":"Be brief"}]},
          "contents":[{"role":"function","parts":[{"text":"Hi"}]}],
          "tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}},
                     {"name":"g","parametersJsonSchema":{"type":"OBJECT"}}]}],
          "generationConfig":{"responseSchema":{"type":"STRING"}}})");
  Losses losses;
  declare_foreign(request.extras, chat::Dialect::openai_chat, losses);
  for (const chat::Message& message : request.messages)
    declare_foreign(message.extras, chat::Dialect::openai_chat, losses);
  for (const chat::Tool& tool : request.tools)
    declare_foreign(tool.extras, chat::Dialect::openai_chat, losses);
  EXPECT_EQ(losses.entries().size(), 0);
}

TEST(GeminiHome, FitsABudgetThatTheClientDidNotAskFor) {
  chat::Request request = decoded(R"({"contents":[{"parts":[{"text":"Hi"}]}]})");
  request.thinking.mode = chat::Thinking::Mode::on;
  request.thinking.budget_tokens = 131072;
  request.thinking.imposed = true;
  const Result<Outbound> out = gemini_codec().encode_request(request, {});
  ASSERT_TRUE(out);
  EXPECT_NE(out->body.find(R"("thinkingBudget":24576)"), std::string::npos) << out->body;
}

TEST(GeminiHome, WritesOneObjectWhereOneStoodForAList) {
  expect_home(R"({"contents":{"role":"user","parts":{"text":"Hi"}},
                 "systemInstruction":{"parts":{"text":"You are a cat"}},
                 "tools":{"functionDeclarations":{"name":"f"}}})");
  expect_home_with(R"("tools":{"googleSearch":{}})");
}

TEST(GeminiHome, WritesTheSystemInstructionAsItCame) {
  expect_home_with(R"("systemInstruction":"You are a cat")");
  expect_home_with(R"("systemInstruction":"")");
  expect_home_with(R"("system_instruction":{"role":"user","parts":[{"text":"a"},{"text":"b"}]})");
  expect_home_with(R"("systemInstruction":{"role":"model","parts":[],"x":{}})");
  expect_home_with(R"("systemInstruction":{})");
  expect_home_with(R"("systemInstruction":null)");
  expect_home(R"({"systemInstruction":{"parts":[{"text":"a"}]},
                 "contents":[{"role":"system","parts":[{"text":"b"}]},
                             {"role":"user","parts":[{"text":"c"}]}]})");
}

TEST(GeminiHome, WritesEveryKindOfPartAsItCame) {
  for (const std::string part :
       {R"({"text":"a","thought":true,"thoughtSignature":"c2ln"})",
        R"({"text":"a","thought":false})", R"({"text":null})", R"({"thought":true})",
        R"({"thoughtSignature":"c2ln"})", R"({"text":"","thoughtSignature":"c2ln"})",
        R"({"text":"a","thoughtSignature":""})", R"({"text":"a","thought_signature":"c2ln"})",
        R"({"inlineData":{"mimeType":"image/png","data":"aGk=","displayName":"x.png"}})",
        R"({"inline_data":{"mime_type":"image/png","data":"aGk="}})",
        R"({"inlineData":{"mimeType":"","data":"","more":[1]},"videoMetadata":{"fps":1}})",
        R"({"inlineData":{"mimeType":"image/png","data":"aGk="},"thought":true})",
        R"({"fileData":{"mimeType":"video/mp4","fileUri":"https://youtu.be/x"}})",
        R"({"file_data":{"file_uri":"gs://b/o","display_name":"o"},"mediaResolution":{}})",
        R"({"executableCode":{"language":"PYTHON","code":"1"},"thoughtSignature":"c2ln"})",
        R"({"codeExecutionResult":{"outcome":"OUTCOME_OK"}})", R"({"text":"a","partMetadata":{}})",
        R"({"text":"a","inlineData":{"mimeType":"image/png","data":"aGk="}})", R"({})"})
    expect_part_home(part);
}

TEST(GeminiHome, WritesCallsAndResultsAsTheyCame) {
  for (const std::string part :
       {R"({"functionCall":{"id":"c1","name":"f","args":{"a":[1.50,"\u00e9"]}},
            "thoughtSignature":"c2ln"})",
        R"({"functionCall":{"name":"f","args":{}}})", R"({"functionCall":{"name":"f"}})",
        R"({"function_call":{"name":"f","args":null,"id":""},"thought":true})",
        R"({"functionCall":{"name":"f","willContinue":true,"partialArgs":[{"jsonPath":"$.a"}]}})",
        R"({"functionResponse":{"id":"c1","name":"f","response":{"output":"text"}}})",
        R"({"functionResponse":{"name":"f","response":{"result":"text"}}})",
        R"({"functionResponse":{"name":"f","response":{"result":"{\"a\":1}"}}})",
        R"({"functionResponse":{"name":"f","response":{"error":"no"}}})",
        R"({"function_response":{"name":"f","response":{"result":{"a":1}}}})",
        R"({"functionResponse":{"name":"f","response":{"a":1,"result":"x"}}})",
        R"({"functionResponse":{"name":"f","response":{}}})",
        R"({"functionResponse":{"name":"f"}})",
        R"({"functionResponse":{"name":"f","response":null,"scheduling":"SILENT"}})",
        R"({"functionResponse":{"response":{"output":""},"willContinue":false,"parts":[]}})",
        R"({"functionResponse":{"name":"f","response":{"output":"x"},"parts":[
            {"inlineData":{"mimeType":"image/png","data":"aGk="}},
            {"fileData":{"fileUri":"gs://b/o"},"mediaProcessing":"STATIC"},{"new":1}]}})"})
    expect_part_home(part);
}

TEST(GeminiHome, WritesToolsInTheirEntries) {
  expect_home_with(R"("tools":[
      {"functionDeclarations":[{"name":"a","description":"A",
                                "parametersJsonSchema":{"type":"object"}},
                               {"name":"b","parameters":{"type":"OBJECT"},"behavior":"BLOCKING",
                                "response":{"type":"STRING"}}]},
      {"googleSearch":{"excludeDomains":["x"]},"codeExecution":{}},
      {"function_declarations":[{"name":"c","parameters_json_schema":{"type":"OBJECT"}}],
       "urlContext":{}},{"google_search":{}}])");
  for (
      const std::string tools :
      {"[]", "[{}]", "null", R"([{"functionDeclarations":[]},{"googleSearch":{}}])",
       R"([{"functionDeclarations":null,"googleSearch":null}])",
       R"([{"functionDeclarations":[{"name":"","description":""},{}]}])",
       R"([{"functionDeclarations":[{"name":"f","parameters":null,"parametersJsonSchema":true}]}])",
       R"([{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"},
            "parametersJsonSchema":{"type":"object"}}]}])"})
    expect_home_with("\"tools\":" + tools);
}

TEST(GeminiHome, WritesTheChoiceOfToolsAsItCame) {
  for (const std::string config :
       {R"({"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["a","b"]}})",
        R"({"functionCallingConfig":{"mode":"AUTO"}})",
        R"({"functionCallingConfig":{"mode":"none"}})",
        R"({"function_calling_config":{"mode":"VALIDATED","allowed_function_names":["a"]}})",
        R"({"functionCallingConfig":{"mode":"validated"}})",
        R"({"functionCallingConfig":{"mode":"MODE_UNSPECIFIED","allowedFunctionNames":[]}})",
        R"({"functionCallingConfig":{"mode":"Any","streamFunctionCallArguments":true},
            "retrievalConfig":{"languageCode":"de"},"includeServerSideToolInvocations":true})",
        R"({"functionCallingConfig":{}})", R"({"functionCallingConfig":null})", "{}", "null"})
    expect_home_with("\"toolConfig\":" + config);
  expect_home_with(R"("tool_config":{"functionCallingConfig":{"mode":"ANY"}})");
}

TEST(GeminiHome, WritesTheGenerationConfigAsItCame) {
  expect_home_with(R"("generationConfig":{"temperature":1.0,"topP":0.95,"topK":40,"seed":-7,
      "maxOutputTokens":1000,"stopSequences":["a","","c","d","e","f"],"candidateCount":2,
      "presencePenalty":0.5,"frequencyPenalty":-0.5,"responseModalities":["TEXT"],
      "speechConfig":{"languageCode":"de"},"mediaResolution":"MEDIA_RESOLUTION_LOW",
      "thinkingConfig":{"thinkingLevel":"HIGH","includeThoughts":true,"more":1}})");
  expect_home_with(R"("generation_config":{"top_p":1,"top_k":1,"max_output_tokens":1,
      "stop_sequences":["a"],"candidate_count":1,"presence_penalty":0,"frequency_penalty":0,
      "response_mime_type":"application/json","response_json_schema":{"type":"object"},
      "thinking_config":{"thinking_budget":0,"include_thoughts":false}})");
  for (const std::string config :
       {"{}", "null", R"({"stopSequences":[]})", R"({"temperature":null})",
        R"({"thinkingConfig":{}})", R"({"thinkingConfig":{"thinkingBudget":-1}})",
        R"({"thinkingConfig":{"thinkingLevel":"low"}})",
        R"({"thinkingConfig":{"thinkingLevel":"Low"}})",
        R"({"thinkingConfig":{"thinkingLevel":"THINKING_LEVEL_UNSPECIFIED"}})"})
    expect_home_with("\"generationConfig\":" + config);
}

TEST(GeminiHome, WritesTheFormOfTheAnswerAsItCame) {
  for (const std::string config :
       {R"({"responseMimeType":"application/json"})", R"({"responseMimeType":"text/plain"})",
        R"({"responseMimeType":"application/json","responseSchema":{"type":"OBJECT",
            "properties":{"a":{"type":"STRING","nullable":true}},"propertyOrdering":["a"]}})",
        R"({"responseMimeType":"text/x.enum","responseSchema":{"type":"STRING","enum":["a"]}})",
        R"({"responseSchema":{"type":"string"}})", R"({"responseJsonSchema":{"type":"OBJECT"}})",
        R"({"responseSchema":{"type":"object"},"responseJsonSchema":{"type":"object"}})",
        R"({"responseJsonSchema":null})"})
    expect_home_with("\"generationConfig\":" + config);
}

TEST(GeminiHome, KeepsWhatItDoesNotKnow) {
  expect_home_with(R"("safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"OFF"}],
                      "cachedContent":"cachedContents/x","labels":{"a":"b"},"model":"models/x")");
}

TEST(GeminiHome, KeepsNamesThatLookLikeItsOwnNotes) {
  expect_part_home(R"({"inlineData":{"mimeType":"image/png","data":"AA==","#came.mimeType":"x",
                       "=data":1},"inlineData.data":"y","content.role":1})");
}

TEST(GeminiHome, NamesTheProvidersModel) {
  EncodeHints hints;
  hints.model = "gemini-3-pro";
  hints.stream = true;
  const auto request = decoded(R"({"model":"models/x","contents":[{"parts":[{"text":"a"}]}]})");
  const auto out = gemini_codec().encode_request(request, hints);
  EXPECT_EQ(out->path, "/models/gemini-3-pro:streamGenerateContent?alt=sse");
  EXPECT_EQ(canonical(out->body),
            canonical(R"({"model":"models/gemini-3-pro","contents":[{"parts":[{"text":"a"}]}]})"));
  EXPECT_EQ(gemini_codec().encode_request(request, {})->path,
            "/models/gemini-3-flash:generateContent");
}

TEST(GeminiHome, TakesOnlySealsOfNobodyOrOfTheProvider) {
  chat::Request request = decoded(R"({"contents":[{"role":"model","parts":[
      {"text":"a","thoughtSignature":"s"}]}]})");
  EncodeHints hints;
  hints.seal_issuer = "g1";
  const auto seals = [&] {
    return canonical(gemini_codec().encode_request(request, hints)->body).find("\"s\"") !=
           std::string::npos;
  };
  EXPECT_TRUE(seals());
  request.messages[0].parts[0].seal->issuer = "g1";
  EXPECT_TRUE(seals());
  request.messages[0].parts[0].seal->issuer = "other";
  EXPECT_FALSE(seals());
}

// ---- Spellings give way to what has changed

TEST(GeminiHome, PutsASystemMessageThatWasAddedToTheOthers) {
  chat::Request request = decoded(R"({"contents":{"parts":{"text":"a"}},"systemInstruction":"b"})");
  chat::Message added;
  added.role = chat::Role::system;
  added.parts.emplace_back().body = chat::Text{"c"};
  request.messages.insert(request.messages.begin(), added);
  EXPECT_EQ(sent(request), canonical(R"({"contents":{"parts":{"text":"a"}},
                          "systemInstruction":{"parts":[{"text":"c"},{"text":"b"}]}})"));
}

TEST(GeminiHome, WritesAListWhereThereIsMoreThanOneNow) {
  chat::Request request = decoded(R"({"contents":{"role":"user","parts":{"text":"a"}}})");
  request.messages.push_back(request.messages[0]);
  request.messages[0].parts.push_back(request.messages[0].parts[0]);
  EXPECT_EQ(sent(request),
            canonical(R"({"contents":[{"role":"user","parts":[{"text":"a"},{"text":"a"}]},
                                      {"role":"user","parts":{"text":"a"}}]})"));
}

TEST(GeminiHome, WritesASchemaThatWasChangedInsteadOfTheOriginal) {
  chat::Request request = decoded(R"({"contents":[{"parts":[{"text":"a"}]}],"tools":[
      {"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}}]}]})");
  request.tools[0].schema = json::Raw::trusted(R"({"type":"string"})");
  EXPECT_EQ(sent(request), canonical(R"({"contents":[{"parts":[{"text":"a"}]}],"tools":[
      {"functionDeclarations":[{"name":"f","parameters":{"type":"string"}}]}]})"));
}

TEST(GeminiHome, ThinksNotWhereThatWasDecidedLater) {
  chat::Request request = decoded(R"({"contents":[{"parts":[{"text":"a"}]}],
      "generationConfig":{"thinkingConfig":{"thinkingLevel":"HIGH"}}})");
  request.thinking.mode = chat::Thinking::Mode::off;
  EXPECT_EQ(sent(request), canonical(R"({"contents":[{"parts":[{"text":"a"}]}],
      "generationConfig":{"thinkingConfig":{"thinkingBudget":0}}})"));
}

TEST(GeminiHome, LeavesOutAnEntryWhoseFirstToolIsGone) {
  chat::Request request = decoded(R"({"contents":[{"parts":[{"text":"a"}]}],"tools":[
      {"functionDeclarations":[{"name":"a"},{"name":"b"}]},{"googleSearch":{}}]})");
  request.tools.erase(request.tools.begin());
  EXPECT_EQ(sent(request), canonical(R"({"contents":[{"parts":[{"text":"a"}]}],"tools":[
      {"functionDeclarations":[{"name":"b"}]},{"googleSearch":{}}]})"));
}

}  // namespace
}  // namespace omni::dialect
