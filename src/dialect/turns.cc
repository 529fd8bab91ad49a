#include "dialect/turns.h"

// One walk over the messages.  When the assistant's turn is over, a turn of results with one empty
// place for each of its calls follows it at once; a result fills its place whenever it comes.

#include <map>
#include <string>
#include <utility>

#include "base/strings.h"

namespace omni::dialect {

using chat::Message;
using chat::Part;
using chat::Role;
using chat::ToolCall;
using chat::ToolResult;

namespace {

constexpr std::string_view billing_mark = "x-anthropic-billing-header";

bool is_system(Role role) { return role == Role::system || role == Role::developer; }

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

bool users_say(const Part& part) {
  return !std::holds_alternative<ToolCall>(part.body) &&
         !std::holds_alternative<ToolResult>(part.body) &&
         !std::holds_alternative<chat::Reasoning>(part.body);
}

Part text_part(std::string text) {
  Part part;
  part.body = chat::Text{std::move(text)};
  return part;
}

}  // namespace

class Turns::Walk {
 public:
  Walk(Turns& out, const TurnRules& rules, Losses& losses)
      : out_(out), rules_(rules), losses_(losses) {}

  void message(const Message& message) {
    if (is_system(message.role)) return system(message);
    if (message.role == Role::assistant) return assistant(message);
    user(message);
  }

  void end() {
    close_assistant();
    for (Turn& turn : out_.turns_) {
      if (turn.kind == Turn::Kind::results) fill_gaps(turn);
    }
    if (out_.turns_.empty() && !out_.system_.empty()) {
      begin(Turn::Kind::user, {}).parts = std::exchange(out_.system_, {});
    }
    if (rules_.user_first) give_user_first_word();
  }

 private:
  struct Place {
    std::size_t turn;  // of the assistant; the results' one is the next
    std::size_t number;
  };

  void system(const Message& message);
  void assistant(const Message& message);
  void user(const Message& message);
  const Part* without_billing_line(const Part& part);

  /// Puts a result into its place; false if no call waits for it.
  bool answer(const Part& part, const ToolResult& result);
  const Part& with_id_of_its_own(const Part& part, const ToolCall& call);
  void wait_for_result(std::string_view id, const ToolCall& call);
  void close_assistant();
  void fill_gaps(Turn& results);
  void give_user_first_word();

  bool is_empty(std::string_view text) const {
    return text.empty() || (rules_.no_blank_texts && is_blank(text));
  }
  bool vanishes(const Part& part) const;

  Turn& begin(Turn::Kind kind, std::string_view name) {
    Turn& turn = out_.turns_.emplace_back();
    turn.kind = kind;
    turn.name = name;
    return turn;
  }
  bool last_is(Turn::Kind kind) const {
    return !out_.turns_.empty() && out_.turns_.back().kind == kind;
  }

