#include <string>
#include <string_view>
#include <vector>

#include "dialect/anthropic/test_request.h"

namespace omni::dialect::anthropic {
namespace {

std::string messages_of(const Request& request, const EncodeHints& hints = {}) {
  return sent(request, hints).at("messages");
}

TEST(AnthropicAbroad, ASimpleQuestion) {
  Request request = foreign();
  request.messages.insert(request.messages.begin(), chat::Message{});
  request.messages[0].role = Role::system;
  request.messages[0].parts = {text("Be brief."), text("Be kind.")};
  request.stream = true;
  const Sent it = sent(request, {.model = "claude", .stream = true});
  EXPECT_EQ(it.body, canonical(R"({"model":"claude","max_tokens":100,"stream":true,
      "system":[{"type":"text","text":"Be brief."},{"type":"text","text":"Be kind."}],
      "messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]})"));
  EXPECT_EQ(it.losses, "");
  EXPECT_EQ(it.outbound.path, "/messages");
  EXPECT_EQ(it.outbound.headers.at(0), Header("anthropic-version", "2023-06-01"));
}

TEST(AnthropicAbroad, ResultsComeFirstInTheTurnAfterTheirCallsAndTheUsersWordsBehindThem) {
  Request request = foreign();
  say(request, Role::assistant, {thoughts("hm")});
  say(request, Role::assistant, {call("a", "f", R"({"x":1})"), text("I look.")});
  say(request, Role::assistant, {call("b", "g")});
  say(request, Role::tool, {result("b", {text("B")})});
  say(request, Role::tool, {result("a", {text("A1"), text("A2")})});
  say(request, Role::user, {text("and?")});
  say(request, Role::user, {text("now")});
  const Sent it = sent(request);
  EXPECT_EQ(it.at("messages"), canonical(R"([
      {"role":"user","content":[{"type":"text","text":"Hi"}]},
      {"role":"assistant","content":[{"type":"text","text":"I look."},
        {"type":"tool_use","id":"a","name":"f","input":{"x":1}},
        {"type":"tool_use","id":"b","name":"g","input":{}}]},
      {"role":"user","content":[
        {"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"A1"},
            {"type":"text","text":"A2"}]},
        {"type":"tool_result","tool_use_id":"b","content":"B"},
        {"type":"text","text":"and?"},{"type":"text","text":"now"}]}])"));
  EXPECT_EQ(it.losses, "reasoning");
}

TEST(AnthropicAbroad, RolesAlternateAlsoWhereATurnLosesAllItHas) {
  Request request = foreign();
  say(request, Role::assistant, {thoughts("only thoughts")});
  say(request, Role::user, {text("go on")});
  EXPECT_EQ(messages_of(request), canonical(R"([{"role":"user","content":[
      {"type":"text","text":"Hi"},{"type":"text","text":"go on"}]}])"));
}

TEST(AnthropicAbroad, TheUserHasTheFirstWord) {
  Request request = foreign();
  request.messages.clear();
  say(request, Role::user, {media(Media::Kind::audio, Media::Form::base64, "AA", "audio/wav")});
  say(request, Role::assistant, {text("Hello")});
  say(request, Role::user, {text("Hi")});
  const Sent it = sent(request);
  EXPECT_EQ(it.at("messages"), canonical(R"([{"role":"user","content":"Continue."},
      {"role":"assistant","content":[{"type":"text","text":"Hello"}]},
      {"role":"user","content":[{"type":"text","text":"Hi"}]}])"));
  EXPECT_EQ(it.losses, "audio first_turn_added");
}

TEST(AnthropicAbroad, BlankTextsVanishAndABegunAnswerLosesItsTrailingBlanks) {
  Request request = foreign();
  request.messages[0].parts.push_back(text(" \n"));
  say(request, Role::assistant, {text("Once upon \n ")});
  EXPECT_EQ(messages_of(request),
            canonical(R"([{"role":"user","content":[{"type":"text","text":"Hi"}]},
      {"role":"assistant","content":[{"type":"text","text":"Once upon"}]}])"));
  say(request, Role::user, {text("on ")});
  EXPECT_EQ(messages_of(request),
            canonical(R"([{"role":"user","content":[{"type":"text","text":"Hi"}]},
      {"role":"assistant","content":[{"type":"text","text":"Once upon \n "}]},
      {"role":"user","content":[{"type":"text","text":"on "}]}])"));
}

