#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/raw.h"

namespace omni::json {

/// The top level of a JSON object: where each member stands, so that one can be exchanged while
/// every other byte stays as it came.  The whole text is checked, as Reader does.
///
/// Borrows the text: it must outlive the Envelope and must not move.
class Envelope {
 public:
  struct Member {
    std::string_view key;         // unescaped
    std::string_view value;       // bytes as they came
    std::string_view whole;       // from the key's opening quote to the end of the value
    std::uint32_t beginning = 0;  // in the Envelope
    std::uint32_t beginning_size = 0;
  };

  /// What shall become of a member: it gets this value, is added if it was not there, or is
  /// removed where there is no value.
  struct Edit {
    std::string_view key;
    std::optional<Raw> value;
  };

  /// Refuses what is not valid JSON, not an object, or has two members of the same name.
  static Result<Envelope> scan(std::string_view text);

  Envelope(Envelope&&) noexcept = default;
  Envelope& operator=(Envelope&&) noexcept = default;

  std::span<const Member> members() const { return members_; }
  const Member* find(std::string_view key) const;

  /// What an array begins with: its first values, eight at most.  Of what is no
  /// array, nothing.
  static constexpr std::size_t beginning_max = 8;
  std::span<const std::string_view> beginning(const Member& member) const {
    return std::span(beginnings_).subspan(member.beginning, member.beginning_size);
  }

  /// The text with the edits made, which must be of different keys.  A removed member takes one
  /// comma with it; added ones come last.
  std::string splice(std::span<const Edit> edits) const;
  std::string splice(std::initializer_list<Edit> edits) const {
    return splice(std::span(edits.begin(), edits.size()));
  }

 private:
  explicit Envelope(std::string_view text) : text_(text) {}

  std::string_view text_;
  std::vector<Member> members_;
  std::vector<std::string_view> beginnings_;                        // of all its arrays
  std::vector<std::unique_ptr<const std::string>> unescaped_keys_;  // of keys that had escapes
};

}  // namespace omni::json
