#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>

#include "dialect/gemini/codec.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

using chat::Media;
using chat::Role;
using chat::Text;
using chat::Thinking;
using chat::Tool;
using chat::ToolCall;
using chat::ToolChoice;
using chat::ToolResult;

constexpr std::string_view path = "/v1beta/models/gemini-3-flash:generateContent";

Result<chat::Request> decode(std::string_view body) {
  return gemini_codec().decode_request({path, body});
}

chat::Request decoded(std::string_view body) {
  Result<chat::Request> request = decode(body);
  EXPECT_TRUE(request) << request.error().message() << "\n" << body;
  return request ? *std::move(request) : chat::Request{};
}

chat::Request decoded_with(const std::string& members) {
  return decoded(R"({"contents":[{"role":"user","parts":[{"text":"Hi"}]}],)" + members + "}");
}

chat::Part decoded_part(const std::string& part) {
  return decoded(R"({"contents":[{"role":"model","parts":[)" + part + "]}]}").messages[0].parts[0];
}

template <class Body>
Body body_of(const chat::Part& part) {
  EXPECT_TRUE(std::holds_alternative<Body>(part.body));
  return std::holds_alternative<Body>(part.body) ? std::get<Body>(part.body) : Body{};
}

std::string error(std::string_view body) {
  const Result<chat::Request> request = decode(body);
  if (request) return "none";
  EXPECT_EQ(request.error().kind(), Error::Kind::bad_request);
  return request.error().message();
}

TEST(GeminiRequest, TakesModelAndStreamFromThePath) {
  const std::string_view body = R"({"contents":[{"parts":[{"text":"a"}]}]})";
  const auto stream =
      gemini_codec().decode_request({"/v1beta/nebius/Qwen:streamGenerateContent?alt=sse", body});
  EXPECT_EQ(stream->source, chat::Dialect::gemini);
  EXPECT_EQ(stream->model, "nebius/Qwen");
  EXPECT_TRUE(stream->stream && stream->stream_usage && !stream->stream_as_array);
  const auto list = gemini_codec().decode_request({"/v1/models/m:streamGenerateContent", body});
  EXPECT_TRUE(list->stream && list->stream_as_array);
  const chat::Request whole = decoded(body);
  EXPECT_FALSE(whole.stream || whole.stream_as_array || whole.stream_usage);
  const auto unknown = gemini_codec().decode_request({"/v1/models/m:embedContent", body});
  EXPECT_EQ(unknown.error().kind(), Error::Kind::not_found);
}

TEST(GeminiRequest, RefusesWhatIsNone) {
  EXPECT_EQ(error("{"), "Invalid JSON body");
  EXPECT_EQ(error("[]"), "Invalid JSON body");
  EXPECT_EQ(error(""), "Invalid JSON body");
  EXPECT_EQ(error("{}"), "contents: missing or empty");
  EXPECT_EQ(error(R"({"contents":[]})"), "contents: missing or empty");
  EXPECT_EQ(error(R"({"contents":null})"), "contents: missing or empty");
  EXPECT_EQ(error(R"({"contents":"Hi"})"), "contents: expected an array");
  EXPECT_EQ(error(R"({"contents":["Hi"]})"), "contents[0]: expected an object");
  EXPECT_EQ(error(R"({"contents":[{"parts":[{"text":5}]}]})"),
            "contents[0].parts[0].text: expected a string");
  EXPECT_EQ(error(R"({"contents":[{"parts":[{"functionCall":{"name":"f","args":"{}"}}]}]})"),
            "contents[0].parts[0].functionCall.args: expected an object");
  EXPECT_EQ(error(R"({"contents":[{"parts":[{"functionResponse":{"response":[]}}]}]})"),
            "contents[0].parts[0].functionResponse.response: expected an object");
  EXPECT_EQ(error(R"({"contents":[{}],"generationConfig":{"topK":1.5}})"),
            "generationConfig.topK: expected a whole number of 64 bits");
  EXPECT_EQ(error(R"({"contents":[{}],"generationConfig":5})"),
            "generationConfig: expected an object");
  EXPECT_EQ(error(R"({"contents":[{}],"tools":[[]]})"), "tools[0]: expected an object");
}