TEST(AnthropicAbroad, AResultMayBeEmptyUnlessItIsAnError) {
  Request request = foreign();
  say(request, Role::assistant, {call("a", "f"), call("b", "f"), call("c", "f")});
  Part failed = result("b", {});
  std::get<chat::ToolResult>(failed.body).is_error = true;
  say(request, Role::tool, {result("a", {text(" ")}), failed});
  const Sent it = sent(request);
  EXPECT_NE(
      it.body.find(R"({"tool_use_id":"a","type":"tool_result"},)"
                   R"({"content":"Error","is_error":true,"tool_use_id":"b","type":"tool_result"},)"
                   R"({"tool_use_id":"c","type":"tool_result"})"),
      std::string::npos)
      << it.body;
  EXPECT_EQ(it.losses, "result_missing");
}

TEST(AnthropicAbroad, AnErrorHasWordsAloneAndItsMediaStandBehindTheResults) {
  Request request = foreign();
  say(request, Role::assistant, {call("a", "f"), call("b", "f")});
  Part failed =
      result("a", {text("no"), media(Media::Kind::image, Media::Form::base64, "AA", "image/jpg")});
  std::get<chat::ToolResult>(failed.body).is_error = true;
  say(request, Role::tool, {failed, result("b", {text("yes")})});
  say(request, Role::user, {text("so")});
  const Sent it = sent(request);
  EXPECT_NE(it.body.find(canonical(R"([
      {"type":"tool_result","tool_use_id":"a","content":"no","is_error":true},
      {"type":"tool_result","tool_use_id":"b","content":"yes"},
      {"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AA"}},
      {"type":"text","text":"so"}])")),
            std::string::npos)
      << it.body;
  EXPECT_EQ(it.losses, "result_media");
}

TEST(AnthropicAbroad, IdsAndNamesAreMadeToFitInCallAndResultAlike) {
  Request request = foreign();
  request.tools = {function("über.suche")};
  say(request, Role::assistant, {call("call:1", "über.suche")});
  say(request, Role::tool, {result("call:1", {text("x")})});
  const Sent it = sent(request);
  json::Reader reader;
  const json::Value root = reader.read(it.outbound.body);
  std::vector<json::Value> turns;
  for (const json::Value turn : root.at("messages").items()) turns.push_back(turn);
  ASSERT_EQ(turns.size(), 3U);
  const auto block = [](json::Value turn) { return *turn.at("content").items().begin(); };
  EXPECT_EQ(block(turns[1]).at("id").text(), block(turns[2]).at("tool_use_id").text());
  EXPECT_EQ(block(turns[1]).at("id").text().find(':'), std::string_view::npos);
  EXPECT_EQ(block(turns[1]).at("name").text(), "_ber_suche");
  EXPECT_EQ((*root.at("tools").items().begin()).at("name").text(), "_ber_suche");
  ToolCall answer{.id = "x", .space = {}, .name = "_ber_suche"};
  it.outbound.names.restore(answer);
  EXPECT_EQ(answer.name, "über.suche");
  EXPECT_EQ(it.losses, "tool_name call_id");
}

TEST(AnthropicAbroad, ArgumentsThatAreNoObjectAreWrapped) {
  Request request = foreign();
  Part broken = call("a", "f", "{\"x\":");
  chat::check_input(std::get<ToolCall>(broken.body));
  Part freeform = call("b", "f", "*** Begin");
  std::get<ToolCall>(freeform.body).form = ToolCall::Form::freeform;
  say(request, Role::assistant, {broken, freeform});
  const Sent it = sent(request);
  EXPECT_NE(it.body.find(R"("input":{"_raw":"{\"x\":"})"), std::string::npos);
  EXPECT_NE(it.body.find(R"("input":{"input":"*** Begin"})"), std::string::npos);
  EXPECT_NE(it.losses.find("broken_arguments"), std::string::npos);
}

TEST(AnthropicAbroad, MediaGoAsFarAsAnthropicTakesThem) {
  using Kind = Media::Kind;
  using Form = Media::Form;
  Request request = foreign();
  Part paper = media(Kind::document, Form::base64, "JVBERi0=", "application/pdf");
  std::get<Media>(paper.body).name = "paper.pdf";
  Part close_look = media(Kind::image, Form::url, "https://x/y.png");
  std::get<Media>(close_look.body).detail = "high";
  request.messages[0].parts = {
      media(Kind::image, Form::base64, "iVBORw0KGgo="),
      close_look,
      paper,
      media(Kind::document, Form::text, "words"),
      media(Kind::document, Form::base64, "R3LDvMOfZQ==", "text/markdown"),
      media(Kind::document, Form::base64, "//4=", "text/plain"),  // no UTF-8
      media(Kind::image, Form::base64, "AA", "image/tiff"),
      media(Kind::image, Form::url, "gs://bucket/x"),
      media(Kind::image, Form::file_id, "file-1"),
      media(Kind::document, Form::base64, "AA", "application/zip"),
      media(Kind::video, Form::base64, "AA", "video/mp4"),
  };
  const Sent it = sent(request);
  EXPECT_EQ(it.at("messages"), canonical(R"([{"role":"user","content":[
      {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}},
      {"type":"image","source":{"type":"url","url":"https://x/y.png"}},
      {"type":"document","source":{"type":"base64","media_type":"application/pdf",
          "data":"JVBERi0="},
       "title":"paper.pdf"},
      {"type":"document","source":{"type":"text","media_type":"text/plain","data":"words"}},
      {"type":"document","source":{"type":"text","media_type":"text/plain","data":"Grüße"}}]}])"));
  EXPECT_EQ(it.losses, "image_detail document image media_url file_id video");
}

