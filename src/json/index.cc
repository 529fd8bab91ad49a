// Checks a JSON text and finds its tokens, in two passes.  simdjson's first stage finds where
// tokens start, many bytes at a time, and refuses invalid UTF-8, open strings and raw control bytes
// in strings; it needs no padding after the text.  Our second pass follows the grammar from token
// to token, so that nothing stays unchecked, and notes where each container ends, so that a reader
// may skip one in a step and look at values in any order.  simdjson's own front ends give one or
// the other: DOM copies every string, On-Demand checks only what is read.

#include "json/index.h"

#include <simdjson.h>

#include <algorithm>
#include <string>

#include "json/escapes.h"

namespace omni::json {
namespace {

constexpr std::size_t text_bytes_max = std::size_t{1} << 30;  // keeps token numbers far from 2^32
constexpr std::size_t capacity_min = std::size_t{16} << 10;
constexpr std::size_t capacity_kept_max = std::size_t{1} << 20;

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
Error invalid(std::string_view why) {
  return Error(Error::Kind::bad_request, "not valid JSON: " + std::string(why));
}

Error explain(simdjson::error_code code) {
  switch (code) {
    case simdjson::EMPTY:
      return invalid("there is no value");
    case simdjson::UTF8_ERROR:
      return invalid("the text is not valid UTF-8");
    case simdjson::UNCLOSED_STRING:
      return invalid("the text ends inside a string");
    case simdjson::UNESCAPED_CHARS:
      return invalid("a control character in a string is not escaped");
    case simdjson::CAPACITY:
      return Error(Error::Kind::too_large, "JSON text of more than 1 GiB");
    case simdjson::MEMALLOC:
      return Error(Error::Kind::unavailable, "out of memory");
    default:
      return Error(Error::Kind::internal, simdjson::error_message(code));
  }
}

}  // namespace

struct Index::Stage1 {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  std::size_t capacity = 0;
};

/// The second pass.  Each function takes the token where its part begins and returns the one after
/// it, or none.  Recursion is bounded by depth_max.
///
/// A text that begins with a bracket must end with that bracket's other half.  So whoever stands on
/// another token may look at the next: only what closes a container can be the last.
class Index::Check {
 public:
  Check(std::string_view text, const std::uint32_t* starts, Token count, Token* ends)
      : text_(text), starts_(starts), count_(count), ends_(ends) {}

  Status run() {
    const Token end = ends_with_its_value() ? value(0, 0) : fail(count_, not_closed);
    if (end != none && end < count_) fail(end, "bytes after the value");
    if (what_ == nullptr) return Nothing{};
    return invalid(std::string(what_) + " at byte " + std::to_string(start_of(where_)));
  }

 private:
  static constexpr const char* not_closed =
      "the text does not end where its first bracket is closed";

  Token fail(Token where, const char* what) {
    where_ = where;
    what_ = what;
    return none;
  }

  bool ends_with_its_value() const {
    const char last = first(count_ - 1);
    return (first(0) != '{' || last == '}') && (first(0) != '[' || last == ']');
  }

  std::size_t start_of(Token token) const { return token < count_ ? starts_[token] : text_.size(); }
  char first(Token token) const { return text_[starts_[token]]; }
  /// Whether the bytes of a scalar may end here.
  bool ends_at(Token token, std::size_t end) const {
    return end == start_of(token + 1) || is_blank(text_[end]);
  }

  /// Most values are strings, then objects: branches in this order are foreseen better than a jump
  /// among all kinds.
  Token value(Token at, std::size_t depth) {
    const char c = first(at);
    if (c == '"') return at + 1;
    if (c == '{' || c == '[') return container(at, depth);
    return scalar(at, c);
  }

  Token scalar(Token at, char c) {
    switch (c) {
      case 't':
        return literal(at, "true");
      case 'f':
        return literal(at, "false");
      case 'n':
        return literal(at, "null");
      default:
        return c == '-' || is_digit(c) ? number(at) : fail(at, "expected a value");
    }
  }

  /// `depth` is how many containers are around it.
  Token container(Token open, std::size_t depth) {
    if (depth == depth_max) return fail(open, "nested too deeply");
    const Token close = first(open) == '{' ? object(open, depth + 1) : array(open, depth + 1);
    if (close == none) return none;
    ends_[open] = close;
    if (depth > 0 && close + 1 == count_) return fail(count_, not_closed);
    return close + 1;
  }

