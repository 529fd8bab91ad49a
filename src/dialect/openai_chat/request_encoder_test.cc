#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialect/openai_chat/wire.h"
#include "dialect/test_json.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::Dialect;
using chat::Media;
using chat::Message;
using chat::Part;
using chat::Reasoning;
using chat::Request;
using chat::Role;
using chat::Text;
using chat::Tool;
using chat::ToolCall;
using chat::ToolResult;

Part part(auto body) {
  Part part;
  part.body = std::move(body);
  return part;
}
Part text(std::string_view said) { return part(Text{std::string(said)}); }
Part call(std::string_view id, std::string_view name, std::string_view input = "{}") {
  ToolCall call;
  call.id = id;
  call.name = name;
  call.input = input;
  return part(std::move(call));
}
Part result(std::string_view id, std::vector<Part> content) {
  ToolResult result;
  result.call_id = id;
  result.content = std::move(content);
  return part(std::move(result));
}
Part media(Media::Kind kind, Media::Form form, std::string_view payload, std::string_view mime) {
  Media media;
  media.kind = kind;
  media.form = form;
  media.payload = payload;
  media.mime_type = mime;
  return part(std::move(media));
}
json::Raw raw(std::string_view json) { return json::Raw::trusted(std::string(json)); }

Message message(Role role, std::vector<Part> parts) {
  Message message;
  message.role = role;
  message.parts = std::move(parts);
  return message;
}

Tool tool(Tool::Kind kind, std::string_view name) {
  Tool tool;
  tool.kind = kind;
  tool.name = name;
  return tool;
}

Request request_of(std::vector<Message> messages, Dialect source = Dialect::anthropic) {
  Request request;
  request.source = source;
  request.model = "m";
  request.messages = std::move(messages);
  return request;
}
Request question() { return request_of({message(Role::user, {text("Hi")})}); }

/// The members of the body beside those that every one has, and what was lost.
struct Sent {
  std::string body, losses;
};
Sent send(const Request& request, const EncodeHints& hints = {}) {
  const Result<Outbound> out = encode_request(request, hints);
  EXPECT_TRUE(out);
  if (!out) return {};
  EXPECT_EQ(out->path, "/chat/completions");
  std::string losses;
  for (const Losses::Entry& entry : out->losses.entries()) {
    losses += losses.empty() ? "" : " ";
    losses += entry.row->name;
    if (!entry.detail.empty()) losses += "(" + entry.detail + ")";
  }
  return {out->body, losses};
}

std::string member_of(std::string_view body, std::string_view name) {
  json::Reader reader;
  const json::Value member = reader.read(body).find(name);
  return member ? canonical(member) : "";
}

void expect_messages(const Sent& sent, std::string_view messages) {
  EXPECT_EQ(member_of(sent.body, "messages"), canonical(messages));
}

/// What a question with this change says there.
template <class Change>
std::string asked(std::string_view name, const Change& change, const EncodeHints& hints = {}) {
  Request request = question();
  change(request);
  return member_of(send(request, hints).body, name);
}

TEST(OpenAiChatAbroad, a_plain_question_is_plain) {
  const Sent sent = send(question());
  EXPECT_EQ(
      canonical(sent.body),
      canonical(R"({"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":false})"));
  EXPECT_EQ(sent.losses, "");
}

TEST(OpenAiChatAbroad, the_hints_say_model_stream_and_usage) {
  const Sent sent = send(question(), {.model = "other", .stream = true, .want_usage = true});
  EXPECT_EQ(canonical(sent.body),
            canonical(R"({"model":"other","messages":[{"role":"user","content":"Hi"}],"stream":true,
                          "stream_options":{"include_usage":true}})"));
  EXPECT_EQ(member_of(send(question(), {.want_usage = true}).body, "stream_options"), "");
}

