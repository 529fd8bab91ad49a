#include <gtest/gtest.h>

#include <algorithm>

#include "dialect/ollama/codec.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

using chat::Dialect;
using chat::Message;
using chat::Part;
using chat::Request;
using chat::Role;

Part text(std::string_view value) { return {chat::Text{std::string(value)}, {}, {}, {}}; }

Part call(std::string id, std::string name, std::string input) {
  return {chat::ToolCall{std::move(id), {}, std::move(name), std::move(input)}, {}, {}, {}};
}

Part result(std::string id, std::vector<Part> content) {
  return {chat::ToolResult{std::move(id), {}, std::move(content)}, {}, {}, {}};
}

Part media(chat::Media::Kind kind, chat::Media::Form form, std::string payload) {
  return {chat::Media{kind, form, std::move(payload), {}, {}, {}}, {}, {}, {}};
}

/// From another dialect, by one user who says "x" unless something else is put there.
Request foreign() {
  Request request;
  request.source = Dialect::anthropic;
  request.model = "m";
  request.messages.push_back({Role::user, {text("x")}, {}, {}});
  return request;
}

chat::Tool function(std::string name) {
  chat::Tool tool;
  tool.name = std::move(name);
  return tool;
}

std::string names_of(const Losses& losses) {
  std::string out;
  for (const Losses::Entry& entry : losses.entries()) {
    out += out.empty() ? "" : " ";
    out += entry.row->name;
    if (!entry.detail.empty()) out += "(" + entry.detail + ")";
    EXPECT_NE(std::ranges::find(ollama_codec().request_losses(), entry.row),
              ollama_codec().request_losses().end())
        << entry.row->name;
  }
  return out;
}

struct Encoded {
  std::string body, losses;
};

Encoded encode(const Request& request, const EncodeHints& hints = {}) {
  const auto outbound = ollama_codec().encode_request(request, hints);
  EXPECT_TRUE(outbound);
  EXPECT_EQ(outbound->path, "/api/chat");
  return {outbound->body, names_of(outbound->losses)};
}

/// What comes back of a request that goes to the dialect it came from.
std::string at_home(std::string_view body) {
  const auto request = ollama_codec().decode_request({"/api/chat", body});
  EXPECT_TRUE(request) << body;
  if (!request) return {};
  EncodeHints hints;
  hints.stream = request->stream;
  const Encoded encoded = encode(*request, hints);
  EXPECT_EQ(encoded.losses, "");
  return encoded.body;
}

/// The messages alone.
std::string said(const Request& request, std::string_view losses = {}) {
  const Encoded encoded = encode(request);
  EXPECT_EQ(encoded.losses, losses);
  json::Reader reader;
  return std::string(reader.read(encoded.body).find("messages").slice());
}

class OllamaHome : public testing::TestWithParam<std::string_view> {};

TEST_P(OllamaHome, WritesARequestAsItCame) {
  EXPECT_EQ(canonical(at_home(GetParam())), canonical(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Requests, OllamaHome,
    testing::Values(
        R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})",
        R"({"model":"m","stream":true,
            "messages":[{"role":"user","content":"Hi","images":["/9j/"]}]})",
        R"({"model":"m","stream":false,"messages":[{"role":"user","content":""}],"tools":[],
            "format":"","options":{},"keep_alive":"5m","logprobs":true,"truncate":null})",
        R"({"model":"m","stream":null,"messages":[{"role":"assistant","content":null,"thinking":"",
            "images":[],"tool_calls":[],"tool_name":null}],"tools":null,"options":null,
            "think":null,"format":null})",
        R"({"model":"m","messages":[{"role":"assistant","thinking":"t","tool_calls":[
              {"function":{"name":"a","arguments":{"x":1.50},"index":0}},
              {"id":"c","type":"function","function":{"name":"b","arguments":"{}"}},
              {"id":"","function":{"name":"","arguments":null}},
              {"function":{"arguments":"","index":2}}, {"function":{}}]},
            {"role":"tool","content":"1","tool_name":"a"},
            {"role":"tool","content":"2","tool_call_id":"c","images":["/9j/"]},
            {"role":"tool","tool_call_id":""},
            {"role":"system","content":"s","tool_name":"n","tool_calls":[1],"thinking":"t"},
            {"role":"developer","content":"d","weight":1}]})",
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"format":{"type":"object"},
            "think":"high","options":{"temperature":0.25,"top_p":1,"top_k":40,"seed":-3,
            "num_predict":64,"stop":["a","b"],"presence_penalty":0.5,"frequency_penalty":0.5,
            "num_ctx":4096,"mirostat":null}})",
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"format":"json","think":false,
            "options":{"num_predict":-2,"stop":"one","num_ctx":1,"num_ctx":2}})",
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"format":"yaml","think":"max",
            "options":{"stop":[]}})",
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"think":true,"tools":[
              {"type":"function","function":{"name":"f","description":"d","strict":true,
               "parameters":{"type":"object"}},"extra":1},
              {"function":{"name":"g","description":"","parameters":null}},
              {"type":"tool","function":{"name":"h"}}, {"type":"web_search","x":1}, {},
              {"type":"function"}, {"type":"function","function":null}]})"));