TEST(AnthropicAbroad, OnlyThoughtsThatThisProviderSealedGoBackToIt) {
  Request request = foreign();
  Part summary = thoughts("", "anthropic");
  std::get<chat::Reasoning>(summary.body).summary = {"one", "two"};
  Part unknown_issuer = thoughts("whose?", "x");
  unknown_issuer.seal->issuer.clear();
  say(request, Role::assistant,
      {text("Well"), thoughts("mine", "anthropic"), thoughts("theirs", "openai"), summary,
       thoughts("nobody's"), unknown_issuer});
  say(request, Role::user, {text("so?")});
  const Sent it = sent(request, {.seal_issuer = "anthropic"});
  EXPECT_NE(it.body.find(R"("content":[{"signature":"sealed","thinking":"mine","type":"thinking"},)"
                         R"({"signature":"sealed","thinking":"one\n\ntwo","type":"thinking"},)"
                         R"({"text":"Well","type":"text"}])"),
            std::string::npos)
      << it.body;
  EXPECT_EQ(it.losses, "seal reasoning");
}

TEST(AnthropicAbroad, WhatOnlyOtherDialectsKnowIsDeclared) {
  Request request = foreign();
  const auto raw = [](std::string text) { return json::Raw::trusted(std::move(text)); };
  request.extras.dialect = chat::Dialect::openai_chat;
  request.extras.members.emplace_back("logit_bias", raw("{\"1\":2}"));
  request.extras.members.emplace_back("user", raw("null"));
  Part item;
  item.body = chat::Opaque{chat::Dialect::openai_responses, raw(R"({"type":"item_reference"})")};
  request.messages[0].parts.push_back(item);
  request.sampling.seed = 1;
  request.sampling.presence_penalty = 0.5;
  request.sampling.choices = 2;
  Part refusal;
  refusal.body = chat::Refusal{"No."};
  say(request, Role::assistant, {refusal});
  say(request, Role::user, {text("why")});
  const Sent it = sent(request);
  EXPECT_EQ(it.losses, "seed penalties choices foreign_item refusal_as_text foreign_member");
  EXPECT_NE(it.body.find(R"({"text":"No.","type":"text"})"), std::string::npos);
  EXPECT_EQ(it.body.find("logit_bias"), std::string::npos);
}

TEST(AnthropicAbroad, TheLastFourCacheMarksAreKept) {
  Request request = foreign();
  const json::Raw mark = json::Raw::trusted(R"({"type":"ephemeral"})");
  request.tools = {function("f"), function("g")};
  request.tools[0].cache_control = request.tools[1].cache_control = mark;
  for (int i = 0; i < 3; ++i) {
    request.messages[0].parts.push_back(text(std::to_string(i)));
    request.messages[0].parts.back().cache_control = mark;
  }
  const Sent it = sent(request);
  EXPECT_EQ(it.at("tools"), canonical(R"([
      {"name":"f","input_schema":{"type":"object","properties":{}}},
      {"name":"g","input_schema":{"type":"object","properties":{}},
          "cache_control":{"type":"ephemeral"}}])"));
  EXPECT_EQ(it.losses, "cache_control");
}