TEST(OpenAiChatAbroad, system_and_developer_texts_are_system_where_they_stand) {
  expect_messages(
      send(request_of({message(Role::system, {text("a"), text("b")}),
                       message(Role::user, {text("c")}), message(Role::developer, {text("d")})})),
      R"([{"role":"system","content":[{"type":"text","text":"a"},
                       {"type":"text","text":"b"}]},{"role":"user","content":"c"},
                      {"role":"system","content":"d"}])");
}

TEST(OpenAiChatAbroad, an_assistant_that_only_calls_has_null_content) {
  const Sent sent = send(request_of({message(Role::user, {text("Hi")}),
                                     message(Role::assistant, {call("c1", "get", R"({"a":1})")}),
                                     message(Role::tool, {result("c1", {text("x"), text("y")})})}));
  expect_messages(sent, R"([{"role":"user","content":"Hi"},
      {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",
        "function":{"name":"get","arguments":"{\"a\":1}"}}]},
      {"role":"tool","tool_call_id":"c1","content":"x\ny"}])");
  EXPECT_EQ(sent.losses, "");
}

TEST(OpenAiChatAbroad, arguments_are_a_string_whatever_they_are) {
  Part broken = call("b", "f", "{oops");
  std::get<ToolCall>(broken.body).form = ToolCall::Form::broken;
  Part freeform = call("c", "f", "say \"hi\"");
  std::get<ToolCall>(freeform.body).form = ToolCall::Form::freeform;
  const std::string body = send(request_of({message(Role::user, {text("Hi")}),
                                            message(Role::assistant, {broken, freeform})}))
                               .body;
  EXPECT_NE(body.find(R"("arguments":"{oops")"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("arguments":"{\"input\":\"say \\\"hi\\\"\"}")"), std::string::npos)
      << body;
}

TEST(OpenAiChatAbroad, ids_of_calls_fit_in_call_and_result_alike) {
  const std::string id = "call with blanks, and longer than forty characters";
  const Sent sent =
      send(request_of({message(Role::user, {text("Hi")}), message(Role::assistant, {call(id, "f")}),
                       message(Role::tool, {result(id, {text("ok")})})}));
  json::Reader reader;
  std::string called;
  std::string answered;
  for (const json::Value each : reader.read(sent.body).find("messages").items()) {
    if (const json::Value calls = each.find("tool_calls")) {
      called = (*calls.items().begin()).find("id").text();
    }
    if (const json::Value of = each.find("tool_call_id")) answered = of.text();
  }
  EXPECT_EQ(called, answered);
  EXPECT_LE(called.size(), 40U);
  EXPECT_EQ(called.find(' '), std::string::npos);
  EXPECT_EQ(sent.losses, "call_id");
}

TEST(OpenAiChatAbroad, results_say_errors_in_words_and_send_media_after_them) {
  Part failed = result("a", {text("no such file")});
  std::get<ToolResult>(failed.body).is_error = true;
  const Sent sent = send(
      request_of({message(Role::user, {text("Hi")}),
                  message(Role::assistant, {call("a", "f"), call("b", "g")}),
                  message(Role::user,
                          {failed,
                           result("b", {text("See:"), media(Media::Kind::image, Media::Form::base64,
                                                            "aGk=", "image/png")}),
                           text("And?")})}));
  expect_messages(sent, R"([{"role":"user","content":"Hi"},{"role":"assistant","content":null,
      "tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},
                    {"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},
      {"role":"tool","tool_call_id":"a","content":"Error: no such file"},
      {"role":"tool","tool_call_id":"b","content":"See:"},
      {"role":"user","content":[{"type":"image_url","image_url":
          {"url":"data:image/png;base64,aGk="}}]},
      {"role":"user","content":"And?"}])");
  EXPECT_EQ(sent.losses, "result_error result_media");
}

TEST(OpenAiChatAbroad, media_go_where_there_is_a_place_and_are_declared_elsewhere) {
  using enum Media::Kind;
  using Form = Media::Form;
  Part named = media(document, Form::base64, "aGk=", "application/pdf");
  std::get<Media>(named.body).name = "a.pdf";
  Part closely = media(image, Form::url, "https://e.com/a.png", "");
  std::get<Media>(closely.body).detail = "high";
  const Sent sent = send(request_of({message(
      Role::user,
      {named, closely, media(document, Form::base64, "aGk=", "application/pdf"),
       media(document, Form::text, "plain", "text/plain"),
       media(audio, Form::base64, "aGk=", "audio/mpeg"),
       media(audio, Form::base64, "aGk=", "audio/wav"),
       media(audio, Form::base64, "aGk=", "audio/flac"), media(video, Form::url, "u", "video/mp4"),
       media(image, Form::file_id, "f", ""), media(document, Form::url, "u", "")})}));
  expect_messages(sent, R"([{"role":"user","content":[
      {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,aGk="}},
      {"type":"image_url","image_url":{"url":"https://e.com/a.png","detail":"high"}},
      {"type":"file","file":{"filename":"document.pdf",
          "file_data":"data:application/pdf;base64,aGk="}},
      {"type":"text","text":"plain"},
      {"type":"input_audio","input_audio":{"data":"aGk=","format":"mp3"}},
      {"type":"input_audio","input_audio":{"data":"aGk=","format":"wav"}}]}])");
  EXPECT_EQ(sent.losses, "audio video file_id media_url document_as_text");
}

TEST(OpenAiChatAbroad, only_the_user_shows_media) {
  const Sent sent = send(
      request_of({message(Role::user, {text("Draw.")}),
                  message(Role::assistant,
                          {media(Media::Kind::image, Media::Form::base64, "aGk=", "image/png")}),
                  message(Role::user, {text("Again.")})}));
  expect_messages(sent,
                  R"([{"role":"user","content":"Draw."},{"role":"user","content":"Again."}])");
  EXPECT_EQ(sent.losses, "image");
}

TEST(OpenAiChatAbroad, thoughts_go_without_foreign_seals) {
  Part thought = part(Reasoning{.text = "Hm.", .summary = {}, .redacted = false});
  thought.seal = chat::Seal{"anthropic", "sig"};
  Part summary = part(Reasoning{.text = "", .summary = {"A", "B"}, .redacted = false});
  Part hidden = part(Reasoning{.text = "", .summary = {}, .redacted = true});
  hidden.seal = chat::Seal{"anthropic", "enc"};
  const Request request =
      request_of({message(Role::user, {text("Hi")}),
                  message(Role::assistant, {thought, summary, hidden, text("x")})});
  const Sent foreign = send(request, {.seal_issuer = "deepseek"});
  expect_messages(foreign, R"([{"role":"user","content":"Hi"},
      {"role":"assistant","reasoning_content":"Hm.\n\nA\n\nB","content":"x"}])");
  EXPECT_EQ(foreign.losses, "seal reasoning");
  const Sent own_seals = send(request, {.seal_issuer = "anthropic"});
  expect_messages(own_seals, R"([{"role":"user","content":"Hi"},
      {"role":"assistant","reasoning_content":"Hm.\n\nA\n\nB","reasoning_details":[
        {"type":"reasoning.text","text":"Hm.","signature":"sig"},
        {"type":"reasoning.encrypted","data":"enc"}],"content":"x"}])");
  EXPECT_EQ(own_seals.losses, "");
}

