#include "dialect/turns.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dialect/codec.h"

namespace omni::dialect {
namespace {

using chat::Message;
using chat::Part;
using chat::Role;
using chat::ToolCall;
using chat::ToolResult;

template <typename Body>
Part part(Body body) {
  Part part;
  part.body = std::move(body);
  return part;
}

Part text(std::string words) { return part(chat::Text{std::move(words)}); }

Part call(std::string id) {
  ToolCall call;
  call.name = "tool_" + id;
  call.id = std::move(id);
  return part(std::move(call));
}

Part result(std::string id, std::string words) {
  ToolResult result;
  result.call_id = std::move(id);
  if (!words.empty()) result.content.push_back(text(std::move(words)));
  return part(std::move(result));
}

Part image() {
  chat::Media media;
  media.payload = "picture";
  return part(std::move(media));
}

Message said(Role role, std::vector<Part> parts, std::string name = {}) {
  Message message;
  message.role = role;
  message.parts = std::move(parts);
  message.name = std::move(name);
  return message;
}

Message system(std::string words) { return said(Role::system, {text(std::move(words))}); }
Message user(std::string words) { return said(Role::user, {text(std::move(words))}); }
Message assistant(std::string words) { return said(Role::assistant, {text(std::move(words))}); }
Message tool(std::string id, std::string words) {
  return said(Role::tool, {result(std::move(id), std::move(words))});
}

std::string shown(const Part& part) {
  if (const auto* call = std::get_if<ToolCall>(&part.body)) return "call " + call->id;
  if (const auto* media = std::get_if<chat::Media>(&part.body)) return "<" + media->payload + ">";
  if (const auto* result = std::get_if<ToolResult>(&part.body)) {
    std::string out = result->call_id + "=";
    for (const Part& piece : result->content) out += shown(piece);
    return out;
  }
  if (const auto* text = std::get_if<chat::Text>(&part.body)) return text->text;
  if (const auto* refusal = std::get_if<chat::Refusal>(&part.body)) return "no: " + refusal->text;
  return "?";
}

std::string shown(const std::vector<const Part*>& parts) {
  std::string out;
  for (const Part* part : parts) out += (out.empty() ? "" : ", ") + shown(*part);
  return out;
}

/// What became of the messages, one line each: "user: a, b".
struct Arranged {
  explicit Arranged(std::vector<Message> messages, const TurnRules& rules = {}) {
    request.messages = std::move(messages);
    const Turns turns(request, rules, losses);
    if (!turns.system().empty()) out += "apart: " + shown(turns.system()) + "\n";
    for (const Turn& turn : turns.turns()) {
      constexpr std::array names{"system", "user", "assistant", "results"};
      out += turn.developer ? "developer" : names[static_cast<std::size_t>(turn.kind)];
      if (!turn.name.empty()) out += "(" + std::string(turn.name) + ")";
      out += ": " + shown(turn.parts) + "\n";
      for (std::size_t i = 0; i < turn.calls.size(); ++i) {
        EXPECT_EQ(turn.calls[i]->id, std::get<ToolResult>(turn.parts[i]->body).call_id);
      }
      EXPECT_EQ(turn.calls.size(), turn.kind == Turn::Kind::results ? turn.parts.size() : 0);
      EXPECT_FALSE(turn.parts.empty());
    }
    for (const Losses::Entry& entry : losses.entries()) {
      lost += (lost.empty() ? "" : " ") + std::string(entry.row->name);
    }
  }

