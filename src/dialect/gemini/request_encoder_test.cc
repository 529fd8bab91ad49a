// What clients of other dialects say, as Gemini gets it.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/gemini/codec.h"
#include "dialect/test_json.h"
#include "json/reader.h"

namespace omni::dialect {
namespace {

using chat::Media;
using chat::Part;
using chat::Reasoning;
using chat::Refusal;
using chat::Role;
using chat::Text;
using chat::Tool;
using chat::ToolCall;
using chat::ToolChoice;
using chat::ToolResult;

Part part(decltype(Part::body) body) {
  Part made;
  made.body = std::move(body);
  return made;
}
Part text(std::string said) { return part(Text{std::move(said)}); }

ToolCall call(std::string id, std::string name, std::string input = "{}") {
  ToolCall made;
  made.id = std::move(id);
  made.name = std::move(name);
  made.input = std::move(input);
  return made;
}

ToolResult result(std::string id, std::vector<Part> content) {
  return {std::move(id), {}, std::move(content), false};
}

Part sealed(Part sealed_part, std::string issuer) {
  sealed_part.seal = chat::Seal{std::move(issuer), "c2ln"};
  return sealed_part;
}

/// A question in another dialect, and what becomes of it.
struct Asked {
  chat::Request request;
  EncodeHints hints;

  Asked() {
    request.source = chat::Dialect::openai_chat;
    request.model = "m";
  }
  Asked& say(Role role, std::vector<Part> parts) {
    chat::Message message;
    message.role = role;
    message.parts = std::move(parts);
    request.messages.push_back(std::move(message));
    return *this;
  }
  Asked& hello() { return say(Role::user, {text("Hi")}); }
  Tool& tool(std::string name, std::string_view schema = R"({"type":"object"})") {
    Tool& made = request.tools.emplace_back();
    made.name = std::move(name);
    made.schema = json::Raw::trusted(std::string(schema));
    return made;
  }