  /// Gives the closing bracket.
  Token object(Token open, std::size_t depth) {
    Token at = open + 1;
    if (first(at) == '}') return at;
    for (;; ++at) {
      if (first(at) != '"') return fail(at, "expected a member name");
      if (first(at + 1) != ':') return fail(at + 1, "expected ':'");
      at = value(at + 2, depth);
      if (at == none) return none;
      if (first(at) != ',') break;
    }
    return first(at) == '}' ? at : fail(at, "expected ',' or '}'");
  }

  Token array(Token open, std::size_t depth) {
    Token at = open + 1;
    if (first(at) == ']') return at;
    for (;; ++at) {
      at = value(at, depth);
      if (at == none) return none;
      if (first(at) != ',') break;
    }
    return first(at) == ']' ? at : fail(at, "expected ',' or ']'");
  }

  /// Inline, so that the comparison is of as many bytes as the word has.
  [[gnu::always_inline]] Token literal(Token at, std::string_view word) {
    const std::size_t start = starts_[at];
    const bool equal = text_.substr(start).starts_with(word);
    return equal && ends_at(at, start + word.size()) ? at + 1 : fail(at, "expected a value");
  }

  Token number(Token at) {
    std::size_t i = starts_[at];
    const std::size_t end = start_of(at + 1);
    const auto skip = [&](auto... wanted) {
      const bool found = i < end && ((text_[i] == wanted) || ...);
      i += found ? 1 : 0;
      return found;
    };
    const auto digits = [&] {
      const std::size_t start = i;
      while (i < end && is_digit(text_[i])) ++i;
      return i > start;
    };
    skip('-');
    bool valid = skip('0') || digits();
    if (valid && skip('.')) valid = digits();
    if (valid && skip('e', 'E')) {
      skip('+', '-');
      valid = digits();
    }
    return valid && ends_at(at, i) ? at + 1 : fail(at, "malformed number");
  }

  std::string_view text_;
  const std::uint32_t* starts_;
  Token count_;
  Token* ends_;
  Token where_ = 0;
  const char* what_ = nullptr;
};

Index::Index() : stage1_(std::make_unique<Stage1>()) {}
Index::~Index() = default;

Status Index::build(std::string_view text) {
  if (text.empty()) return explain(simdjson::EMPTY);
  if (Status reserved = reserve(text.size()); !reserved) return reserved;
  simdjson::internal::dom_parser_implementation& parser = *stage1_->parser;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto code = parser.stage1(bytes, text.size(), simdjson::stage1_mode::regular);
  if (code != simdjson::SUCCESS) return explain(code);

  text_ = text;
  starts_ = parser.structural_indexes.get();
  count_ = parser.n_structural_indexes;
  if (ends_size_ < count_) {
    ends_size_ = std::max<std::size_t>(count_, ends_size_ * 2);
    ends_ = std::make_unique_for_overwrite<Token[]>(ends_size_);
  }
  if (Status tokens = Check(text_, starts_, count_, ends_.get()).run(); !tokens) return tokens;
  const std::size_t bad_escape = find_bad_escape(text);
  if (bad_escape == std::string_view::npos) return Nothing{};
  return invalid("invalid escape at byte " + std::to_string(bad_escape));
}

void Index::trim() {
  if (stage1_->capacity <= capacity_kept_max) return;
  *stage1_ = {};
  ends_.reset();
  ends_size_ = 0;
}

Status Index::reserve(std::size_t bytes) {
  if (bytes <= stage1_->capacity) return Nothing{};
  if (bytes > text_bytes_max) return explain(simdjson::CAPACITY);
  const std::size_t capacity = std::max({bytes, capacity_min, stage1_->capacity * 2});
  *stage1_ = {};
  const auto code = simdjson::get_active_implementation()->create_dom_parser_implementation(
      capacity, 1, stage1_->parser);
  if (code != simdjson::SUCCESS) return explain(code);
  stage1_->capacity = capacity;
  return Nothing{};
}

std::size_t Index::scalar_end(Token token) const {
  std::size_t end = token + 1 < count_ ? starts_[token + 1] : text_.size();
  while (is_blank(text_[end - 1])) --end;
  return end;
}

std::string_view Index::slice(Token value) const {
  const std::size_t start = starts_[value];
  const Token end = last(value);
  return text_.substr(start, (end == value ? scalar_end(value) : starts_[end] + 1) - start);
}

std::string_view Index::inside(Token string) const {
  const std::string_view quoted = slice(string);
  return quoted.substr(1, quoted.size() - 2);
}

Scratch::Scratch()
    : index([]() -> Index& {
        thread_local Index of_this_thread;
        return of_this_thread;
      }()) {}

}  // namespace omni::json