TEST(OpenAiChatAbroad, sealed_calls_keep_the_seal_of_their_issuer_only) {
  Part sealed = call("c", "f");
  sealed.seal = chat::Seal{"google", "sig"};
  const Request request = request_of(
      {message(Role::user, {text("Hi")}), message(Role::assistant, {sealed})}, Dialect::gemini);
  EXPECT_NE(send(request, {.seal_issuer = "google"})
                .body.find(R"("extra_content":{"google":{"thought_signature":"sig"}})"),
            std::string::npos);
  EXPECT_EQ(send(request, {.seal_issuer = "other"}).losses, "result_missing seal");
}

TEST(OpenAiChatAbroad, a_refusal_has_a_member_of_its_own) {
  expect_messages(
      send(request_of({message(Role::user, {text("Hi")}),
                       message(Role::assistant, {part(chat::Refusal{"No."})})})),
      R"([{"role":"user","content":"Hi"},{"role":"assistant","content":null,"refusal":"No."}])");
}

TEST(OpenAiChatAbroad, marks_for_the_cache_go_only_where_they_are_taken) {
  Part marked = text("b");
  marked.cache_control = raw(R"({"type":"ephemeral"})");
  Part marked_result = result("c", {text("ok")});
  marked_result.cache_control = marked.cache_control;
  Request request =
      request_of({message(Role::user, {marked}), message(Role::assistant, {call("c", "f")}),
                  message(Role::user, {marked_result})});
  request.tools.push_back(tool(Tool::Kind::function, "f"));
  request.tools[0].cache_control = marked.cache_control;
  const Sent without = send(request);
  EXPECT_EQ(without.body.find("cache_control"), std::string::npos);
  EXPECT_EQ(without.losses, "cache_control");
  const Sent with = send(request, {.cache_marks = true});
  expect_messages(with, R"([{"role":"user","content":[{"type":"text","text":"b",
      "cache_control":{"type":"ephemeral"}}]},{"role":"assistant","content":null,"tool_calls":[
      {"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
      {"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"ok",
      "cache_control":{"type":"ephemeral"}}]}])");
  EXPECT_EQ(with.losses, "");
  EXPECT_NE(member_of(with.body, "tools").find("cache_control"), std::string::npos);
}