  Outbound sent() const {
    Result<Outbound> out = gemini_codec().encode_request(request, hints);
    EXPECT_TRUE(out);
    EXPECT_TRUE(json::Raw::parse(out->body)) << out->body;
    return *std::move(out);
  }
  /// A member of the body.
  std::string sent(std::string_view name) const {
    const Outbound out = sent();
    json::Reader reader;
    for (const auto [key, value] : reader.read(out.body).members()) {
      if (key == name) return canonical(value);
    }
    return "absent";
  }
  std::string lost() const {
    std::string names;
    const Outbound out = sent();
    for (const Losses::Entry& entry : out.losses.entries()) {
      const auto declared = gemini_codec().request_losses();
      EXPECT_NE(std::find(declared.begin(), declared.end(), entry.row), declared.end())
          << entry.row->name;
      names += (names.empty() ? "" : " ") + std::string(entry.row->name);
      if (!entry.detail.empty()) names += "(" + entry.detail + ")";
    }
    return names;
  }
};

// ---- The conversation

TEST(ToGemini, LetsTheSidesAlternate) {
  Asked asked;
  asked.say(Role::user, {text("a")}).say(Role::user, {text("b"), text("")});
  asked.say(Role::assistant, {text("c")}).say(Role::assistant, {text("d")}).hello();
  EXPECT_EQ(asked.sent("contents"),
            canonical(R"([{"role":"user","parts":[{"text":"a"},{"text":"b"}]},
                          {"role":"model","parts":[{"text":"c"},{"text":"d"}]},
                          {"role":"user","parts":[{"text":"Hi"}]}])"));
  EXPECT_EQ(asked.sent().path, "/models/m:generateContent");
  EXPECT_EQ(asked.lost(), "");
}

TEST(ToGemini, PutsAllSystemTextsApart) {
  Asked asked;
  asked.say(Role::system, {text("a"), text("b")}).hello().say(Role::developer, {text("c")});
  EXPECT_EQ(asked.sent("systemInstruction"),
            canonical(R"({"parts":[{"text":"a"},{"text":"b"},{"text":"c"}]})"));
  EXPECT_EQ(asked.sent("contents"), canonical(R"([{"role":"user","parts":[{"text":"Hi"}]}])"));
  EXPECT_EQ(asked.lost(), "system_moved");
}

TEST(ToGemini, MakesTheUsersWordsOfASystemTextAlone) {
  Asked asked;
  asked.say(Role::system, {text("a")});
  EXPECT_EQ(asked.sent("systemInstruction"), "absent");
  EXPECT_EQ(asked.sent("contents"), canonical(R"([{"role":"user","parts":[{"text":"a"}]}])"));
}

TEST(ToGemini, KeepsOneSideTogetherWhenTheOtherHasNothingToSay) {
  Asked asked;
  asked.hello().say(Role::assistant, {part(Reasoning{"hm", {}, false})}).hello();
  EXPECT_EQ(asked.sent("contents"),
            canonical(R"([{"role":"user","parts":[{"text":"Hi"},{"text":"Hi"}]}])"));
  EXPECT_EQ(asked.lost(), "reasoning");
}

TEST(ToGemini, GivesEveryCallItsResultInOneContent) {
  Asked asked;
  asked.hello().say(Role::assistant, {text("let me see"), part(call("1", "a", R"({"x":1})")),
                                      part(call("2", "b")), part(call("3", "a"))});
  asked.say(Role::tool, {part(result("3", {text("three")}))});
  asked.say(Role::tool, {part(result("1", {text(R"({"n":1})")}))});
  asked.say(Role::user, {text("and now?")});
  EXPECT_EQ(asked.sent("contents"), canonical(R"([{"role":"user","parts":[{"text":"Hi"}]},
      {"role":"model","parts":[{"text":"let me see"},
          {"functionCall":{"id":"1","name":"a","args":{"x":1}}},
          {"functionCall":{"id":"2","name":"b","args":{}}},
          {"functionCall":{"id":"3","name":"a","args":{}}}]},
      {"role":"user","parts":[
          {"functionResponse":{"id":"1","name":"a","response":{"n":1}}},
          {"functionResponse":{"id":"2","name":"b","response":{"result":""}}},
          {"functionResponse":{"id":"3","name":"a","response":{"result":"three"}}},
          {"text":"and now?"}]}])"));
  EXPECT_EQ(asked.lost(), "result_missing");
}

TEST(ToGemini, AnswersWithAnObjectAndNeverOneInAnother) {
  const auto response = [](ToolResult answer) {
    Asked asked;
    asked.hello().say(Role::assistant, {part(call("1", "f"))});
    asked.say(Role::tool, {part(std::move(answer))});
    json::Reader reader;
    const Outbound out = asked.sent();
    for (const json::Value content : reader.read(out.body).at("contents").items()) {
      for (const json::Value one : content.at("parts").items()) {
        const json::Value found = one.find("functionResponse");
        if (found) return canonical(found.at("response"));
      }
    }
    return std::string("none");
  };
  EXPECT_EQ(response(result("1", {text(R"( {"result":{"a":1}} )")})),
            canonical(R"({"result":{"a":1}})"));
  EXPECT_EQ(response(result("1", {text("[1]")})), canonical(R"({"result":"[1]"})"));
  EXPECT_EQ(response(result("1", {text("{broken")})), canonical(R"({"result":"{broken"})"));
  EXPECT_EQ(response(result("1", {})), canonical(R"({"result":""})"));
  EXPECT_EQ(response(result("1", {text("a"), text("b")})), canonical(R"({"result":"a\nb"})"));
  ToolResult failed = result("1", {text(R"({"a":1})")});
  failed.is_error = true;
  EXPECT_EQ(response(failed), canonical(R"({"error":"{\"a\":1}"})"));
}

TEST(ToGemini, PutsMediaOfAResultAfterAllResults) {
  Asked asked;
  const Media image{Media::Kind::image, Media::Form::base64, "aGk=", "image/png", "", ""};
  asked.hello().say(Role::assistant, {part(call("1", "a")), part(call("2", "b"))});
  asked.say(Role::user, {part(result("1", {text("see"), part(image)})), part(result("2", {}))});
  EXPECT_EQ(asked.sent("contents"), canonical(R"([{"role":"user","parts":[{"text":"Hi"}]},
      {"role":"model","parts":[{"functionCall":{"id":"1","name":"a","args":{}}},
                               {"functionCall":{"id":"2","name":"b","args":{}}}]},
      {"role":"user","parts":[
          {"functionResponse":{"id":"1","name":"a","response":{"result":"see"}}},
          {"functionResponse":{"id":"2","name":"b","response":{"result":""}}},
          {"inlineData":{"mimeType":"image/png","data":"aGk="}}]}])"));
  EXPECT_EQ(asked.lost(), "result_media");
}

TEST(ToGemini, WritesArgumentsThatAreNoObjectInsideOfOne) {
  Asked asked;
  ToolCall broken = call("1", "a", "{\"x\":");
  broken.form = ToolCall::Form::broken;
  ToolCall freeform = call("2", "b", "say \"x\"");
  freeform.form = ToolCall::Form::freeform;
  asked.hello().say(Role::assistant, {part(broken), part(freeform)});
  EXPECT_NE(
      asked.sent("contents").find(canonical(R"({"id":"1","name":"a","args":{"_raw":"{\"x\":"}})")),
      std::string::npos);
  EXPECT_NE(asked.sent("contents")
                .find(canonical(R"({"id":"2","name":"b","args":{"input":"say \"x\""}})")),
            std::string::npos);
  EXPECT_EQ(asked.lost(), "result_missing broken_arguments");
}

TEST(ToGemini, DropsCallsThatAnotherProviderRan) {
  Asked asked;
  ToolCall hosted = call("1", "web_search");
  hosted.runner = ToolCall::Runner::provider;
  asked.hello().say(Role::assistant, {part(hosted), text("found")}).hello();
  EXPECT_EQ(asked.sent("contents").find("functionCall"), std::string::npos);
  EXPECT_EQ(asked.lost(), "hosted_call");
}

TEST(ToGemini, TakesOnlyItsOwnSeals) {
  Asked asked;
  asked.hints.seal_issuer = "g1";
  asked.hello().say(Role::assistant,
                    {sealed(part(Reasoning{"mine", {}, false}), "g1"),
                     sealed(part(Reasoning{"theirs", {}, false}), "a1"),
                     sealed(part(Reasoning{"nobody's", {}, false}), ""),
                     sealed(part(call("1", "a")), "g1"), sealed(part(call("2", "b")), "a1")});
  EXPECT_NE(asked.sent("contents").find(canonical(R"([
      {"text":"mine","thought":true,"thoughtSignature":"c2ln"},
      {"functionCall":{"id":"1","name":"a","args":{}},"thoughtSignature":"c2ln"},
      {"functionCall":{"id":"2","name":"b","args":{}}}])")),
            std::string::npos)
      << asked.sent("contents");
  EXPECT_EQ(asked.lost(), "result_missing reasoning seal");
}

TEST(ToGemini, TellsASummaryWhereTheThoughtsAreKeptBack) {
  Asked asked;
  asked.hints.seal_issuer = "g1";
  asked.hello().say(Role::assistant, {sealed(part(Reasoning{"", {"a", "b"}, false}), "g1")});
  EXPECT_NE(asked.sent("contents").find(R"("text":"a\n\nb")"), std::string::npos);
}

TEST(ToGemini, SendsMediaThatGoogleCanReach) {
  const auto sent = [](Media media) {
    Asked asked;
    asked.say(Role::user, {text("see"), part(std::move(media))});
    const std::string contents = asked.sent("contents");
    constexpr std::string_view begin = R"([{"parts":[{"text":"see"})";
    return contents.substr(begin.size(), contents.size() - begin.size() - 17) + asked.lost();
  };
  using Kind = Media::Kind;
  using Form = Media::Form;
  EXPECT_EQ(sent({Kind::image, Form::base64, "iVBORw0KGgo=", "", "", "high"}),
            R"(,{"inlineData":{"data":"iVBORw0KGgo=","mimeType":"image/png"}})"
            "image_detail");
  EXPECT_EQ(sent({Kind::document, Form::base64, "aGk=", "application/pdf", "a.pdf", ""}),
            R"(,{"inlineData":{"data":"aGk=","mimeType":"application/pdf"}})"
            "document_name");
  EXPECT_EQ(sent({Kind::video, Form::url, "https://www.youtube.com/watch?v=x", "", "", ""}),
            R"(,{"fileData":{"fileUri":"https://www.youtube.com/watch?v=x"}})");
  EXPECT_EQ(sent({Kind::image, Form::url, "gs://b/o", "image/png", "", ""}),
            R"(,{"fileData":{"fileUri":"gs://b/o","mimeType":"image/png"}})");
  EXPECT_EQ(sent({Kind::image, Form::url, "https://example.com/x.png", "", "", ""}), "media_url");
  EXPECT_EQ(sent({Kind::image, Form::file_id, "file-1", "", "", ""}), "file_id");
  EXPECT_EQ(sent({Kind::document, Form::text, "plain", "text/plain", "a.txt", ""}),
            R"(,{"text":"plain"})"
            "document_as_text document_name");
}

TEST(ToGemini, DeclaresWhatItHasNoPlaceFor) {
  Asked asked;
  asked.request.end_user = "u";
  asked.request.extras.dialect = chat::Dialect::openai_chat;
  asked.request.extras.members = {{"logit_bias", json::Raw::trusted("{\"5\":1}")},
                                  {"store", json::Raw::trusted("null")}};
  Part marked = text("a");
  marked.cache_control = json::Raw::trusted("{}");
  Part opaque = part(chat::Opaque{chat::Dialect::anthropic, json::Raw::trusted(R"({"type":"x"})")});
  asked.say(Role::user, {marked, opaque, part(Refusal{"no"})});
  asked.request.messages[0].name = "Ann";
  asked.request.messages[0].extras.dialect = chat::Dialect::openai_chat;
  asked.request.messages[0].extras.members = {{"audio", json::Raw::trusted("{\"id\":1}")}};
  EXPECT_EQ(asked.lost(),
            "speaker_name cache_control foreign_item(x) refusal_as_text foreign_member(audio) "
            "end_user foreign_member(logit_bias)");
  EXPECT_EQ(asked.sent("contents"),
            canonical(R"([{"role":"user","parts":[{"text":"a"},{"text":"no"}]}])"));
}

// ---- Tools

TEST(ToGemini, CleansSchemasOfTools) {
  Asked asked;
  asked.hello();
  asked
      .tool("read", R"({"$schema":"x","type":"object","properties":{"path":{"type":"string",
                        "minLength":1}},"required":["path"],"additionalProperties":false})")
      .description = "Reads";
  asked.tool("now", R"({"type":"object","properties":{}})");
  asked.request.tools.emplace_back().name = "bare";
  EXPECT_EQ(asked.sent("tools"), canonical(R"([{"functionDeclarations":[
      {"name":"read","description":"Reads","parameters":{"type":"OBJECT",
       "properties":{"path":{"type":"STRING"}},"required":["path"]}},
      {"name":"now"},{"name":"bare"}]}])"));
  EXPECT_EQ(asked.lost(), "tool_schema(read)");
}

