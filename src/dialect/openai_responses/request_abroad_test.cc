#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "chat/test_chat.h"
#include "dialect/openai_responses/codec.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

using chat::Message;
using chat::Part;
using chat::Request;
using chat::Role;

Outbound encode(const Request& request, const EncodeHints& hints = {}) {
  Result<Outbound> outbound = openai_responses_codec().encode_request(request, hints);
  EXPECT_TRUE(outbound);
  return outbound ? *std::move(outbound) : Outbound{};
}

std::string losses(const Outbound& outbound) {
  std::string out;
  for (const Losses::Entry& entry : outbound.losses.entries()) {
    out += out.empty() ? "" : " ";
    out += entry.row->name;
    if (!entry.detail.empty()) out += ":" + entry.detail;
  }
  return out;
}

Part part(decltype(Part::body) body) {
  return {.body = std::move(body), .seal = {}, .cache_control = {}, .extras = {}};
}

Message message(Role role, std::vector<Part> parts) {
  return {.role = role, .parts = std::move(parts), .name = {}, .extras = {}};
}

Part call(std::string id, std::string name, std::string input = "{}") {
  chat::ToolCall call;
  call.id = std::move(id);
  call.name = std::move(name);
  call.input = std::move(input);
  return part(call);
}

Part result(std::string id, std::vector<Part> content) {
  chat::ToolResult result;
  result.call_id = std::move(id);
  result.content = std::move(content);
  return part(result);
}

Request foreign(std::vector<Message> messages, chat::Dialect source = chat::Dialect::anthropic) {
  Request request;
  request.source = source;
  request.model = "m";
  request.messages = std::move(messages);
  return request;
}

Request asking() { return foreign({message(Role::user, {part(chat::Text{"Hi"})})}); }

/// The members besides those that all requests of strangers have.
std::string body_of(const Request& request, const EncodeHints& hints = {}) {
  std::string body = canonical(encode(request, hints).body);
  for (const std::string_view usual :
       {R"("model":"m",)", R"("store":false,)", R"("stream":false)"}) {
    const std::size_t at = body.find(usual);
    EXPECT_NE(at, std::string::npos) << usual << body;
    if (at != std::string::npos) body.erase(at, usual.size());
  }
  if (body.ends_with(",}")) body.erase(body.size() - 2, 1);
  return body;
}

/// The items of "input".
std::string input_of(std::vector<Message> messages) {
  const std::string body = body_of(foreign(std::move(messages)));
  constexpr std::string_view head = R"({"input":)";
  EXPECT_TRUE(body.starts_with(head)) << body;
  return body.substr(head.size(), body.size() - head.size() - 1);
}

TEST(ResponsesRequestAbroad, TheFirstWordsOfTheSystemAreInstructionsAndLaterOnesADevelopers) {
  const Request request = foreign({message(Role::system, {part(chat::Text{"a"})}),
                                   message(Role::developer, {part(chat::Text{"b"})}),
                                   message(Role::user, {part(chat::Text{"c"})}),
                                   message(Role::system, {part(chat::Text{"d"})})});
  EXPECT_EQ(body_of(request), canonical(R"({"instructions":"a\n\nb","input":[
      {"type":"message","role":"user","content":[{"type":"input_text","text":"c"}]},
      {"type":"message","role":"developer","content":[{"type":"input_text","text":"d"}]}]})"));
}

TEST(ResponsesRequestAbroad, WordsOfTheSystemAloneAreTheInput) {
  EXPECT_EQ(input_of({message(Role::system, {part(chat::Text{"a"})})}),
            canonical(R"([{"type":"message","role":"developer",
                           "content":[{"type":"input_text","text":"a"}]}])"));
}

TEST(ResponsesRequestAbroad, TextsOfTheAssistantNeedNeitherIdNorStatus) {
  EXPECT_EQ(
      input_of({message(Role::user, {part(chat::Text{"a"})}),
                message(Role::assistant, {part(chat::Text{"b"}), part(chat::Refusal{"c"})})}),
      canonical(R"([{"type":"message","role":"user","content":[{"type":"input_text","text":"a"}]},
                          {"type":"message","role":"assistant","content":"b"},
                          {"type":"message","role":"assistant","content":"c"}])"));
}

