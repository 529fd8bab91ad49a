#include "json/raw.h"

#include "base/strings.h"
#include "json/index.h"

namespace omni::json {

Result<Raw> Raw::parse(std::string_view text) {
  const Scratch scratch;
  if (Status checked = scratch.index.build(text); !checked) return std::move(checked).error();
  return Raw(std::string(scratch.index.slice(0)));
}

Raw Raw::quote(std::string_view text) {
  std::string quoted;
  quoted.reserve(text.size() + 2);
  quoted.push_back('"');
  append_json_escaped(quoted, text);
  quoted.push_back('"');
  return Raw(std::move(quoted));
}

}  // namespace omni::json