TEST(ToGemini, SendsSchemasAsTheyAreToModelsThatTakeThem) {
  Asked asked;
  asked.hello().tool("read", R"({"$schema":"x","type":"object"})").strict = true;
  asked.hints.clean_schemas = false;
  EXPECT_EQ(asked.sent("tools"), canonical(R"([{"functionDeclarations":[
      {"name":"read","parametersJsonSchema":{"$schema":"x","type":"object"}}]}])"));
  EXPECT_EQ(asked.lost(), "tool_strict");
}

TEST(ToGemini, GivesToolsNamesThatItTakes) {
  Asked asked;
  asked.tool("mcp.read-file");
  asked.tool("").cache_control = json::Raw::trusted("{}");
  asked.hello().say(Role::assistant, {part(call("1", "mcp.read-file"))});
  asked.request.tool_choice.mode = ToolChoice::Mode::required;
  asked.request.tool_choice.allowed = {"mcp.read-file"};
  EXPECT_EQ(asked.sent("tools"),
            canonical(R"([{"functionDeclarations":[{"name":"mcp_read_file"}]}])"));
  EXPECT_EQ(asked.sent("toolConfig"), canonical(R"({"functionCallingConfig":{"mode":"ANY",
      "allowedFunctionNames":["mcp_read_file"]}})"));
  const Outbound out = asked.sent();
  EXPECT_NE(out.body.find(R"("functionCall":{"id":"1","name":"mcp_read_file")"), std::string::npos);
  EXPECT_NE(out.body.find(R"("functionResponse":{"id":"1","name":"mcp_read_file")"),
            std::string::npos);
  ToolCall answered = call("9", "mcp_read_file");
  out.names.restore(answered);
  EXPECT_EQ(answered.name, "mcp.read-file");
  EXPECT_EQ(asked.lost(), "tool_name(mcp.read-file) result_missing tool_unnamed");
}

