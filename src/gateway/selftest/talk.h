#pragma once

#include <cstddef>
#include <string>

#include "chat/reply.h"
#include "chat/request.h"
#include "gateway/selftest/visitor.h"

namespace omni::gateway::selftest {

class House;
class Stage;

/// How a client asks.
struct Manner {
  chat::Dialect dialect{};
  bool stream = false;
};

/// What came back; of a stream each event was held against the grammar.
struct Told {
  chat::Reply reply;
  std::size_t events = 0;
  bool failed = false;  // as the dialect says it in a stream
};

/// Somebody says one thing to a model, which is offered the tool `look_up`.
chat::Request request_to(const std::string& model, const std::string& words);
inline constexpr std::string_view tool_name = "look_up";

/// The model's call of the tool and what that has found are said as well.
void add_result(chat::Request& request, const chat::ToolCall& call, const std::string& found);

/// As a client of the dialect sends it.
Result<Question> question_of(const chat::Request& request, const Manner& manner);
/// Where clients of the dialect find what a provider has at a path.
std::string target_of(chat::Dialect dialect, std::string_view path);
/// As such a client reads it.
Result<Told> read(const Heard& heard, const Manner& manner);

/// The error says who was asked how.
Result<Told> talk(Stage& stage, const House& house, const chat::Request& request,
                  const Manner& manner);

/// What a reply says, without thoughts and calls.
std::string words_of(const chat::Reply& reply);
/// Its first call; null where there is none.
const chat::ToolCall* call_of(const chat::Reply& reply);

}  // namespace omni::gateway::selftest
