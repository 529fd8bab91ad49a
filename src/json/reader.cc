// Values are tokens of an Index: nothing is parsed before it is asked for, and paths are worked out
// only for an error, by walking down from the root to the value that it names.

#include "json/reader.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "json/unescape.h"

namespace omni::json {
namespace {

constexpr std::size_t first_chunk_bytes = std::size_t{4} << 10;

double to_double(std::string_view digits) {
  double value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (parsed.ec == std::errc{}) return value;
  // from_chars does not say on which side a number is out of range: strtod gives infinity or zero.
  return std::strtod(std::string(digits).c_str(), nullptr);
}

std::optional<std::int64_t> to_integer(std::string_view digits) {
  std::int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error == std::errc{} && stop == end) return value;
  constexpr double exact_max = 9007199254740992.0;  // 2^53: beyond it a double skips whole numbers
  const double number = to_double(digits);
  if (stop == end || std::trunc(number) != number || std::abs(number) > exact_max)
    return std::nullopt;
  return static_cast<std::int64_t>(number);
}

}  // namespace

Kind Value::kind() const {
  if (token_ == Index::none || reader_->failed()) return Kind::absent;
  switch (reader_->index_.first(token_)) {
    case '{':
      return Kind::object;
    case '[':
      return Kind::array;
    case '"':
      return Kind::text;
    case 't':
    case 'f':
      return Kind::boolean;
    case 'n':
      return Kind::null;
    default:
      return Kind::number;
  }
}

bool Value::expect(Kind wanted, std::string_view why) const {
  const Kind found = kind();
  if (found == wanted) return true;
  if (found != Kind::absent) refuse(why);
  return false;
}

std::string_view Value::text() const {
  return expect(Kind::text, "expected a string") ? reader_->string_at(token_) : std::string_view{};
}

std::int64_t Value::integer() const {
  if (!expect(Kind::number, "expected a whole number")) return 0;
  const std::optional<std::int64_t> value = to_integer(slice());
  if (!value) refuse("expected a whole number of 64 bits");
  return value.value_or(0);
}

double Value::number() const {
  if (!expect(Kind::number, "expected a number")) return 0;
  const double value = to_double(slice());
  if (std::isfinite(value)) return value;
  refuse("number out of range");
  return 0;
}

bool Value::boolean() const {
  return expect(Kind::boolean, "expected true or false") && reader_->index_.first(token_) == 't';
}

std::string_view Value::slice() const {
  return kind() == Kind::absent ? std::string_view{} : reader_->index_.slice(token_);
}

Raw Value::raw() const {
  const std::string_view bytes = slice();
  return Raw::trusted(std::string(bytes.empty() ? "null" : bytes));
}

Members Value::members() const {
  const bool fits = expect(Kind::object, "expected an object");
  return {reader_, fits ? reader_->index_.first_child(token_) : Index::none};
}

Items Value::items() const {
  const bool fits = expect(Kind::array, "expected an array");
  return {reader_, fits ? reader_->index_.first_child(token_) : Index::none};
}

Value Value::find(std::string_view key) const {
  Value found;
  for (const auto [name, value] : members()) {
    if (name == key) found = value;
  }
  return found.is_null() ? Value{} : found;
}

Value Value::at(std::string_view key) const {
  const Value found = find(key);
  if (!found && token_ != Index::none && !reader_->failed()) {
    refuse("member \"" + presentable(key) + "\" is missing");
  }
  return found;
}

void Value::refuse(std::string_view why) const {
  if (token_ != Index::none) reader_->fail(token_, why);
}

Member Members::Iterator::operator*() const {
  return {reader_->string_at(key_), Value(reader_, Index::value_of(key_))};
}

Members::Iterator& Members::Iterator::operator++() {
  key_ = reader_->index_.next_child(Index::value_of(key_));
  return *this;
}

Items::Iterator& Items::Iterator::operator++() {
  item_ = reader_->index_.next_child(item_);
  return *this;
}

Reader::Reader()
    : first_chunk_(std::make_unique_for_overwrite<std::byte[]>(first_chunk_bytes)),
      unescaped_(first_chunk_.get(), first_chunk_bytes) {}

Value Reader::read(std::string_view text, Error::Kind blame) {
  error_.reset();
  unescaped_.release();
  blame_ = blame;
  if (Status checked = index_.build(text); !checked) {
    const Error& error = checked.error();
    const bool invalid = error.kind() == Error::Kind::bad_request;
    error_.emplace(invalid ? blame : error.kind(), error.message());
    return {};
  }
  if (index_.first(0) == '{' && has_duplicate_members()) return {};
  return {this, 0};
}

Status Reader::finish() {
  index_.trim();
  if (error_) return *error_;
  return Nothing{};
}

void Reader::forget() {
  index_.trim();
  unescaped_.release();
  error_.reset();
}

bool Reader::has_duplicate_members() {
  keys_.clear();
  for (const Member member : Value(this, 0).members()) keys_.push_back(member.key);
  const auto twice = find_duplicate(keys_.size(), [&](std::size_t i) { return keys_[i]; });
  if (twice) fail(0, "member \"" + presentable(*twice) + "\" appears twice");
  return twice.has_value();
}

void Reader::fail(Index::Token where, std::string_view why) {
  if (!error_) error_.emplace(blame_, path_to(where) + ": " + std::string(why));
}

std::string Reader::path_to(Index::Token where) const {
  std::string path;
  Index::Token here = 0;
  while (here != where) {
    const bool object = index_.first(here) == '{';
    Index::Token child = index_.first_child(here);
    for (std::size_t position = 0;; ++position) {
      const Index::Token value = object ? Index::value_of(child) : child;
      if (where < index_.after(value)) {
        if (object && !path.empty()) path.push_back('.');
        path += object ? presentable(unescaped(index_.inside(child)))
                       : "[" + std::to_string(position) + "]";
        here = value;
        break;
      }
      child = index_.next_child(value);
    }
  }
  return path.empty() ? "top level" : path;
}

std::string_view Reader::string_at(Index::Token token) {
  const std::string_view inside = index_.inside(token);
  if (inside.find('\\') == std::string_view::npos) return inside;
  char* const start = static_cast<char*>(unescaped_.allocate(inside.size(), 1));
  return {start, static_cast<std::size_t>(unescape(inside, start) - start)};
}

}  // namespace omni::json
