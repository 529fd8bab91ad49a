#include "json/plain.h"

#include <simdjson.h>

namespace omni::json {

bool is_plain(std::string_view text) {
  unsigned char beyond_ascii = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == '"' || byte == '\\') return false;
    beyond_ascii |= byte;
  }
  return beyond_ascii < 0x80 || simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace omni::json
