#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "chat/reply.h"
#include "dialect/anthropic/wire.h"
#include "dialect/codec.h"

namespace omni::dialect::anthropic {

std::variant<chat::Reply, chat::Failure> decode_reply(std::string_view body);
std::string encode_reply(const chat::Reply& reply, const ReplyStyle& style, Losses& losses);
std::span<const LossRow* const> reply_losses();

/// The message that an answer is, or that a stream begins with.
struct WireMessage {
  std::string id;
  std::string_view model;
  const chat::Choice* choice = nullptr;  // none at the start of a stream
  const chat::Usage* usage = nullptr;
  const chat::Extras* extras = nullptr;
  bool at_home = false;
};
void write_message(json::Writer& out, const WireMessage& message, Losses& losses);

/// The id that a client gets: of one dialect as it came, else with the prefix that clients expect.
std::string message_id(std::string_view id, const ReplyStyle& style, const WireMessage& message);

/// Whether a part may be written into the message; if not, declares what is lost.
bool takes_reply_part(const WireMessage& message, const chat::Part& part, Losses& losses);

/// A part as a content block, or a seed as the start of one.  Its number makes an id for a call
/// that has none.
void write_reply_part(json::Writer& out, const chat::Part& part, const WireMessage& message,
                      std::size_t number, Losses& losses);

}  // namespace omni::dialect::anthropic