TEST(OpenAiChatAbroad, what_only_another_dialect_has_is_declared) {
  Request request = question();
  request.extras.dialect = Dialect::anthropic;
  request.extras.members.emplace_back("context_management", raw("[1]"));
  request.extras.members.emplace_back("container", raw("null"));
  request.messages[0].parts.push_back(
      part(chat::Opaque{Dialect::anthropic, raw(R"({"type":"search_result"})")}));
  request.messages[0].parts[0].extras = {
      .dialect = Dialect::anthropic, .spelling = 7, .members = {{"citations", raw("[1]")}}};
  const Sent sent = send(request);
  expect_messages(sent, R"([{"role":"user","content":"Hi"}])");
  EXPECT_EQ(sent.losses,
            "foreign_item(search_result) foreign_member(citations) "
            "foreign_member(context_management)");
}

TEST(OpenAiChatAbroad, kin_members_of_responses_are_written) {
  Request request = question();
  request.source = Dialect::openai_responses;
  request.extras.dialect = Dialect::openai_responses;
  request.extras.members = {{"metadata", raw(R"({"a":"b"})")},
                            {"service_tier", raw(R"("flex")")},
                            {"prompt_cache_key", raw(R"("k")")},
                            {"top_logprobs", raw("2")},
                            {"text", raw(R"({"verbosity":"low","x":1})")},
                            {"store", raw("false")},
                            {"include", raw("[1]")}};
  const Sent sent = send(request);
  EXPECT_EQ(canonical(sent.body),
            canonical(R"({"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":false,
                "metadata":{"a":"b"},"service_tier":"flex","prompt_cache_key":"k","top_logprobs":2,
                "logprobs":true,"verbosity":"low"})"));
  EXPECT_EQ(sent.losses, "foreign_member(x) foreign_member(include)");
}

TEST(OpenAiChatAbroad, what_is_so_anyway_is_not_said) {
  Request request = question();
  request.source = Dialect::openai_responses;
  request.extras.dialect = Dialect::openai_responses;
  request.extras.members = {{"store", raw("false")}, {"text", raw(R"({"verbosity":"medium"})")}};
  EXPECT_EQ(send(request).body, send(question()).body);
  request.extras.members[0].second = raw("true");
  EXPECT_EQ(member_of(send(request).body, "store"), "true");
}