TEST(GeminiRequest, KnowsWhoSaidWhat) {
  const chat::Request request =
      decoded(R"({"systemInstruction":{"parts":[{"text":"s"},{"text":"t"}]},
      "contents":[{"role":"user","parts":[]},{"role":"model"},{"parts":[]},{"role":"function"},
                  {"role":"assistant"},{"role":"system"},{"role":"odd"}]})");
  const std::vector<Role> roles{Role::system, Role::user,      Role::assistant, Role::user,
                                Role::user,   Role::assistant, Role::system,    Role::user};
  ASSERT_EQ(request.messages.size(), roles.size());
  for (std::size_t i = 0; i < roles.size(); ++i) EXPECT_EQ(request.messages[i].role, roles[i]) << i;
  ASSERT_EQ(request.messages[0].parts.size(), 2U);
  EXPECT_EQ(body_of<Text>(request.messages[0].parts[1]).text, "t");
}

TEST(GeminiRequest, PutsTheSystemInstructionFirstWhereverItStands) {
  const chat::Request request = decoded(R"({"contents":{"parts":{"text":"a"}},
                                           "system_instruction":"b"})");
  ASSERT_EQ(request.messages.size(), 2U);
  EXPECT_EQ(body_of<Text>(request.messages[0].parts.at(0)).text, "b");
  EXPECT_EQ(body_of<Text>(request.messages[1].parts.at(0)).text, "a");
}

TEST(GeminiRequest, ReadsThoughtsAndSeals) {
  const chat::Part thought = decoded_part(R"({"text":"hm","thought":true,"thoughtSignature":"s"})");
  EXPECT_EQ(body_of<chat::Reasoning>(thought).text, "hm");
  EXPECT_EQ(thought.seal->bytes, "s");
  EXPECT_EQ(thought.seal->issuer, "");
  const chat::Part bare = decoded_part(R"({"thought_signature":"s"})");
  EXPECT_EQ(body_of<Text>(bare).text, "");
  EXPECT_EQ(bare.seal->bytes, "s");
  EXPECT_FALSE(decoded_part(R"({"text":"a"})").seal);
}