  chat::Request request;
  Losses losses;
  std::string out;
  std::string lost;
};

constexpr TurnRules apart{.system_apart = true};
constexpr TurnRules strict{
    .system_apart = true, .merge_users = true, .user_first = true, .no_blank_texts = true};

TEST(Turns, are_the_messages_where_nothing_needs_order) {
  const Arranged arranged({system("be brief"), user("hi"), assistant("hello"), user("bye")});
  EXPECT_EQ(arranged.out, "system: be brief\nuser: hi\nassistant: hello\nuser: bye\n");
  EXPECT_EQ(arranged.lost, "");
}

TEST(Turns, borrow_the_parts_of_the_request) {
  chat::Request request;
  request.messages = {user("hi")};
  Losses losses;
  const Turns turns(request, {}, losses);
  EXPECT_EQ(turns.turns().front().parts.front(), request.messages.front().parts.data());
}

TEST(Turns, gather_what_system_and_developer_said_apart_in_order) {
  const Arranged arranged({system("a"), said(Role::developer, {text("b"), text("c")}), user("hi")},
                          apart);
  EXPECT_EQ(arranged.out, "apart: a, b, c\nuser: hi\n");
  EXPECT_EQ(arranged.lost, "");
}

TEST(Turns, move_a_system_text_from_the_middle_to_the_others_and_say_so) {
  const Arranged arranged({system("a"), user("hi"), system("b"), assistant("x")}, apart);
  EXPECT_EQ(arranged.out, "apart: a, b\nuser: hi\nassistant: x\n");
  EXPECT_EQ(arranged.lost, "system_moved");
}

TEST(Turns, keep_system_texts_in_their_places_as_turns_of_their_own) {
  const Arranged arranged(
      {system("a"), said(Role::developer, {text("b")}), user("hi"), system("c"), assistant("x")});
  EXPECT_EQ(arranged.out, "system: a\ndeveloper: b\nuser: hi\nsystem: c\nassistant: x\n");
  EXPECT_EQ(arranged.lost, "");
}

TEST(Turns, make_a_request_of_system_texts_alone_the_words_of_the_user) {
  const Arranged arranged({system("a"), system("b")}, strict);
  EXPECT_EQ(arranged.out, "user: a, b\n");
}

TEST(Turns, drop_the_block_of_the_billing_header) {
  const Arranged arranged({said(Role::system, {text("x-anthropic-billing-header: cc_version=2.1;"),
                                               text("You are Claude Code")}),
                           user("hi")},
                          apart);
  EXPECT_EQ(arranged.out, "apart: You are Claude Code\nuser: hi\n");
  EXPECT_EQ(arranged.lost, "billing_header");
}

TEST(Turns, drop_only_the_line_of_the_billing_header_from_a_longer_block) {
  chat::Request request;
  request.messages = {system("x-anthropic-billing-header: v=1\nYou are\nhelpful"), user("hi")};
  request.messages[0].parts[0].cache_control = json::Raw::trusted("{\"type\":\"ephemeral\"}");
  Losses losses;
  const Turns turns(request, {}, losses);
  const Part& left = *turns.turns().front().parts.front();
  EXPECT_EQ(shown(left), "You are\nhelpful");
  EXPECT_EQ(left.cache_control, request.messages[0].parts[0].cache_control);
}

TEST(Turns, leave_the_billing_header_in_what_a_user_said) {
  const Arranged arranged({user("x-anthropic-billing-header: what is this?")});
  EXPECT_EQ(arranged.out, "user: x-anthropic-billing-header: what is this?\n");
  EXPECT_EQ(arranged.lost, "");
}

TEST(Turns, drop_empty_texts_and_messages_that_become_empty) {
  const Arranged arranged({system(""), user(""), said(Role::user, {text("a"), text("")}),
                           assistant(""), user("b"), said(Role::assistant, {})});
  EXPECT_EQ(arranged.out, "user: a\nuser: b\n");
  EXPECT_EQ(arranged.lost, "");
}

TEST(Turns, keep_an_assistant_that_only_calls_tools) {
  const Arranged arranged(
      {user("go"), said(Role::assistant, {text(""), call("1")}), tool("1", "ok")});
  EXPECT_EQ(arranged.out, "user: go\nassistant: call 1\nresults: 1=ok\n");
}

TEST(Turns, take_texts_of_blanks_for_empty_where_the_dialect_does) {
  const std::vector<Message> messages{user("a"), user(" \n\t")};
  EXPECT_EQ(Arranged(messages).out, "user: a\nuser:  \n\t\n");
  EXPECT_EQ(Arranged(messages, strict).out, "user: a\n");
}

TEST(Turns, drop_thoughts_without_words_unless_they_are_sealed) {
  Part sealed = part(chat::Reasoning{});
  sealed.seal = chat::Seal{"", "bytes"};
  const Arranged arranged({said(Role::assistant, {part(chat::Reasoning{}), sealed, text("a")})});
  EXPECT_EQ(arranged.out, "assistant: ?, a\n");
}

TEST(Turns, make_one_of_what_the_assistant_said_in_a_row) {
  const Arranged arranged({user("go"), assistant("a"), user(""), said(Role::assistant, {call("1")}),
                           said(Role::assistant, {call("2")}), tool("1", "x"), tool("2", "y")});
  EXPECT_EQ(arranged.out, "user: go\nassistant: a, call 1, call 2\nresults: 1=x, 2=y\n");
  EXPECT_EQ(arranged.lost, "");
}

TEST(Turns, let_the_assistant_speak_again_after_results) {
  const Arranged arranged({said(Role::assistant, {call("1")}), tool("1", "x"),
                           said(Role::assistant, {call("2")}), tool("2", "y"), assistant("done")});
  EXPECT_EQ(arranged.out,
            "assistant: call 1\nresults: 1=x\nassistant: call 2\nresults: 2=y\nassistant: done\n");
}

TEST(Turns, make_one_of_what_the_user_said_in_a_row_only_where_asked) {
  const std::vector<Message> messages{said(Role::user, {text("a")}, "ann"),
                                      said(Role::user, {text("b")}, "bob")};
  EXPECT_EQ(Arranged(messages).out, "user(ann): a\nuser(bob): b\n");
  EXPECT_EQ(Arranged(messages, strict).out, "user(ann): a, b\n");
}

TEST(Turns, bear_the_first_name_of_what_became_one) {
  const Arranged arranged(
      {user("a"), said(Role::user, {text("b")}, "ann"), assistant("c"),
       said(Role::assistant, {text("d")}, "bob"), said(Role::assistant, {text("e")}, "cyd")},
      strict);
  EXPECT_EQ(arranged.out, "user(ann): a, b\nassistant(bob): c, d, e\n");
}

TEST(Turns, take_results_out_of_a_users_message_and_leave_the_rest_behind_them) {
  const Arranged arranged(
      {said(Role::assistant, {call("1"), call("2")}),
       said(Role::user, {text("before"), result("2", "y"), result("1", "x"), text("after")})});
  EXPECT_EQ(arranged.out, "assistant: call 1, call 2\nresults: 1=x, 2=y\nuser: before, after\n");
  EXPECT_EQ(arranged.lost, "");
}

TEST(Turns, find_results_behind_other_messages) {
  const Arranged arranged({said(Role::assistant, {call("1"), call("2")}), tool("2", "y"),
                           user("wait"), assistant("ok"), tool("1", "x"), assistant("go on")});
  EXPECT_EQ(arranged.out,
            "assistant: call 1, call 2\nresults: 1=x, 2=y\nuser: wait\nassistant: ok, go on\n");
  EXPECT_EQ(arranged.lost, "");
}

TEST(Turns, put_results_before_a_system_text_that_came_between) {
  const Arranged arranged({said(Role::assistant, {call("1")}), system("s"), tool("1", "x")});
  EXPECT_EQ(arranged.out, "assistant: call 1\nresults: 1=x\nsystem: s\n");
}

TEST(Turns, take_a_result_that_the_assistant_brought_along) {
  const Arranged arranged({said(Role::assistant, {call("1"), result("1", "x"), text("so")})});
  EXPECT_EQ(arranged.out, "assistant: call 1\nresults: 1=x\nassistant: so\n");
  EXPECT_EQ(arranged.lost, "");
}

TEST(Turns, give_a_call_without_result_an_empty_one) {
  const Arranged arranged(
      {said(Role::assistant, {call("1"), call("2")}), tool("2", "y"), user("and?")});
  EXPECT_EQ(arranged.out, "assistant: call 1, call 2\nresults: 1=, 2=y\nuser: and?\n");
  EXPECT_EQ(arranged.lost, "result_missing");
}

TEST(Turns, name_the_tool_in_an_empty_result) {
  chat::Request request;
  request.messages = {said(Role::assistant, {call("1")})};
  Losses losses;
  const Turns turns(request, {}, losses);
  ASSERT_EQ(turns.turns().size(), 2u);
  EXPECT_EQ(std::get<ToolResult>(turns.turns()[1].parts[0]->body).name, "tool_1");
}

TEST(Turns, make_a_result_without_call_words_of_the_user_with_its_media) {
  Part orphan = result("9", "late news");
  std::get<ToolResult>(orphan.body).content.push_back(image());
  const Arranged arranged({user("hi"), said(Role::tool, {orphan}), assistant("x")});
  EXPECT_EQ(arranged.out, "user: hi\nuser: late news, <picture>\nassistant: x\n");
  EXPECT_EQ(arranged.lost, "result_orphaned");
}

TEST(Turns, do_not_take_a_result_that_came_before_its_call) {
  const Arranged arranged({tool("1", "early"), said(Role::assistant, {call("1")})});
  EXPECT_EQ(arranged.out, "user: early\nassistant: call 1\nresults: 1=\n");
  EXPECT_EQ(arranged.lost, "result_orphaned result_missing");
}

TEST(Turns, count_the_first_of_two_results_for_one_call) {
  const Arranged arranged({said(Role::assistant, {call("1")}), tool("1", "x"), tool("1", "y")});
  EXPECT_EQ(arranged.out, "assistant: call 1\nresults: 1=x\nuser: y\n");
  EXPECT_EQ(arranged.lost, "result_orphaned");
}

TEST(Turns, give_two_calls_of_one_id_their_results_in_order) {
  const Arranged arranged(
      {said(Role::assistant, {call("1"), call("1")}), tool("1", "x"), tool("1", "y")});
  EXPECT_EQ(arranged.out, "assistant: call 1, call 1_2\nresults: 1=x, 1_2=y\n");
  EXPECT_EQ(arranged.lost, "call_id");
}

TEST(Turns, give_no_id_a_second_time_not_even_one_of_theirs) {
  const Arranged arranged({said(Role::assistant, {call("0")}), tool("0", "a"),
                           said(Role::assistant, {call("0_2")}), tool("0_2", "b"),
                           said(Role::assistant, {call("0")}), tool("0", "c"),
                           said(Role::assistant, {call("0_3")}), tool("0_3", "d")});
  EXPECT_EQ(arranged.out,
            "assistant: call 0\nresults: 0=a\nassistant: call 0_2\nresults: 0_2=b\n"
            "assistant: call 0_3\nresults: 0_3=c\nassistant: call 0_3_2\nresults: 0_3_2=d\n");
  EXPECT_EQ(arranged.lost, "call_id");
}

TEST(Turns, give_a_result_to_the_latest_turn_that_used_its_id) {
  const Arranged arranged({said(Role::assistant, {call("0")}), user("again"),
                           said(Role::assistant, {call("0")}), tool("0", "x")});
  EXPECT_EQ(arranged.out,
            "assistant: call 0\nresults: 0=\nuser: again\nassistant: call 0_2\nresults: 0_2=x\n");
  EXPECT_EQ(arranged.lost, "call_id result_missing");
}

TEST(Turns, drop_calls_that_the_provider_ran) {
  Part searched = call("1");
  std::get<ToolCall>(searched.body).runner = ToolCall::Runner::provider;
  const Arranged arranged(
      {user("go"), said(Role::assistant, {searched, result("1", "found"), text("a")})});
  EXPECT_EQ(arranged.out, "user: go\nassistant: a\n");
  EXPECT_EQ(arranged.lost, "hosted_call");
}

TEST(Turns, drop_calls_and_thoughts_that_a_user_cannot_have) {
  const Arranged arranged({said(Role::user, {call("1"), part(chat::Reasoning{"hm", {}, false}),
                                             text("a"), part(chat::Refusal{"b"})})});
  EXPECT_EQ(arranged.out, "user: a, no: b\n");
  EXPECT_EQ(arranged.lost, "foreign_item");
}

TEST(Turns, are_not_sent_to_anybody_where_nothing_is_left_of_them) {
  for (const chat::Dialect from : chat::all_dialects) {
    chat::Request request;
    request.source = from;
    chat::Opaque item;
    item.dialect = from;
    item.item = json::Raw::trusted(R"({"type":"novelty"})");
    request.messages = {said(Role::user, {part(item)})};
    for (const chat::Dialect to : chat::all_dialects) {
      if (to == from) continue;
      const Result<Outbound> sent = codec_for(to).encode_request(request, {});
      ASSERT_FALSE(sent) << name_of(from) << " to " << name_of(to) << ": " << sent->body;
      EXPECT_EQ(sent.error().kind(), Error::Kind::bad_request);
    }
  }
}

TEST(Turns, let_the_user_begin_where_the_dialect_wants_it) {
  const std::vector<Message> messages{system("s"), assistant("hello"), user("hi")};
  EXPECT_EQ(Arranged(messages, apart).out, "apart: s\nassistant: hello\nuser: hi\n");
  const Arranged arranged(messages, strict);
  EXPECT_EQ(arranged.out, "apart: s\nuser: Continue.\nassistant: hello\nuser: hi\n");
  EXPECT_EQ(arranged.lost, "first_turn_added");
  EXPECT_EQ(Arranged(messages, {.user_first = true}).out,
            "system: s\nuser: Continue.\nassistant: hello\nuser: hi\n");
  EXPECT_EQ(Arranged({user("hi"), assistant("x")}, strict).lost, "");
}

TEST(Turns, keep_results_at_their_calls_when_the_user_gets_the_first_word) {
  const Arranged arranged({said(Role::assistant, {call("1")}), user("?"), tool("1", "x")}, strict);
  EXPECT_EQ(arranged.out, "user: Continue.\nassistant: call 1\nresults: 1=x\nuser: ?\n");
}

TEST(Turns, are_none_where_nobody_said_anything) {
  EXPECT_EQ(Arranged({}, strict).out, "");
  EXPECT_EQ(Arranged({user(""), system("")}, strict).out, "");
}

TEST(Turns, take_long_conversations_in_their_stride) {
  constexpr int count = 50'000;
  chat::Request request;
  Message calls = said(Role::assistant, {});
  for (int i = 0; i < count; ++i) calls.parts.push_back(call(std::to_string(i % (count / 2))));
  request.messages.push_back(std::move(calls));
  for (int i = count - 1; i >= 0; --i) {
    request.messages.push_back(tool(std::to_string(i % (count / 2)), "x"));
  }
  Losses losses;
  const auto start = std::chrono::steady_clock::now();
  const Turns turns(request, strict, losses);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  EXPECT_EQ(turns.turns().size(), 3u);
  EXPECT_EQ(losses.entries().size(), 2u);  // the ids that came twice, and the first word
}

}  // namespace
}  // namespace omni::dialect