TEST(OpenAiChatAbroad, functions_always_have_parameters_with_properties) {
  Request request = question();
  request.tools = {tool(Tool::Kind::function, "a"), tool(Tool::Kind::function, "b"),
                   tool(Tool::Kind::function, "c"), tool(Tool::Kind::function, "")};
  request.tools[1].schema = raw(R"({"type":"object","title":"T"})");
  request.tools[2].schema = raw(R"({"type":"object","properties":{"x":{"type":"string"}}})");
  request.tools[2].description = "C";
  request.tools[2].strict = true;
  const Sent sent = send(request);
  EXPECT_EQ(member_of(sent.body, "tools"), canonical(R"([
      {"type":"function","function":{"name":"a","parameters":{"type":"object","properties":{}}}},
      {"type":"function","function":{"name":"b","parameters":{"type":"object","properties":{},
          "title":"T"}}},
      {"type":"function","function":{"name":"c","description":"C","strict":true,
        "parameters":{"type":"object","properties":{"x":{"type":"string"}}}}}])"));
  EXPECT_EQ(sent.losses, "tool_unnamed");
}

TEST(OpenAiChatAbroad, a_freeform_tool_goes_as_a_function_that_is_told_its_grammar) {
  Request request = question();
  request.tools = {tool(Tool::Kind::freeform, "patch"), tool(Tool::Kind::freeform, "sh")};
  request.tools[0].description = "Edits.";
  request.tools[0].schema = raw(R"({"type":"grammar","syntax":"lark","definition":"start: x"})");
  const Sent sent = send(request);
  EXPECT_EQ(member_of(sent.body, "tools"), canonical(R"([
      {"type":"function","function":{"name":"patch",
        "description":"Edits.\n\n`input` must obey this grammar:\nstart: x",
        "parameters":{"type":"object","properties":{"input":{"type":"string"}},
            "required":["input"]}}},
      {"type":"function","function":{"name":"sh",
        "parameters":{"type":"object","properties":{"input":{"type":"string"}},
            "required":["input"]}}}])"));
  EXPECT_EQ(sent.losses, "freeform_tool(patch) freeform_tool(sh)");
}

TEST(OpenAiChatAbroad, names_are_those_of_tool_names_everywhere) {
  Request request = request_of(
      {message(Role::user, {text("Hi")}), message(Role::assistant, {call("c", "get me")})});
  request.tools = {tool(Tool::Kind::function, "get me")};
  request.tool_choice.mode = chat::ToolChoice::Mode::required;
  request.tool_choice.allowed = {"get me"};
  const Result<Outbound> sent = encode_request(request, {});
  EXPECT_EQ(member_of(sent->body, "tool_choice"),
            canonical(R"({"type":"function","function":{"name":"get_me"}})"));
  EXPECT_NE(member_of(sent->body, "tools").find("get_me"), std::string::npos);
  EXPECT_NE(member_of(sent->body, "messages").find("get_me"), std::string::npos);
  ToolCall answered;
  answered.name = "get_me";
  sent->names.restore(answered);
  EXPECT_EQ(answered.name, "get me");
}

TEST(OpenAiChatAbroad, a_web_search_goes_where_there_is_one_and_other_hosted_tools_nowhere) {
  Request request = question();
  request.tools = {tool(Tool::Kind::builtin, "web_search"), tool(Tool::Kind::builtin, "computer")};
  request.tool_choice.mode = chat::ToolChoice::Mode::automatic;
  const Sent with = send(request, {.web_search = true});
  EXPECT_EQ(member_of(with.body, "web_search_options"), "{}");
  EXPECT_EQ(with.losses, "hosted_tool(computer)");
  const Sent without = send(request);
  EXPECT_EQ(canonical(without.body), canonical(send(question()).body));
  EXPECT_EQ(without.losses, "hosted_tool(web_search) hosted_tool(computer)");
  request.tools.pop_back();
  request.tools[0].extras = {chat::Dialect::gemini, 0, {{"x", json::Raw::trusted("3")}}};
  EXPECT_EQ(send(request, {.web_search = true}).losses, "foreign_member(x)");
}