TEST(ResponsesRequestAbroad, CallsAndResultsAreItemsInOrder) {
  std::vector<Message> messages{
      message(Role::user, {part(chat::Text{"a"})}),
      message(Role::assistant,
              {part(chat::Text{"b"}), call("1", "f", R"({"x":1})"), call("2", "g")}),
      message(Role::user,
              {result("2", {part(chat::Text{"r2"})}), result("1", {}), part(chat::Text{"c"})})};
  EXPECT_EQ(
      input_of(std::move(messages)),
      canonical(R"([{"type":"message","role":"user","content":[{"type":"input_text","text":"a"}]},
                {"type":"message","role":"assistant","content":"b"},
                {"type":"function_call","call_id":"1","name":"f","arguments":"{\"x\":1}"},
                {"type":"function_call","call_id":"2","name":"g","arguments":"{}"},
                {"type":"function_call_output","call_id":"1","output":""},
                {"type":"function_call_output","call_id":"2","output":"r2"},
                {"type":"message","role":"user","content":[{"type":"input_text","text":"c"}]}])"));
}

TEST(ResponsesRequestAbroad, AFailedToolSaysSoAndImagesStayInTheResult) {
  Part failed = result("1", {part(chat::Text{"no such file"})});
  std::get<chat::ToolResult>(failed.body).is_error = true;
  chat::Media image;
  image.kind = chat::Media::Kind::image;
  image.form = chat::Media::Form::base64;
  image.payload = "AAAA";
  image.mime_type = "image/png";
  const Outbound outbound = encode(
      foreign({message(Role::user, {part(chat::Text{"a"})}),
               message(Role::assistant, {call("1", "f"), call("2", "g")}),
               message(Role::user, {failed, result("2", {part(chat::Text{"b"}), part(image)})})}));
  EXPECT_NE(outbound.body.find(R"("output":"Error: no such file")"), std::string::npos);
  EXPECT_NE(
      outbound.body.find(R"("output":[{"type":"input_text","text":"b"},{"type":"input_image",)"
                         R"("image_url":"data:image/png;base64,AAAA","detail":"auto"}])"),
      std::string::npos)
      << outbound.body;
  EXPECT_EQ(losses(outbound), "result_error");
}

TEST(ResponsesRequestAbroad, FreeformCallsGetFreeformResults) {
  Part patch = call("1", "apply_patch", "*** Begin");
  std::get<chat::ToolCall>(patch.body).form = chat::ToolCall::Form::freeform;
  const Outbound outbound = encode(
      foreign({message(Role::user, {part(chat::Text{"a"})}), message(Role::assistant, {patch}),
               message(Role::tool, {result("1", {part(chat::Text{"ok"})})})},
              chat::Dialect::openai_chat));
  EXPECT_NE(outbound.body.find(R"({"type":"custom_tool_call","call_id":"1","name":"apply_patch",)"
                               R"("input":"*** Begin"},{"type":"custom_tool_call_output",)"
                               R"("call_id":"1","output":"ok"})"),
            std::string::npos)
      << outbound.body;
}

TEST(ResponsesRequestAbroad, IdsThatDoNotFitAreReplacedInCallAndResultAlike) {
  const std::string odd(80, 'x');
  const Outbound outbound = encode(foreign(
      {message(Role::user, {part(chat::Text{"a"})}), message(Role::assistant, {call(odd, "f")}),
       message(Role::tool, {result(odd, {part(chat::Text{"ok"})})})}));
  EXPECT_EQ(outbound.body.find(odd), std::string::npos);
  EXPECT_EQ(losses(outbound), "call_id");
  const std::string head = R"("call_id":")" + std::string(55, 'x') + "_";
  const std::size_t first = outbound.body.find(head);
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(outbound.body.find(outbound.body.substr(first, head.size() + 8), first + 1),
            std::string::npos);
}