TEST(AnthropicAbroad, ThinkingNeedsTheSealedThoughtsOfTheLastCallAndNoForceAndNoBegunAnswer) {
  Request request = foreign();
  request.max_output_tokens = 9000;
  request.thinking = {.mode = chat::Thinking::Mode::on, .effort = {}, .budget_tokens = 2000};
  const EncodeHints hints{.seal_issuer = "anthropic"};
  const auto thinks = [&] { return !sent(request, hints).at("thinking").empty(); };
  EXPECT_EQ(sent(request, hints).at("thinking"), R"({"budget_tokens":2000,"type":"enabled"})");
  request.tools = {function("f")};
  request.tool_choice.mode = chat::ToolChoice::Mode::required;
  EXPECT_FALSE(thinks());
  request.tool_choice = {};
  say(request, Role::assistant, {text("begun")});
  EXPECT_FALSE(thinks());
  say(request, Role::assistant, {call("a", "f")});
  EXPECT_FALSE(thinks());
  EXPECT_EQ(sent(request, hints).losses, "result_missing thinking_off");
  request.messages.back().parts.push_back(thoughts("hm", "openai"));
  EXPECT_FALSE(thinks());
  request.messages.back().parts.push_back(thoughts("hm", "anthropic"));
  EXPECT_TRUE(thinks());
  say(request, Role::assistant, {call("b", "f")});
  EXPECT_TRUE(thinks());
  say(request, Role::tool, {result("b", {})});
  say(request, Role::assistant, {call("c", "f")});
  EXPECT_FALSE(thinks());
}

TEST(AnthropicAbroad, ThinkingSaysWhetherItIsToBeShown) {
  Request request = foreign();
  request.thinking.mode = chat::Thinking::Mode::adaptive;
  request.thinking.effort = "high";
  request.thinking.show_text = true;
  const EncodeHints hints{.adaptive_thinking = true};
  EXPECT_EQ(sent(request, hints).at("thinking"), R"({"display":"summarized","type":"adaptive"})");
  EXPECT_EQ(sent(request, hints).at("output_config"), R"({"effort":"high"})");
  request.thinking = {.mode = chat::Thinking::Mode::off, .effort = {}, .show_text = false};
  EXPECT_EQ(sent(request).at("thinking"), R"({"type":"disabled"})");
}

TEST(AnthropicAbroad, TheFormOfTheAnswerIsASchemaOrWords) {
  Request request = foreign();
  request.format.kind = chat::OutputFormat::Kind::schema;
  request.format.schema = json::Raw::trusted(R"({"properties":{"a":{"type":"string"}}})");
  const Sent schema = sent(request);
  EXPECT_EQ(schema.at("output_config"), canonical(R"({"format":{"type":"json_schema","schema":{
      "type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}}})"));
  EXPECT_EQ(schema.at("system"), "");
  EXPECT_EQ(schema.losses, "");
  request.format.schema = json::Raw::trusted(R"({"type":"string","maxLength":9})");
  EXPECT_EQ(sent(request).losses, "output_format");
  request.format.schema = json::Raw::trusted(R"({"type":"object"})");
  const Sent map = sent(request);
  EXPECT_EQ(map.at("output_config"), "");
  EXPECT_NE(map.at("system").find("this JSON Schema"), std::string::npos);
  EXPECT_EQ(map.losses, "output_format");
  request.format = {};
  request.format.kind = chat::OutputFormat::Kind::json;
  const Sent words = sent(request);
  EXPECT_EQ(words.at("output_config"), "");
  EXPECT_NE(words.at("system").find("one JSON object"), std::string::npos);
  EXPECT_EQ(words.losses, "output_format");
}

TEST(AnthropicAbroad, StopSequencesOfBlanksGo) {
  Request request = foreign();
  request.sampling.stop = {"END", "\n\n"};
  const Sent it = sent(request);
  EXPECT_EQ(it.at("stop_sequences"), R"(["END"])");
  EXPECT_EQ(it.losses, "stop");
  request.sampling.stop = {" "};
  EXPECT_EQ(sent(request).at("stop_sequences"), "");
}

TEST(AnthropicAbroad, AnEndUserIsNamedUnlessItLooksLikeAPerson) {
  Request request = foreign();
  const auto named = [&](std::string user) {
    request.end_user = std::move(user);
    return sent(request).at("metadata");
  };
  EXPECT_EQ(named("user-7f3a"), R"({"user_id":"user-7f3a"})");
  EXPECT_EQ(named("12345678"), R"({"user_id":"12345678"})");
  EXPECT_EQ(named("joe@example.com"), "");
  EXPECT_EQ(sent(request).losses, "end_user");
  EXPECT_EQ(named("+49 170 1234567"), "");
  EXPECT_EQ(named(std::string(257, 'x')), "");
}

}  // namespace
}  // namespace omni::dialect::anthropic
