#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "json/reader.h"

namespace omni::dialect::anthropic {

/// A streamed block of a kind that we do not know.  What its deltas bring is joined to the members
/// of the same name, for that is how all known kinds go.
class UnknownBlock {
 public:
  explicit UnknownBlock(json::Value block);
  void take(json::Value delta);
  json::Raw whole() const;
  std::size_t bytes() const { return bytes_; }

 private:
  void join(std::string_view key, json::Value value);

  static constexpr std::size_t members_max = 64;
  std::vector<std::pair<std::string, std::string>> members_;
  std::string input_;  // the pieces of partial_json
  std::size_t bytes_ = 0;
};

}  // namespace omni::dialect::anthropic