TEST(ResponsesRequestAbroad, BrokenArgumentsGoAsTheyAre) {
  Part broken = call("1", "f", "oops");
  std::get<chat::ToolCall>(broken.body).form = chat::ToolCall::Form::broken;
  EXPECT_NE(encode(foreign({message(Role::user, {part(chat::Text{"a"})}),
                            message(Role::assistant, {broken})}))
                .body.find(R"("arguments":"oops")"),
            std::string::npos);
}

TEST(ResponsesRequestAbroad, ThoughtsGoOnlyToWhomHasSealedThemAndWithoutAnIdOfOurs) {
  Part thoughts = part(chat::Reasoning{"t", {}, false});
  const auto sent = [&] {
    return encode(foreign({message(Role::user, {part(chat::Text{"a"})}),
                           message(Role::assistant, {thoughts, part(chat::Text{"b"})})}),
                  {.seal_issuer = "p"});
  };
  EXPECT_EQ(losses(sent()), "reasoning");
  thoughts.seal = chat::Seal{"", "e"};
  EXPECT_EQ(losses(sent()), "reasoning");
  thoughts.seal = chat::Seal{"other", "e"};
  EXPECT_EQ(losses(sent()), "reasoning");
  thoughts.seal = chat::Seal{"p", "e"};
  EXPECT_EQ(losses(sent()), "");
  EXPECT_NE(
      sent().body.find(R"({"type":"reasoning","summary":[{"type":"summary_text","text":"t"}],)"
                       R"("encrypted_content":"e"})"),
      std::string::npos);
}

chat::Media media(chat::Media::Kind kind, chat::Media::Form form, std::string payload,
                  std::string mime_type = {}) {
  chat::Media media;
  media.kind = kind;
  media.form = form;
  media.payload = std::move(payload);
  media.mime_type = std::move(mime_type);
  return media;
}

TEST(ResponsesRequestAbroad, MediaOfTheUserHaveTheirPlacesOrAreDeclared) {
  using Kind = chat::Media::Kind;
  using Form = chat::Media::Form;
  const auto piece = [](const chat::Media& sent, std::string_view lost) {
    const Outbound outbound =
        encode(foreign({message(Role::user, {part(chat::Text{"a"}), part(sent)})}));
    EXPECT_EQ(losses(outbound), lost);
    constexpr std::string_view head = R"({"type":"input_text","text":"a"})";
    const std::size_t from = outbound.body.find(head) + head.size();
    return outbound.body.substr(from, outbound.body.find("]", from) - from);
  };
  EXPECT_EQ(piece(media(Kind::image, Form::url, "u"), ""),
            R"(,{"type":"input_image","image_url":"u","detail":"auto"})");
  EXPECT_EQ(piece(media(Kind::document, Form::base64, "JVBE", "application/pdf"), ""),
            R"(,{"type":"input_file","file_data":"data:application/pdf;base64,JVBE",)"
            R"("filename":"file.pdf"})");
  EXPECT_EQ(piece(media(Kind::document, Form::url, "u"), ""),
            R"(,{"type":"input_file","file_url":"u"})");
  EXPECT_EQ(piece(media(Kind::document, Form::text, "t"), "document_as_text"),
            R"(,{"type":"input_text","text":"t"})");
  EXPECT_EQ(piece(media(Kind::document, Form::file_id, "f"), "file_id"), "");
  EXPECT_EQ(piece(media(Kind::audio, Form::base64, "AA==", "audio/wav"), "audio"), "");
  EXPECT_EQ(piece(media(Kind::video, Form::url, "u"), "video"), "");
}

TEST(ResponsesRequestAbroad, FilesOfOpenAiChatAreFilesHereToo) {
  Request request = asking();
  request.source = chat::Dialect::openai_chat;
  request.messages[0].parts.push_back(
      part(media(chat::Media::Kind::document, chat::Media::Form::file_id, "file-1")));
  const Outbound outbound = encode(request);
  EXPECT_EQ(losses(outbound), "");
  EXPECT_NE(outbound.body.find(R"({"type":"input_file","file_id":"file-1"})"), std::string::npos);
}

