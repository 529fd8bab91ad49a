#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/reader.h"
#include "upstream/special/played.h"

namespace omni::gateway::mock {

/// What the mock plays for whom:
///
///     {"models": {"gpt-4o": "tool", "shaky": ["fail-503", "echo"],
///                 "odd": {"status": 200, "fields": {"content-type": "text/event-stream"},
///                         "pieces": ["data: {}\n\n", {"pauseMs": 50, "text": "data: …"}],
///                         "end": "broken"}},
///      "keys": {"spent-key": "fail-429"}, "default": "echo"}
///
/// A list is played one after the other, and its last part from then on.
class Script {
 public:
  /// A model of the built-in provider to act as, or a literal answer.
  struct Part {
    std::string acts_as;
    std::optional<upstream::Played> literal;
  };

  /// Every model that is none of the built-in provider's acts as `echo`.
  Script() = default;
  static Result<Script> parse(std::string_view text);

  /// The next part: of the key, of the model by its name or the last part of it, or the default.
  /// Null for a model that does not exist.
  const Part* next(std::string_view model, std::string_view key);

 private:
  struct Cast {
    std::vector<Part> parts;
    std::size_t next = 0;
  };
  using Casts = std::map<std::string, Cast, std::less<>>;

  static Part read_part(json::Value value);
  static Cast read_cast(json::Value value);
  static Casts read_casts(json::Value value);
  static const Part* next_of(Casts& casts, std::string_view name);

  Casts models_, keys_;
  std::optional<Part> usual_ = Part{"echo", std::nullopt};
  Part own_;  // of a model of the built-in provider
};

}  // namespace omni::gateway::mock