TEST(GeminiRequest, ReadsMedia) {
  const auto image = body_of<Media>(decoded_part(
      R"({"inline_data":{"mime_type":"image/png","data":"aGk=","display_name":"n"}})"));
  EXPECT_EQ(image.kind, Media::Kind::image);
  EXPECT_EQ(image.form, Media::Form::base64);
  EXPECT_EQ(image.payload, "aGk=");
  EXPECT_EQ(image.mime_type, "image/png");
  EXPECT_EQ(image.name, "n");
  const auto film =
      body_of<Media>(decoded_part(R"({"fileData":{"fileUri":"https://youtu.be/x"}})"));
  EXPECT_EQ(film.kind, Media::Kind::video);
  EXPECT_EQ(film.form, Media::Form::url);
  EXPECT_EQ(film.payload, "https://youtu.be/x");
  const auto paper = body_of<Media>(
      decoded_part(R"({"fileData":{"fileUri":"gs://b/o","mimeType":"application/pdf"}})"));
  EXPECT_EQ(paper.kind, Media::Kind::document);
  EXPECT_EQ(paper.form, Media::Form::file_id) << "nobody else can open it";
}

TEST(GeminiRequest, ReadsWhatItDoesNotKnowAsOpaque) {
  const auto opaque = body_of<chat::Opaque>(decoded_part(R"({"executableCode":{"code":"1"}})"));
  EXPECT_EQ(opaque.dialect, chat::Dialect::gemini);
  EXPECT_EQ(opaque.item.text(), R"({"executableCode":{"code":"1"}})");
}

TEST(GeminiRequest, GivesIdsToCallsAndTheirResults) {
  const chat::Request request = decoded(R"({"contents":[
      {"role":"model","parts":[{"functionCall":{"name":"a","args":{}}},
                               {"functionCall":{"name":"b","args":{}}},
                               {"functionCall":{"name":"a","args":{}}},
                               {"functionCall":{"id":"own","name":"a"}}]},
      {"role":"user","parts":[{"functionResponse":{"name":"a","response":{"output":"1"}}},
                              {"functionResponse":{"name":"a","id":"own","response":{}}},
                              {"functionResponse":{"name":"a","response":{"output":"2"}}},
                              {"functionResponse":{"name":"b","response":{"output":"3"}}},
                              {"functionResponse":{"name":"a","response":{"output":"4"}}}]}]})");
  const auto call = [&](std::size_t i) {
    return body_of<ToolCall>(request.messages[0].parts.at(i));
  };
  const auto result = [&](std::size_t i) {
    return body_of<ToolResult>(request.messages[1].parts.at(i));
  };
  EXPECT_EQ(call(0).id, "call_0");
  EXPECT_EQ(call(1).id, "call_1");
  EXPECT_EQ(call(2).id, "call_2");
  EXPECT_EQ(call(3).id, "own");
  EXPECT_EQ(result(0).call_id, "call_0");
  EXPECT_EQ(result(1).call_id, "own");
  EXPECT_EQ(result(2).call_id, "call_2");
  EXPECT_EQ(result(3).call_id, "call_1");
  EXPECT_EQ(result(4).call_id, "call_3");  // answers nobody: the call with an id of its own has one
  EXPECT_EQ(call(0).input, "{}");
  EXPECT_EQ(call(0).form, ToolCall::Form::object);
}

TEST(GeminiRequest, TakesTheTextOutOfAResult) {
  const auto result = [](const std::string& response) {
    return body_of<ToolResult>(
        decoded_part(R"({"functionResponse":{"name":"f","response":)" + response + "}}"));
  };
  EXPECT_EQ(chat::text_of(result(R"({"result":"a\nb"})").content.at(0)), "a\nb");
  EXPECT_EQ(chat::text_of(result(R"({"output":"a"})").content.at(0)), "a");
  EXPECT_EQ(chat::text_of(result(R"({"output":1})").content.at(0)), R"({"output":1})");
  EXPECT_EQ(chat::text_of(result(R"({"content":"a"})").content.at(0)), R"({"content":"a"})");
  EXPECT_TRUE(result(R"({"error":"a"})").is_error);
  EXPECT_EQ(chat::text_of(result(R"({"error":"a"})").content.at(0)), "a");
  EXPECT_FALSE(result(R"({"error":{"a":1}})").is_error);
  EXPECT_EQ(result("{}").name, "f");
}

TEST(GeminiRequest, ReadsMediaOfAResult) {
  const auto result = body_of<ToolResult>(decoded_part(R"({"functionResponse":{"name":"f",
      "parts":[{"inlineData":{"mimeType":"image/png","data":"aGk="}}],
      "response":{"output":"a"}}})"));
  ASSERT_EQ(result.content.size(), 2U);
  EXPECT_EQ(chat::text_of(result.content[0]), "a");
  EXPECT_EQ(body_of<Media>(result.content[1]).payload, "aGk=");
}

TEST(GeminiRequest, ReadsToolsInTheirOrder) {
  const chat::Request request = decoded_with(R"("tools":[{"functionDeclarations":[
      {"name":"a","description":"A","parametersJsonSchema":{"type":"object"}},
      {"name":"b","parameters":{"type":"OBJECT",
                                "properties":{"x":{"type":"STRING","nullable":true}}}},
      {"name":"c","parametersJsonSchema":{"type":"OBJECT"}}]},
      {"googleSearch":{}},{"codeExecution":{}}])");
  ASSERT_EQ(request.tools.size(), 5U);
  EXPECT_EQ(request.tools[0].name, "a");
  EXPECT_EQ(request.tools[0].description, "A");
  EXPECT_EQ(request.tools[0].schema->text(), R"({"type":"object"})");
  EXPECT_TRUE(request.tools[0].extras.members.empty());
  EXPECT_EQ(request.tools[1].schema->text(),
            R"({"type":"object","properties":{"x":{"type":["string","null"]}}})");
  EXPECT_EQ(request.tools[2].schema->text(), R"({"type":"object"})");
  EXPECT_EQ(request.tools[3].kind, Tool::Kind::builtin);
  EXPECT_EQ(request.tools[3].name, "web_search");
  EXPECT_EQ(request.tools[4].name, "codeExecution");
}