TEST(OllamaRequestEncoder, PutsTheHintsInTheirPlaces) {
  Request request = foreign();
  EncodeHints hints;
  hints.model = "llama3.2";
  EXPECT_EQ(encode(request, hints).body,
            R"({"model":"llama3.2","messages":[{"role":"user","content":"x"}],"stream":false})");
  hints.stream = true;
  EXPECT_EQ(encode(request, hints).body,
            R"({"model":"llama3.2","messages":[{"role":"user","content":"x"}],"stream":true})");
}

TEST(OllamaRequestEncoder, SaysAtHomeThatNothingIsStreamedWhereTheClientLeftItOut) {
  const auto request = ollama_codec().decode_request(
      {"/api/chat", R"({"model":"m","messages":[{"role":"user","content":"x"}]})"});
  ASSERT_TRUE(request);
  EXPECT_EQ(encode(*request).body,
            R"({"model":"m","messages":[{"role":"user","content":"x"}],"stream":false})");
}

TEST(OllamaRequestEncoder, LeavesSystemTextsWhereTheyStand) {
  Request request = foreign();
  request.messages = {{Role::system, {text("a"), text("b")}, {}, {}},
                      {Role::user, {text("x")}, {}, {}},
                      {Role::developer, {text("c")}, {}, {}}};
  EXPECT_EQ(said(request), R"([{"role":"system","content":"a\nb"},{"role":"user","content":"x"},)"
                           R"({"role":"system","content":"c"}])");
}

TEST(OllamaRequestEncoder, SendsImagesAsBytesAlone) {
  using enum chat::Media::Kind;
  using Form = chat::Media::Form;
  Request request = foreign();
  request.messages[0].parts = {
      media(image, Form::base64, "AAAA"),          text("x"),
      media(image, Form::url, "https://x/y.png"),  media(image, Form::file_id, "file-1"),
      media(document, Form::text, "a plain text"), media(document, Form::base64, "AAAA"),
      media(audio, Form::base64, "AAAA"),          media(video, Form::base64, "AAAA"),
      media(document, Form::base64, "d29yZHM=")};
  std::get<chat::Media>(request.messages[0].parts.back().body).mime_type = "text/csv";
  EXPECT_EQ(said(request, "media_url file_id document_as_text document audio video"),
            R"([{"role":"user","content":"x\na plain text\nwords","images":["AAAA"]}])");
}

TEST(OllamaRequestEncoder, TellsThoughtsCallsAndResults) {
  Request request = foreign();
  Part thought{chat::Reasoning{"hm", {}}, chat::Seal{"a", "sig"}, {}, {}};
  Part summary{chat::Reasoning{"", {"one", "two"}}, {}, {}, {}};
  request.messages.push_back(
      {Role::assistant,
       {thought, summary, text("Let me see."), call("c1", "get", R"({"x":1})")},
       {},
       {}});
  request.messages.push_back({Role::user, {result("c1", {text("42")}), text("go on")}, {}, {}});
  EXPECT_EQ(said(request, "seal"),
            R"([{"role":"user","content":"x"},{"role":"assistant","content":"Let me see.",)"
            R"("thinking":"hm\n\none\n\ntwo","tool_calls":[{"id":"c1","function":)"
            R"({"name":"get","arguments":{"x":1}}}]},{"role":"tool","content":"42",)"
            R"("tool_name":"get","tool_call_id":"c1"},{"role":"user","content":"go on"}])");
}