TEST(ToGemini, MakesAFunctionOfAToolThatTakesText) {
  Asked asked;
  asked.hello();
  Tool& tool = asked.tool("patch", R"({"type":"grammar","definition":"g"})");
  tool.kind = Tool::Kind::freeform;
  tool.description = "Patches";
  EXPECT_EQ(asked.sent("tools"), canonical(R"([{"functionDeclarations":[{"name":"patch",
      "description":"Patches\n\n`input` must obey this grammar:\ng",
      "parameters":{"type":"OBJECT","properties":{"input":{"type":"STRING"}},
                    "required":["input"]}}]}])"));
  EXPECT_EQ(asked.lost(), "freeform_tool(patch)");
}

TEST(ToGemini, SearchesTheWebOnlyWhereThereAreNoFunctions) {
  Asked asked;
  asked.hello();
  Tool& search = asked.request.tools.emplace_back();
  search.kind = Tool::Kind::builtin;
  search.name = "web_search";
  EXPECT_EQ(asked.sent("tools"), "absent");
  EXPECT_EQ(asked.lost(), "hosted_tool(web_search)");
  asked.hints.web_search = true;
  EXPECT_EQ(asked.sent("tools"), canonical(R"([{"googleSearch":{}}])"));
  EXPECT_EQ(asked.lost(), "");
  search.extras = {chat::Dialect::anthropic, 0, {{"max_uses", json::Raw::trusted("3")}}};
  EXPECT_EQ(asked.lost(), "foreign_member(max_uses)");
  asked.tool("f");
  EXPECT_EQ(asked.sent("tools"), canonical(R"([{"functionDeclarations":[{"name":"f"}]}])"));
}