TEST(GeminiRequest, ReadsTheChoiceOfTools) {
  const auto choice = [](const std::string& config) {
    return decoded_with(R"("toolConfig":{"functionCallingConfig":)" + config + "}").tool_choice;
  };
  using Mode = ToolChoice::Mode;
  EXPECT_EQ(choice(R"({"mode":"AUTO"})").mode, Mode::automatic);
  EXPECT_EQ(choice(R"({"mode":"any"})").mode, Mode::required);
  EXPECT_EQ(choice(R"({"mode":"NONE"})").mode, Mode::none);
  EXPECT_EQ(choice(R"({"mode":"VALIDATED"})").mode, Mode::automatic);
  EXPECT_EQ(choice(R"({"mode":"MODE_UNSPECIFIED"})").mode, Mode::unset);
  EXPECT_EQ(choice(R"({"allowed_function_names":["a","b"]})").allowed,
            (std::vector<std::string>{"a", "b"}));
}

TEST(GeminiRequest, ReadsTheGenerationConfig) {
  const chat::Request request = decoded_with(R"("generationConfig":{"temperature":0.5,"topP":0.9,
      "topK":40,"seed":7,"maxOutputTokens":1000,"stopSequences":["a","b"],"candidateCount":2,
      "presencePenalty":0.1,"frequency_penalty":0.2})");
  const chat::Sampling& sampling = request.sampling;
  EXPECT_EQ(sampling.temperature, 0.5);
  EXPECT_EQ(sampling.top_p, 0.9);
  EXPECT_EQ(sampling.top_k, 40);
  EXPECT_EQ(sampling.seed, 7);
  EXPECT_EQ(request.max_output_tokens, 1000);
  EXPECT_EQ(sampling.stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(sampling.choices, 2);
  EXPECT_EQ(sampling.presence_penalty, 0.1);
  EXPECT_EQ(sampling.frequency_penalty, 0.2);
}

TEST(GeminiRequest, ReadsHowMuchToThink) {
  const auto thinking = [](const std::string& config) {
    return decoded_with(R"("generationConfig":{"thinkingConfig":)" + config + "}").thinking;
  };
  using Mode = Thinking::Mode;
  EXPECT_EQ(thinking(R"({"thinkingBudget":1024})").mode, Mode::on);
  EXPECT_EQ(thinking(R"({"thinkingBudget":1024})").budget_tokens, 1024);
  EXPECT_EQ(thinking(R"({"thinkingBudget":0})").mode, Mode::off);
  EXPECT_EQ(thinking(R"({"thinkingBudget":-1})").mode, Mode::adaptive);
  EXPECT_EQ(thinking(R"({"thinkingLevel":"HIGH"})").effort, "high");
  EXPECT_EQ(thinking(R"({"thinkingLevel":"low"})").mode, Mode::on);
  EXPECT_EQ(thinking(R"({"thinkingLevel":"THINKING_LEVEL_UNSPECIFIED"})").mode, Mode::unset);
  EXPECT_EQ(thinking(R"({"includeThoughts":true})").mode, Mode::unset);
  EXPECT_EQ(thinking(R"({"includeThoughts":true})").show_text, true);
}

TEST(GeminiRequest, ReadsTheFormOfTheAnswer) {
  const auto format = [](const std::string& config) {
    return decoded_with(R"("generationConfig":)" + config).format;
  };
  using Kind = chat::OutputFormat::Kind;
  EXPECT_EQ(format(R"({"responseMimeType":"application/json"})").kind, Kind::json);
  EXPECT_EQ(format(R"({"responseMimeType":"text/plain"})").kind, Kind::text);
  const auto schema = format(R"({"responseMimeType":"application/json",
                                "responseJsonSchema":{"type":"OBJECT","required":["a"]}})");
  EXPECT_EQ(schema.kind, Kind::schema);
  EXPECT_EQ(schema.schema->text(), R"({"type":"object","required":["a"]})");
  EXPECT_EQ(format(R"({"responseSchema":{"type":"STRING"}})").schema->text(),
            R"({"type":"string"})");
}

}  // namespace
}  // namespace omni::dialect
