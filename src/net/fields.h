#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace omni::net {

struct Field {
  std::string_view name;
  std::string_view value;
};

/// The fields of a received head, in their order: views into the head's text.
class Fields {
 public:
  /// The value of the first field of that name, case ignored.
  std::optional<std::string_view> find(std::string_view name) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

  void add(Field field) { fields_.push_back(field); }
  void clear() { fields_.clear(); }
  /// Forgets the fields and gives their memory back.
  void release() { fields_ = {}; }

 private:
  std::vector<Field> fields_;
};

/// Fields to be sent, kept as the bytes that go out.  A name that is no token or a value with a
/// control byte never gets in: the whole set is marked invalid, and whoever should send it refuses,
/// so no line break of a caller can forge a field or a second message.
class OutFields {
 public:
  OutFields& add(std::string_view name, std::string_view value);
  OutFields& add(std::string_view name, std::uint64_t value);

  bool valid() const { return valid_; }
  /// Whether content-length, transfer-encoding or connection stand among them: those are made by
  /// whoever sends a message, and twice they would be read in two ways.
  bool frames() const { return frames_; }
  /// `Name: value` lines, each with its CRLF.
  std::string_view text() const { return text_; }

 private:
  std::string text_;
  bool valid_ = true;
  bool frames_ = false;
};

/// Whether the comma-separated list `value` holds `token`, case ignored.
bool list_has_token(std::string_view value, std::string_view token);

/// Fields that speak of one connection only and are never passed on to the next.
bool is_hop_by_hop(std::string_view name);

/// Whether `text` may stand as a method or field name (RFC 9110 token).
bool is_token(std::string_view text);

}  // namespace omni::net
