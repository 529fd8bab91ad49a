#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "chat/request.h"
#include "dialect/codec.h"
#include "dialect/gemini/wire.h"

namespace omni::dialect::gemini {

Result<chat::Request> decode_request(const Inbound& inbound);
Result<Outbound> encode_request(const chat::Request& request, const EncodeHints& hints);

/// A request on its way out.
struct Sending {
  const chat::Request& request;
  const EncodeHints& hints;
  Outbound& out;
  bool home;               // it came in this dialect
  std::uint32_t spelling;  // at home that of the request
  bool functions = false;  // there are some among its tools

  bool has(std::uint32_t bit) const { return (spelling & bit) != 0; }
  std::string_view name(const Key& key) const { return spelled(key, spelling); }
};

// Each reads its member's value into the request, and the spelling of that into the bits.

void read_tools(chat::Request& request, json::Value tools, std::uint32_t& spelling);
void read_tool_config(chat::Request& request, json::Value config, std::uint32_t& spelling);
void read_generation_config(chat::Request& request, json::Value config, std::uint32_t& spelling);

// And writes it, where there is anything to say.

void write_tools(ObjectWriter& root, const Sending& sending);
void write_tool_config(ObjectWriter& root, const Sending& sending);
void write_generation_config(ObjectWriter& root, const Sending& sending);

}  // namespace omni::dialect::gemini
