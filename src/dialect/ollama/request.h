#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "chat/request.h"
#include "dialect/codec.h"

namespace omni::dialect::ollama {

Result<chat::Request> decode_request(const Inbound& inbound);
Result<Outbound> encode_request(const chat::Request& request, const EncodeHints& hints);
std::span<const LossRow* const> request_losses();

struct NumberOption {
  std::string_view key;
  std::optional<double> chat::Sampling::*member;
};
inline constexpr std::array number_options{
    NumberOption{"temperature", &chat::Sampling::temperature},
    NumberOption{"top_p", &chat::Sampling::top_p},
    NumberOption{"presence_penalty", &chat::Sampling::presence_penalty},
    NumberOption{"frequency_penalty", &chat::Sampling::frequency_penalty}};

struct WholeOption {
  std::string_view key;
  std::optional<std::int64_t> chat::Sampling::*member;
};
inline constexpr std::array whole_options{WholeOption{"top_k", &chat::Sampling::top_k},
                                          WholeOption{"seed", &chat::Sampling::seed}};

}  // namespace omni::dialect::ollama
