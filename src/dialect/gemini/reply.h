#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "chat/reply.h"
#include "dialect/codec.h"
#include "dialect/gemini/wire.h"

namespace omni::dialect::gemini {

std::variant<chat::Reply, chat::Failure> decode_reply(std::string_view body);
std::string encode_reply(const chat::Reply& reply, const ReplyStyle& style, Losses& losses);

/// The object that a reply or a chunk of a stream is, taken out of the envelope {"response": …} in
/// which Google's code assistants get it.
json::Value unwrapped(json::Value root);

/// Why there is no answer: what the model got wrong, in its own words where it has some.
chat::Failure broken_answer(std::string_view finish_word, std::string_view finish_message);

/// Since 1970; 0 for what is no time.
std::int64_t seconds_of(std::string_view create_time);

/// The word for why a prompt was refused; feedback that refuses nothing has none.
std::string_view block_reason(json::Value prompt_feedback);

}  // namespace omni::dialect::gemini
