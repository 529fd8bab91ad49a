// How libFuzzer shall change inputs that are JSON, or lines with JSON in them: changed bytes mostly
// make no JSON any more and go no further than the reader.  Changes one value or member of the
// document and leaves the rest; every fourth change is libFuzzer's own.

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "json/reader.h"
#include "json/writer.h"
#include "target.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace omni::fuzz {
namespace {

using json::Kind;
using json::Value;

constexpr std::array<std::string_view, 16> constants{
    "null", "true",  "false", "0",      "-1", "1.5",  "1e300",  "9007199254740993",
    "\"\"", "\"x\"", "[]",    "[null]", "{}", "[{}]", "\"{}\"", R"("\u0000\ud83d\ude00\n")"};

/// Copies a document with one change.
class Change {
 public:
  Change(Value root, std::minstd_rand& chance) : root_(root), chance_(chance) {
    collect(root);
    target_ = pick(values_.size());
    kind_ = static_cast<What>(pick(6));
  }

  std::string made() {
    std::string out;
    json::Writer writer(out);
    copy(root_, writer);
    return out;
  }

 private:
  enum class What : std::uint8_t { replace, move, drop, twice, rename, wrap };

  std::size_t pick(std::size_t count) { return count == 0 ? 0 : chance_() % count; }

  void collect(Value value) {
    values_.push_back(value.slice());
    if (value.kind() == Kind::array) {
      for (const Value item : value.items()) collect(item);
    } else if (value.kind() == Kind::object) {
      for (const auto [key, member] : value.members()) {
        keys_.emplace_back(key);
        collect(member);
      }
    }
  }

  void copy(Value value, json::Writer& out) {
    const bool here = next_++ == target_;
    if (here && kind_ == What::replace) return void(out.raw(constants[pick(constants.size())]));
    if (here && kind_ == What::move) return void(out.raw(values_[pick(values_.size())]));
    if (here && kind_ == What::wrap) return void(out.begin_array().raw(value.slice()).end_array());
    if (value.kind() == Kind::array) {
      out.begin_array();
      for (const Value item : value.items()) copy_item(item, out);
      out.end_array();
    } else if (value.kind() == Kind::object) {
      out.begin_object();
      for (const auto [key, member] : value.members()) copy_member(key, member, out);
      out.end_object();
    } else {
      out.raw(value.slice());
    }
  }

  void copy_item(Value item, json::Writer& out) {
    const bool here = next_ == target_;
    if (here && kind_ == What::drop) return skip(item);
    if (here && kind_ == What::twice) out.raw(item.slice());
    copy(item, out);
  }

  void copy_member(std::string_view key, Value member, json::Writer& out) {
    const bool here = next_ == target_;
    if (here && kind_ == What::drop) return skip(member);
    out.key(here && kind_ == What::rename ? keys_[pick(keys_.size())] : key);
    copy(member, out);
  }

  /// Counts the values that are left out.
  void skip(Value value) {
    const std::size_t before = values_.size();
    collect(value);
    next_ += values_.size() - before;
  }

  Value root_;
  std::minstd_rand& chance_;
  std::vector<std::string_view> values_;
  std::vector<std::string> keys_;
  std::size_t target_ = 0, next_ = 0;
  What kind_{};
};

std::optional<std::string> changed(std::string_view json, std::minstd_rand& chance) {
  json::Reader reader;
  const Value root = reader.read(json);
  if (!root) return std::nullopt;
  return Change(root, chance).made();
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    lines.back() += c;
    if (c == '\n') lines.emplace_back();
  }
  return lines;
}

/// Of a stream: changes, drops, doubles or moves one line.
std::string changed_line(std::string_view text, std::minstd_rand& chance) {
  std::vector<std::string> lines = lines_of(text);
  std::string& line = lines[chance() % lines.size()];
  const std::size_t begin = line.find_first_of("{[");
  switch (chance() % 8) {
    case 0:
      line.clear();
      break;
    case 1:
      line += line;
      break;
    case 2:
      std::swap(line, lines[chance() % lines.size()]);
      break;
    default:
      if (begin == std::string::npos) break;
      const std::size_t end = std::min(line.find_last_not_of("\r\n") + 1, line.size());
      if (const auto made = changed(std::string_view(line).substr(begin, end - begin), chance))
        line.replace(begin, end - begin, *made);
  }
  std::string out;
  for (const std::string& each : lines) out += each;
  return out;
}

}  // namespace
}  // namespace omni::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned int seed) {
  std::minstd_rand chance(seed);
  if (chance() % 4 == 0) return LLVMFuzzerMutate(data, size, size_max);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string made =
      omni::fuzz::changed(text, chance).value_or(omni::fuzz::changed_line(text, chance));
  made.resize(std::min(made.size(), size_max));
  std::memcpy(data, made.data(), made.size());
  return made.size();
}
