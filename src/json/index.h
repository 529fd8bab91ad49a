#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/limits.h"

namespace omni::json {

/// A JSON text that was checked from its first byte to its last, and where its values are.  Reader,
/// Raw and Envelope all stand on it, so they agree on what JSON is: RFC 8259 to the letter, one
/// value, valid UTF-8, nothing after it, depth_max levels.
///
/// A token is the place of a bracket, colon, comma or scalar, counted from 0, the root value.  An
/// index is reused from text to text to keep its memory; it borrows the text.  One thread at a
/// time.
class Index {
 public:
  using Token = std::uint32_t;

  Index();
  ~Index();
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  /// Checks `text` and indexes it.  After a failure the index holds nothing to ask for.
  Status build(std::string_view text);
  /// Gives back the memory that an unusually long text has taken.
  void trim();

  /// The first byte of a token tells what it is: `{ [ } ] : , "` or the start of a scalar.
  char first(Token token) const { return text_[starts_[token]]; }
  /// The token after the value that starts at `value`.
  Token after(Token value) const { return last(value) + 1; }
  /// The value's bytes as they came, without the blanks around it.
  std::string_view slice(Token value) const;
  /// The bytes between the quotes of a string, as they came.
  std::string_view inside(Token string) const;

  /// To visit an object: its first key, or none; a key's value; the key after a value, or none.
  /// Arrays likewise, with first_child and next_child giving values.
  static constexpr Token none = ~Token{0};
  Token first_child(Token container) const {
    return ends_[container] == container + 1 ? none : container + 1;
  }
  static Token value_of(Token key) { return key + 2; }
  Token next_child(Token value) const {
    const Token separator = after(value);
    return first(separator) == ',' ? separator + 1 : none;
  }

 private:
  class Check;
  struct Stage1;

  Status reserve(std::size_t bytes);
  /// Where the bytes of a scalar token end.
  std::size_t scalar_end(Token token) const;
  Token last(Token value) const {
    const char c = first(value);
    return c == '{' || c == '[' ? ends_[value] : value;
  }

  std::unique_ptr<Stage1> stage1_;
  std::string_view text_;
  const std::uint32_t* starts_ = nullptr;  // of each token, in text_
  Token count_ = 0;
  std::unique_ptr<Token[]> ends_;  // of each opening bracket: its closing one
  std::size_t ends_size_ = 0;
};

/// The index of this thread, for a scan that begins and ends within one call: such a call never
/// suspends, so one serves them all.  One Scratch at a time.
class Scratch {
 public:
  Scratch();
  ~Scratch() { index.trim(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  Index& index;
};

/// A key that appears twice among the `count` that `key_at(i)` gives, unescaped.
template <class KeyAt>
std::optional<std::string_view> find_duplicate(std::size_t count, const KeyAt& key_at) {
  constexpr std::size_t pairwise_max = 24;  // sorting pays from about here
  if (count > pairwise_max) {
    std::vector<std::string_view> keys(count);
    for (std::size_t i = 0; i < count; ++i) keys[i] = key_at(i);
    std::sort(keys.begin(), keys.end());
    const auto found = std::adjacent_find(keys.begin(), keys.end());
    return found == keys.end() ? std::nullopt : std::optional(*found);
  }
  for (std::size_t i = 1; i < count; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (key_at(i) == key_at(j)) return key_at(i);
    }
  }
  return std::nullopt;
}

}  // namespace omni::json