  Turns& out_;
  const TurnRules& rules_;
  Losses& losses_;
  std::vector<const ToolCall*> calls_;              // of the assistant's turn that is not over yet
  std::multimap<std::string_view, Place> waiting_;  // by the call's id, in the order of the calls
  std::map<std::string_view, std::size_t> ids_;     // of calls, and how often each was given
};

bool Turns::Walk::vanishes(const Part& part) const {
  if (const auto* text = std::get_if<chat::Text>(&part.body)) return is_empty(text->text);
  if (const auto* refusal = std::get_if<chat::Refusal>(&part.body)) return is_empty(refusal->text);
  if (const auto* reasoning = std::get_if<chat::Reasoning>(&part.body)) {
    return reasoning->text.empty() && reasoning->summary.empty() && !part.seal;
  }
  return false;
}

const Part* Turns::Walk::without_billing_line(const Part& part) {
  const auto* text = std::get_if<chat::Text>(&part.body);
  if (text == nullptr || !text->text.starts_with(billing_mark)) return &part;
  losses_.add(loss::billing_header);
  std::string_view rest = text->text;
  cut(rest, '\n');
  Part& made = out_.made_.emplace_back(text_part(std::string(rest)));
  made.cache_control = part.cache_control;
  return &made;
}

void Turns::Walk::system(const Message& message) {
  std::vector<const Part*> parts;
  parts.reserve(message.parts.size());
  for (const Part& part : message.parts) {
    const Part* kept = without_billing_line(part);
    if (!vanishes(*kept)) parts.push_back(kept);
  }
  if (parts.empty()) return;
  if (rules_.system_apart) {
    if (!out_.turns_.empty()) losses_.add(loss::system_moved);
    out_.system_.insert(out_.system_.end(), parts.begin(), parts.end());
    return;
  }
  close_assistant();
  Turn& turn = begin(Turn::Kind::system, message.name);
  turn.parts = std::move(parts);
  turn.developer = message.role == Role::developer;
}

void Turns::Walk::assistant(const Message& message) {
  for (const Part& part : message.parts) {
    const auto* call = std::get_if<ToolCall>(&part.body);
    const auto* result = std::get_if<ToolResult>(&part.body);
    if (result != nullptr && answer(part, *result)) continue;
    if (result != nullptr || (call != nullptr && call->runner == ToolCall::Runner::provider)) {
      losses_.add(loss::hosted_call);
      continue;
    }
    if (vanishes(part)) continue;
    Turn& turn = last_is(Turn::Kind::assistant) ? out_.turns_.back()
                                                : begin(Turn::Kind::assistant, message.name);
    if (turn.name.empty()) turn.name = message.name;
    if (call == nullptr) {
      turn.parts.push_back(&part);
      continue;
    }
    turn.parts.push_back(&with_id_of_its_own(part, *call));
    wait_for_result(call->id, std::get<ToolCall>(turn.parts.back()->body));
  }
}

void Turns::Walk::user(const Message& message) {
  bool begun = false;
  const auto say = [&](const Part& part) {
    if (vanishes(part)) return;
    if (!users_say(part)) return losses_.add(loss::foreign_item);
    if (!begun) {
      close_assistant();
      if (!rules_.merge_users || !last_is(Turn::Kind::user)) begin(Turn::Kind::user, message.name);
      if (out_.turns_.back().name.empty()) out_.turns_.back().name = message.name;
      begun = true;
    }
    out_.turns_.back().parts.push_back(&part);
  };
  for (const Part& part : message.parts) {
    const auto* result = std::get_if<ToolResult>(&part.body);
    if (result == nullptr) {
      say(part);
    } else if (!answer(part, *result)) {
      losses_.add(loss::result_orphaned);
      for (const Part& piece : result->content) say(piece);
    }
  }
}

/// Some providers count their ids from 0 in every turn, others take an id for the same one twice.
const Part& Turns::Walk::with_id_of_its_own(const Part& part, const ToolCall& call) {
  const auto [known, first] = ids_.emplace(call.id, 1);
  if (first) return part;
  losses_.add(loss::call_id);
  Part& made = out_.made_.emplace_back(part);
  std::string& id = std::get<ToolCall>(made.body).id;
  do {
    id = call.id + "_" + std::to_string(++known->second);
  } while (!ids_.emplace(id, 1).second);
  return made;
}

/// `id` is the one that the client gave it.
void Turns::Walk::wait_for_result(std::string_view id, const ToolCall& call) {
  const std::size_t turn = out_.turns_.size() - 1;
  // A new call ends the wait of an older turn's.
  const auto older = waiting_.lower_bound(id);
  if (older != waiting_.end() && older->first == id && older->second.turn != turn) {
    waiting_.erase(id);
  }
  waiting_.emplace(id, Place{turn, calls_.size()});
  calls_.push_back(&call);
}

bool Turns::Walk::answer(const Part& part, const ToolResult& result) {
  const auto place = waiting_.lower_bound(result.call_id);
  if (place == waiting_.end() || place->first != result.call_id) return false;
  close_assistant();
  Turn& results = out_.turns_[place->second.turn + 1];
  const std::size_t number = place->second.number;
  waiting_.erase(place);
  const std::string& id = results.calls[number]->id;
  if (id == result.call_id) {
    results.parts[number] = &part;
    return true;
  }
  Part& made = out_.made_.emplace_back(part);
  std::get<ToolResult>(made.body).call_id = id;
  results.parts[number] = &made;
  return true;
}

void Turns::Walk::close_assistant() {
  if (calls_.empty()) return;
  Turn& results = begin(Turn::Kind::results, {});
  results.parts.resize(calls_.size());
  results.calls = std::exchange(calls_, {});
}

void Turns::Walk::fill_gaps(Turn& results) {
  for (std::size_t i = 0; i < results.parts.size(); ++i) {
    if (results.parts[i] != nullptr) continue;
    losses_.add(loss::result_missing);
    ToolResult empty;
    empty.call_id = results.calls[i]->id;
    empty.name = results.calls[i]->name;
    Part& made = out_.made_.emplace_back();
    made.body = std::move(empty);
    results.parts[i] = &made;
  }
}

void Turns::Walk::give_user_first_word() {
  auto first = out_.turns_.begin();
  while (first != out_.turns_.end() && first->kind == Turn::Kind::system) ++first;
  if (first == out_.turns_.end() || first->kind != Turn::Kind::assistant) return;
  losses_.add(loss::first_turn_added);
  Turn turn;
  turn.kind = Turn::Kind::user;
  turn.parts.push_back(&out_.made_.emplace_back(text_part("Continue.")));
  out_.turns_.insert(first, std::move(turn));
}

Status check_said(const chat::Request& request, std::string_view text) {
  if (request.messages.empty() || !text.ends_with("[]")) return Nothing{};
  return Error(Error::Kind::bad_request,
               "Nothing of the conversation is left that this provider could take");
}

Turns::Turns(const chat::Request& request, const TurnRules& rules, Losses& losses) {
  turns_.reserve(request.messages.size());
  Walk walk(*this, rules, losses);
  for (const Message& message : request.messages) walk.message(message);
  walk.end();
}

}  // namespace omni::dialect