TEST(ToGemini, SaysWhichToolsToCall) {
  using Mode = ToolChoice::Mode;
  const auto config = [](Mode mode, std::vector<std::string> allowed) {
    Asked asked;
    asked.hello().tool("f");
    asked.request.tool_choice = {mode, std::move(allowed), {}};
    const std::string whole = asked.sent("toolConfig");
    return whole == "absent" ? whole : whole.substr(25, whole.size() - 26);
  };
  EXPECT_EQ(config(Mode::unset, {}), "absent");
  EXPECT_EQ(config(Mode::automatic, {}), R"({"mode":"AUTO"})");
  EXPECT_EQ(config(Mode::none, {}), R"({"mode":"NONE"})");
  EXPECT_EQ(config(Mode::required, {}), R"({"mode":"ANY"})");
  EXPECT_EQ(config(Mode::required, {"f"}), R"({"allowedFunctionNames":["f"],"mode":"ANY"})");
  EXPECT_EQ(config(Mode::automatic, {"f"}), R"({"allowedFunctionNames":["f"],"mode":"VALIDATED"})");
  EXPECT_EQ(config(Mode::none, {"f"}), R"({"mode":"NONE"})");

  Asked none;
  none.hello().request.tool_choice = {Mode::required, {}, false};
  EXPECT_EQ(none.sent("toolConfig"), "absent");
  EXPECT_EQ(none.lost(), "parallel_calls");
}

// ---- How to answer

TEST(ToGemini, CopiesTheParameters) {
  Asked asked;
  asked.hello();
  asked.request.sampling.temperature = 0.5;
  asked.request.sampling.top_p = 0.9;
  asked.request.sampling.top_k = 40;
  asked.request.sampling.seed = 7;
  asked.request.sampling.choices = 2;
  asked.request.sampling.presence_penalty = 0.1;
  asked.request.sampling.frequency_penalty = 0.2;
  asked.request.sampling.stop = {"a", "", "b", "c", "d", "e", "f"};
  asked.request.max_output_tokens = 50;
  EXPECT_EQ(asked.sent("generationConfig"), canonical(R"({"temperature":0.5,"topP":0.9,"topK":40,
      "seed":7,"candidateCount":2,"presencePenalty":0.1,"frequencyPenalty":0.2,
      "maxOutputTokens":50,"stopSequences":["a","b","c","d","e"]})"));
  EXPECT_EQ(asked.lost(), "stop");
}

TEST(ToGemini, FitsNumbersToWhatItTakes) {
  Asked asked;
  asked.hello();
  asked.request.sampling.seed = std::int64_t{1} << 40;
  asked.request.max_output_tokens = 100000;
  asked.hints.output_tokens_max = 65536;
  EXPECT_EQ(asked.sent("generationConfig"), canonical(R"({"maxOutputTokens":65536})"));
  EXPECT_EQ(asked.lost(), "output_limit seed");
}

