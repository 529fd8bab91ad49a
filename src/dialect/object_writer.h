#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "chat/request.h"
#include "dialect/loss.h"
#include "json/writer.h"

namespace omni::dialect {

/// Stands in front of an extra's name where the model says the same in its own words: at home the
/// member goes back as it came, and abroad nothing of it is lost.
inline constexpr char carried = '=';

/// Stands in front of an extra's name for a codec's own note, which was on no wire.
inline constexpr char note = '#';
/// Stands in front of a name of the wire that begins like one of ours: nobody outside makes a note.
inline constexpr char verbatim = '\\';

/// The name under which a member of the wire stands among the extras.
inline std::string extra_name(std::string_view wire) {
  const bool like_ours =
      wire.starts_with(carried) || wire.starts_with(note) || wire.starts_with(verbatim);
  return std::string(like_ours ? 1 : 0, verbatim).append(wire);
}

/// An extra's name as it stood on the wire.
constexpr std::string_view wire_name(std::string_view extra) {
  if (extra.starts_with(carried) || extra.starts_with(verbatim)) extra.remove_prefix(1);
  return extra;
}

/// Declares the members of extras of another dialect as lost, save those that hold nothing (null,
/// "", [] and {}), those by which an item speaks of itself (id, status, phase), notes and those
/// that are carried.
void declare_foreign(const chat::Extras& extras, chat::Dialect own, Losses& losses);
/// Likewise the members of an aside of another dialect.
void declare_foreign(std::string_view aside, Losses& losses);
/// Likewise how a tool that a provider runs itself was set, where its type and name find a place.
void declare_foreign(const chat::Tool& hosted, chat::Dialect own, Losses& losses);

/// Writes an object of which some members are typed and others are extras.  Typed ones come first,
/// and one that was written is not written again from the extras (which may hold it as null).
///
///     ObjectWriter object(out, chat::Dialect::anthropic);
///     object.key("role").text("user");
///     object.end(message.extras, losses);
class ObjectWriter {
 public:
  ObjectWriter(json::Writer& out, chat::Dialect own) : out_(out), own_(own) { out_.begin_object(); }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  /// `name` is a literal.
  json::Writer& key(std::string_view name);
  json::Writer& out() { return out_; }
  /// A member of that name, a literal, is not written from the extras either.
  void skip(std::string_view name);

  /// Writes the members of extras of the own dialect and declares those of another one.
  void extras(const chat::Extras& extras, Losses& losses);
  void end() { out_.end_object(); }
  void end(const chat::Extras& extras, Losses& losses) {
    this->extras(extras, losses);
    end();
  }

 private:
  /// As a string_view, but one that costs nothing until it is there.
  struct Key {
    const char* text;
    std::size_t size;
    bool is(std::string_view name) const { return name == std::string_view(text, size); }
  };

  static constexpr std::size_t keys_max = 48;
  json::Writer& out_;
  chat::Dialect own_;
  std::array<Key, keys_max> keys_;  // the first count_
  std::size_t count_ = 0;
};

}  // namespace omni::dialect