TEST(ResponsesRequestAbroad, FunctionsAreFlatAndNotStrictUnlessTheClientSaysSo) {
  Request request = asking();
  request.tools.resize(5);
  request.tools[0].name = "f";
  request.tools[0].schema = json::Raw::trusted(R"({"type":"object"})");
  request.tools[0].description = "d";
  request.tools[1].name = "g";
  request.tools[1].strict = true;
  request.tools[3].name = "web_search";
  request.tools[3].kind = chat::Tool::Kind::builtin;
  request.tools[4].name = "code_execution";
  request.tools[4].kind = chat::Tool::Kind::builtin;
  request.tool_choice.mode = chat::ToolChoice::Mode::required;
  request.tool_choice.allowed = {"f"};
  request.tool_choice.parallel = false;
  const Outbound outbound = encode(request, {.web_search = true});
  const std::string body = canonical(outbound.body);
  EXPECT_NE(body.find(canonical(R"([
      {"type":"function","name":"f","description":"d",
         "parameters":{"type":"object","properties":{}},"strict":false},
      {"type":"function","name":"g","parameters":{"type":"object","properties":{}},"strict":true},
      {"type":"web_search"}])")),
            std::string::npos)
      << body;
  EXPECT_NE(body.find(R"("tool_choice":{"name":"f","type":"function"})"), std::string::npos);
  EXPECT_NE(body.find(R"("parallel_tool_calls":false)"), std::string::npos);
  EXPECT_EQ(losses(outbound), "tool_unnamed hosted_tool:code_execution");
}

TEST(ResponsesRequestAbroad, WithoutToolsThereIsNoChoice) {
  Request request = asking();
  request.tools.resize(1);
  request.tools[0].kind = chat::Tool::Kind::builtin;
  request.tools[0].name = "web_search";
  request.tool_choice.mode = chat::ToolChoice::Mode::automatic;
  request.tool_choice.parallel = true;
  const Outbound outbound = encode(request);
  EXPECT_EQ(outbound.body.find("tool"), std::string::npos) << outbound.body;
  EXPECT_EQ(losses(outbound), "hosted_tool:web_search");
}

TEST(ResponsesRequestAbroad, ChoicesAmongSeveralToolsAreTold) {
  Request request = asking();
  request.tools.resize(2);
  request.tools[0].name = "f";
  request.tools[1].name = "g";
  request.tools[1].kind = chat::Tool::Kind::freeform;
  request.tool_choice.mode = chat::ToolChoice::Mode::automatic;
  request.tool_choice.allowed = {"f", "g"};
  EXPECT_NE(canonical(encode(request).body)
                .find(canonical(R"({"type":"allowed_tools","mode":"auto","tools":[
                    {"type":"function","name":"f"},{"type":"custom","name":"g"}]})")),
            std::string::npos);
}

TEST(ResponsesRequestAbroad, ThinkingIsAskedForWithItsSealsAndShownIfWanted) {
  Request request = asking();
  request.thinking.mode = chat::Thinking::Mode::on;
  request.thinking.budget_tokens = 1000;
  request.thinking.show_text = true;
  const Outbound outbound = encode(request);
  const std::string body = canonical(outbound.body);
  EXPECT_NE(body.find(R"("reasoning":{"effort":"low","summary":"auto"})"), std::string::npos);
  EXPECT_NE(body.find(R"("include":["reasoning.encrypted_content"])"), std::string::npos);
  EXPECT_EQ(losses(outbound), "thinking");

  request.thinking = {};
  request.thinking.effort = "none";
  request.thinking.mode = chat::Thinking::Mode::off;
  const std::string off = encode(request).body;
  EXPECT_EQ(off.find("include"), std::string::npos);
  EXPECT_NE(off.find(R"("reasoning":{"effort":"none"})"), std::string::npos);
}