TEST(ToGemini, AsksForJson) {
  Asked asked;
  asked.hello().request.format.kind = chat::OutputFormat::Kind::json;
  EXPECT_EQ(asked.sent("generationConfig"),
            canonical(R"({"responseMimeType":"application/json"})"));
  asked.request.format.kind = chat::OutputFormat::Kind::schema;
  asked.request.format.schema = json::Raw::trusted(R"({"const":"x","pattern":"x"})");
  EXPECT_EQ(asked.sent("generationConfig"), canonical(R"({"responseMimeType":"application/json",
      "responseSchema":{"type":"STRING","enum":["x"]}})"));
  EXPECT_EQ(asked.lost(), "output_format");
  asked.hints.clean_schemas = false;
  EXPECT_EQ(asked.sent("generationConfig"), canonical(R"({"responseMimeType":"application/json",
      "responseJsonSchema":{"const":"x","pattern":"x"}})"));
  EXPECT_EQ(asked.lost(), "");
  asked.tool("f");
  EXPECT_EQ(asked.sent("generationConfig"), "absent");
  EXPECT_EQ(asked.lost(), "output_format");
  asked.hints.json_with_tools = true;
  EXPECT_NE(asked.sent("generationConfig"), "absent");
}

std::string thinking(chat::Thinking wanted, bool levels = false) {
  Asked asked;
  asked.hello().request.thinking = std::move(wanted);
  asked.hints.thinking_levels = levels;
  const std::string lost = asked.lost();
  const std::string config = asked.sent("generationConfig");
  if (config == "absent") return config;
  return config.substr(18, config.size() - 19) + lost;
}

chat::Thinking effort(std::string word) {
  return {chat::Thinking::Mode::on, std::move(word), {}, {}};
}
chat::Thinking budget(std::int64_t tokens) { return {chat::Thinking::Mode::on, {}, tokens, {}}; }

TEST(ToGemini, ThinksByBudget) {
  using Mode = chat::Thinking::Mode;
  EXPECT_EQ(thinking({}), "absent");
  EXPECT_EQ(thinking(budget(2000)), R"({"includeThoughts":true,"thinkingBudget":2000})");
  EXPECT_EQ(thinking(budget(100000)), R"({"includeThoughts":true,"thinkingBudget":24576})"
                                      "thinking");
  EXPECT_EQ(thinking({Mode::off, {}, {}, {}}), R"({"thinkingBudget":0})");
  EXPECT_EQ(thinking({Mode::adaptive, {}, {}, {}}),
            R"({"includeThoughts":true,"thinkingBudget":-1})");
  EXPECT_EQ(thinking({Mode::on, {}, 2000, false}),
            R"({"includeThoughts":false,"thinkingBudget":2000})");
  EXPECT_EQ(thinking({Mode::unset, {}, {}, true}), R"({"includeThoughts":true})");
  EXPECT_EQ(thinking(effort("low")), R"({"includeThoughts":true,"thinkingBudget":1024})"
                                     "thinking");
  EXPECT_EQ(thinking(effort("high")), R"({"includeThoughts":true,"thinkingBudget":24576})"
                                      "thinking");
  EXPECT_EQ(thinking(effort("none")), R"({"thinkingBudget":0})");
}

TEST(ToGemini, ThinksByLevelWhereTheModelHasThem) {
  using Mode = chat::Thinking::Mode;
  EXPECT_EQ(thinking(effort("low"), true), R"({"includeThoughts":true,"thinkingLevel":"LOW"})");
  EXPECT_EQ(thinking(effort("high"), true), R"({"includeThoughts":true,"thinkingLevel":"HIGH"})");
  EXPECT_EQ(thinking(effort("medium"), true), R"({"includeThoughts":true,"thinkingLevel":"HIGH"})"
                                              "thinking");
  EXPECT_EQ(thinking(effort("minimal"), true), R"({"includeThoughts":true,"thinkingLevel":"LOW"})"
                                               "thinking");
  EXPECT_EQ(thinking({Mode::off, {}, {}, {}}, true), R"({"thinkingLevel":"LOW"})"
                                                     "thinking");
  EXPECT_EQ(thinking(budget(2000), true), R"({"includeThoughts":true,"thinkingBudget":2000})");
}

}  // namespace
}  // namespace omni::dialect