TEST(OllamaRequestEncoder, MarksFailedResultsByWords) {
  Request request = foreign();
  request.messages.push_back({Role::assistant, {call("c1", "get", "{}")}, {}, {}});
  Part failed = result("c1", {text("no such file"),
                              media(chat::Media::Kind::image, chat::Media::Form::base64, "AAAA")});
  std::get<chat::ToolResult>(failed.body).is_error = true;
  request.messages.push_back({Role::tool, {failed}, {}, {}});
  EXPECT_EQ(said(request, "result_error"),
            R"([{"role":"user","content":"x"},{"role":"assistant","content":"","tool_calls":)"
            R"([{"id":"c1","function":{"name":"get","arguments":{}}}]},{"role":"tool",)"
            R"("content":"Error: no such file","images":["AAAA"],"tool_name":"get",)"
            R"("tool_call_id":"c1"}])");
}

TEST(OllamaRequestEncoder, AlwaysSendsArgumentsAsAnObject) {
  Request request = foreign();
  Part broken = call("c1", "a", "{oops");
  std::get<chat::ToolCall>(broken.body).form = chat::ToolCall::Form::broken;
  Part freeform = call("c2", "b", "*** Begin Patch");
  std::get<chat::ToolCall>(freeform.body).form = chat::ToolCall::Form::freeform;
  request.messages.push_back({Role::assistant, {broken, freeform}, {}, {}});
  const Encoded encoded = encode(request);
  EXPECT_EQ(encoded.losses, "result_missing broken_arguments");
  EXPECT_NE(encoded.body.find(R"({"name":"a","arguments":{"_raw":"{oops"}})"), std::string::npos);
  EXPECT_NE(encoded.body.find(R"({"name":"b","arguments":{"input":"*** Begin Patch"}})"),
            std::string::npos);
}

TEST(OllamaRequestEncoder, MakesAFunctionOfAToolThatTakesText) {
  Request request = foreign();
  chat::Tool tool;
  tool.kind = chat::Tool::Kind::freeform;
  tool.name = "patch";
  tool.schema = json::Raw::trusted(R"({"type":"grammar","definition":"g"})");
  request.tools = {tool};
  const Encoded encoded = encode(request);
  EXPECT_EQ(encoded.losses, "freeform_tool(patch)");
  EXPECT_NE(
      encoded.body.find(
          R"("description":"`input` must obey this grammar:\ng","parameters":{"type":"object",)"
          R"("properties":{"input":{"type":"string"}},"required":["input"]})"),
      std::string::npos)
      << encoded.body;
}

TEST(OllamaRequestEncoder, SendsOnlyToolsThatMayBeCalled) {
  Request request = foreign();
  request.tools = {function("a"), function("b"), function("")};
  request.tools[0].description = "d";
  request.tools[0].schema = json::Raw::trusted(R"({"type":"object","required":[]})");
  chat::Tool search = function("web_search");
  search.kind = chat::Tool::Kind::builtin;
  request.tools.push_back(search);
  const std::string a = R"({"type":"function","function":{"name":"a","description":"d",)"
                        R"("parameters":{"type":"object","required":[]}}})";
  const std::string b = R"({"type":"function","function":{"name":"b",)"
                        R"("parameters":{"type":"object","properties":{}}}})";
  const auto tools = [&] {
    json::Reader reader;
    return std::string(reader.read(encode(request).body).find("tools").slice());
  };
  using Mode = chat::ToolChoice::Mode;
  EXPECT_EQ(tools(), "[" + a + "," + b + "]");
  EXPECT_EQ(encode(request).losses, "tool_unnamed hosted_tool(web_search)");
  request.tool_choice = {Mode::automatic, {"b"}, {}};
  EXPECT_EQ(tools(), "[" + b + "]");
  request.tool_choice = {Mode::none, {}, {}};
  EXPECT_EQ(tools(), "");
  EXPECT_EQ(encode(request).losses, "");
  request.tool_choice = {Mode::required, {"a"}, false};
  EXPECT_EQ(tools(), "[" + a + "]");
  EXPECT_EQ(encode(request).losses,
            "tool_choice parallel_calls tool_unnamed hosted_tool(web_search)");
}

TEST(OllamaRequestEncoder, WritesSamplingAsOptions) {
  Request request = foreign();
  request.sampling = {.temperature = 0.5,
                      .top_p = 0.9,
                      .presence_penalty = 1,
                      .frequency_penalty = 0,
                      .top_k = 40,
                      .seed = 7,
                      .choices = 2,
                      .stop = {"a"}};
  request.max_output_tokens = 100;
  request.end_user = "u";
  const Encoded encoded = encode(request);
  EXPECT_NE(encoded.body.find(R"("options":{"temperature":0.5,"top_p":0.9,"presence_penalty":1,)"
                              R"("frequency_penalty":0,"top_k":40,"seed":7,"num_predict":100,)"
                              R"("stop":["a"]})"),
            std::string::npos)
      << encoded.body;
  EXPECT_EQ(encoded.losses, "choices end_user");
}

TEST(OllamaRequestEncoder, SaysHowMuchToThinkInItsThreeLevels) {
  using Mode = chat::Thinking::Mode;
  const auto think = [](chat::Thinking thinking) {
    Request request = foreign();
    request.thinking = std::move(thinking);
    const Encoded encoded = encode(request);
    json::Reader reader;
    return std::string(reader.read(encoded.body).find("think").slice()) +
           (encoded.losses.empty() ? "" : " " + encoded.losses);
  };
  EXPECT_EQ(think({}), "");
  EXPECT_EQ(think({Mode::off, {}, {}, {}}), "false");
  EXPECT_EQ(think({Mode::on, {}, {}, {}}), "true");
  EXPECT_EQ(think({Mode::adaptive, {}, {}, {}}), "true");
  EXPECT_EQ(think({Mode::on, {}, -1, {}}), "true");
  EXPECT_EQ(think({Mode::unset, "none", {}, {}}), "false");
  EXPECT_EQ(think({Mode::on, "minimal", {}, {}}), "\"low\" thinking");
  EXPECT_EQ(think({Mode::on, "low", {}, {}}), "\"low\"");
  EXPECT_EQ(think({Mode::on, "medium", {}, {}}), "\"medium\"");
  EXPECT_EQ(think({Mode::on, "high", {}, {}}), "\"high\"");
  EXPECT_EQ(think({Mode::on, "xhigh", {}, {}}), "\"high\" thinking");
  EXPECT_EQ(think({Mode::on, {}, 8000, {}}), "\"medium\" thinking");
  EXPECT_EQ(think({Mode::on, {}, 0, {}}), "false thinking");
}

TEST(OllamaRequestEncoder, AsksForJsonAndSchemas) {
  using Kind = chat::OutputFormat::Kind;
  Request request = foreign();
  request.format.kind = Kind::json;
  EXPECT_NE(encode(request).body.find(R"("format":"json")"), std::string::npos);
  request.format.kind = Kind::schema;
  request.format.schema = json::Raw::trusted(R"({"type":"object"})");
  EXPECT_NE(encode(request).body.find(R"("format":{"type":"object"})"), std::string::npos);
}

TEST(OllamaRequestEncoder, DeclaresWhatIsForeign) {
  Request request = foreign();
  const auto extras = [](std::string key) {
    chat::Extras extras;
    extras.dialect = Dialect::anthropic;
    extras.members.emplace_back(std::move(key), json::Raw::trusted("1"));
    extras.members.emplace_back("nothing", json::Raw::trusted("null"));
    return extras;
  };
  request.extras = extras("metadata");
  request.messages[0].extras = extras("output_config");
  request.messages[0].parts[0].extras = extras("citations");
  request.messages[0].parts[0].cache_control = json::Raw::trusted("{}");
  request.messages[0].parts.push_back(
      {chat::Opaque{Dialect::anthropic, json::Raw::trusted(R"({"type":"odd"})")}, {}, {}, {}});
  EXPECT_EQ(encode(request).losses,
            "cache_control foreign_member(citations) foreign_item(odd) "
            "foreign_member(output_config) foreign_member(metadata)");
}

TEST(OllamaRequestEncoder, GivesToolsNamesThatAnyModelTakesAndTheWayBack) {
  Request request = foreign();
  request.tools = {function("read"), function("run")};
  request.tools[1].space = "shell";
  request.messages.push_back({Role::assistant, {call("c1", "run", "{}")}, {}, {}});
  std::get<chat::ToolCall>(request.messages[1].parts[0].body).space = "shell";
  const auto outbound = ollama_codec().encode_request(request, {});
  ASSERT_TRUE(outbound);
  EXPECT_NE(outbound->body.find(R"("name":"shell__run","arguments")"), std::string::npos);
  EXPECT_NE(outbound->body.find(R"("tool_name":"shell__run")"), std::string::npos);
  chat::ToolCall back{"c2", {}, "shell__run", "{}"};
  outbound->names.restore(back);
  EXPECT_EQ(back.space, "shell");
  EXPECT_EQ(back.name, "run");
}

}  // namespace
}  // namespace omni::dialect