TEST(ResponsesRequestAbroad, ThinkingThatIsOffIsSaidByNothing) {
  Request request = asking();
  request.thinking.mode = chat::Thinking::Mode::off;
  const Outbound outbound = encode(request);
  EXPECT_EQ(outbound.body.find("reasoning"), std::string::npos) << outbound.body;
  EXPECT_EQ(losses(outbound), "thinking");
}

TEST(ResponsesRequestAbroad, TheFormOfTheAnswerHasItsPlace) {
  Request request = asking();
  request.format.kind = chat::OutputFormat::Kind::json;
  EXPECT_NE(encode(request).body.find(R"("text":{"format":{"type":"json_object"}})"),
            std::string::npos);
  request.format.kind = chat::OutputFormat::Kind::schema;
  request.format.schema = json::Raw::trusted("{}");
  EXPECT_NE(encode(request).body.find(
                R"("text":{"format":{"type":"json_schema","name":"answer","schema":{}}})"),
            std::string::npos);
}

TEST(ResponsesRequestAbroad, WhatHasNoPlaceIsDeclared) {
  Request request = asking();
  request.sampling = {.temperature = 0.5,
                      .top_p = 0.5,
                      .presence_penalty = 1,
                      .frequency_penalty = {},
                      .top_k = 5,
                      .seed = 1,
                      .choices = 2,
                      .stop = {"x"}};
  request.max_output_tokens = 100;
  request.end_user = "u";
  request.messages[0].name = "bob";
  request.messages[0].parts[0].cache_control = json::Raw::trusted("{}");
  request.extras.dialect = chat::Dialect::anthropic;
  request.extras.members.emplace_back("context_management", json::Raw::trusted(R"({"a":1})"));
  const Outbound outbound = encode(request, {.output_tokens_max = 50});
  EXPECT_EQ(losses(outbound),
            "speaker_name cache_control output_limit penalties top_k seed no_stop choices "
            "foreign_member:context_management");
  EXPECT_NE(
      outbound.body.find(R"("max_output_tokens":50,"temperature":0.5,"top_p":0.5,"user":"u")"),
      std::string::npos)
      << outbound.body;
}

TEST(ResponsesRequestAbroad, ALimitIsNeverSmallerThanTheApiTakes) {
  Request request = asking();
  request.max_output_tokens = 1;
  const Outbound outbound = encode(request, {.output_tokens_max = 50});
  EXPECT_NE(outbound.body.find(R"("max_output_tokens":16)"), std::string::npos) << outbound.body;
  EXPECT_EQ(losses(outbound), "output_limit");
  request.max_output_tokens = 16;
  EXPECT_EQ(losses(encode(request)), "");
}

TEST(ResponsesRequestAbroad, MembersThatOpenAiChatSpellsTheSameGoOver) {
  Request request = asking();
  request.source = request.extras.dialect = chat::Dialect::openai_chat;
  request.extras.members = {{"metadata", json::Raw::trusted(R"({"a":"b"})")},
                            {"store", json::Raw::trusted("true")},
                            {"verbosity", json::Raw::trusted(R"("low")")},
                            {"logit_bias", json::Raw::trusted(R"({"1":2})")}};
  const Outbound outbound = encode(request);
  const std::string body = canonical(outbound.body);
  EXPECT_NE(body.find(R"("metadata":{"a":"b"})"), std::string::npos);
  EXPECT_NE(body.find(R"("store":true)"), std::string::npos);
  EXPECT_NE(body.find(R"("text":{"verbosity":"low"})"), std::string::npos);
  EXPECT_EQ(losses(outbound), "foreign_member:logit_bias");
}

TEST(ResponsesRequestAbroad, EveryLossIsAmongThoseThatMayBe) {
  Request request = asking();
  request.sampling.top_k = 1;
  const Outbound outbound = encode(request);
  const auto rows = openai_responses_codec().request_losses();
  for (const Losses::Entry& entry : outbound.losses.entries()) {
    EXPECT_NE(std::find(rows.begin(), rows.end(), entry.row), rows.end()) << entry.row->name;
  }
}

}  // namespace
}  // namespace omni::dialect