TEST(OpenAiChatAbroad, a_choice_among_several_tools_offers_no_others) {
  Request request = question();
  for (const std::string_view name : {"a", "b", "c"}) {
    request.tools.push_back(tool(Tool::Kind::function, name));
  }
  request.tool_choice = {
      .mode = chat::ToolChoice::Mode::required, .allowed = {"a", "c"}, .parallel = false};
  const Sent sent = send(request);
  EXPECT_EQ(member_of(sent.body, "tool_choice"), R"("required")");
  EXPECT_EQ(member_of(sent.body, "parallel_tool_calls"), "false");
  const std::string tools = member_of(sent.body, "tools");
  EXPECT_NE(tools.find(R"("name":"a")"), std::string::npos);
  EXPECT_EQ(tools.find(R"("name":"b")"), std::string::npos);
  EXPECT_NE(tools.find(R"("name":"c")"), std::string::npos);
}

TEST(OpenAiChatAbroad, settings_beyond_the_dialect_are_fitted) {
  Request request = question();
  request.sampling.top_k = 40;
  request.sampling.temperature = 3;
  request.sampling.seed = 7;
  request.sampling.stop = {"a", "b", "c", "d", "e"};
  request.max_output_tokens = 5000;
  request.end_user = "ana";
  const Sent sent = send(request, {.output_tokens_max = 4096});
  EXPECT_EQ(canonical(sent.body),
            canonical(R"({"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":false,
                "max_tokens":4096,"temperature":2,"seed":7,"stop":["a","b","c","d"],
                    "user":"ana"})"));
  EXPECT_EQ(sent.losses, "output_limit top_k temperature stop");
  EXPECT_EQ(asked("max_completion_tokens", [](Request& r) { r.max_output_tokens = 50; },
                  {.completion_token_limit = true, .output_tokens_max = 4096}),
            "50");
}

TEST(OpenAiChatAbroad, thinking_is_asked_for_by_effort) {
  using Mode = chat::Thinking::Mode;
  const auto effort = [](Mode mode, std::string_view word, std::optional<std::int64_t> budget) {
    Request request = question();
    request.thinking.mode = mode;
    request.thinking.effort = word;
    request.thinking.budget_tokens = budget;
    const Sent sent = send(request);
    return member_of(sent.body, "reasoning_effort") + " " + sent.losses;
  };
  EXPECT_EQ(effort(Mode::unset, "", {}), " ");
  EXPECT_EQ(effort(Mode::on, "high", {}), R"("high" )");
  EXPECT_EQ(effort(Mode::adaptive, "max", {}), R"("max" )");
  EXPECT_EQ(effort(Mode::on, "", 1024), R"("low" thinking)");
  EXPECT_EQ(effort(Mode::on, "", 10240), R"("medium" thinking)");
  EXPECT_EQ(effort(Mode::on, "", {}), R"("medium" thinking)");
  EXPECT_EQ(effort(Mode::adaptive, "", -1), " thinking");
  EXPECT_EQ(effort(Mode::on, "", 100000), R"("high" thinking)");
  EXPECT_EQ(effort(Mode::on, "", 131072), R"("xhigh" thinking)");
  EXPECT_EQ(effort(Mode::adaptive, "", {}), " ");
  EXPECT_EQ(effort(Mode::off, "", {}), " thinking");
  EXPECT_EQ(effort(Mode::off, "high", {}), " thinking");
  EXPECT_EQ(effort(Mode::off, "none", {}), R"("none" )");
}

TEST(OpenAiChatAbroad, a_wanted_form_of_the_answer_has_a_name) {
  const auto set = [](chat::OutputFormat::Kind kind) {
    return [kind](Request& request) {
      request.format.kind = kind;
      request.format.schema = raw(R"({"type":"object"})");
    };
  };
  using enum chat::OutputFormat::Kind;
  EXPECT_EQ(asked("response_format", set(schema)),
            canonical(R"({"type":"json_schema","json_schema":{"name":"response",
                          "schema":{"type":"object"}}})"));
  EXPECT_EQ(asked("response_format", set(json)), R"({"type":"json_object"})");
  EXPECT_EQ(asked("response_format", set(chat::OutputFormat::Kind::text)), "");
}

}  // namespace
}  // namespace omni::dialect::openai_chat
