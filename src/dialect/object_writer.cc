#include "dialect/object_writer.h"

#include <algorithm>

#include "base/assert.h"
#include "json/scratch_reader.h"

namespace omni::dialect {
namespace {

bool holds_nothing(std::string_view value) {
  return value == "null" || value == R"("")" || value == "[]" || value == "{}";
}

/// What an item says of itself concerns its own conversation alone.
bool is_own_affair(std::string_view name) {
  return name == "id" || name == "status" || name == "phase" || name.starts_with(note) ||
         name.starts_with(carried);
}

void declare(std::string_view name, std::string_view value, Losses& losses) {
  if (!holds_nothing(value) && !is_own_affair(name))
    losses.add(loss::foreign_member, wire_name(name));
}

}  // namespace

void declare_foreign(const chat::Extras& extras, chat::Dialect own, Losses& losses) {
  if (extras.dialect == own) return;
  for (const auto& [name, value] : extras.members) declare(name, value.text(), losses);
}

void declare_foreign(std::string_view aside, Losses& losses) {
  const json::ScratchReader reader;
  const json::Value object = reader->read(aside);
  if (object.kind() != json::Kind::object) return;
  for (const auto [name, value] : object.members()) declare(name, value.slice(), losses);
}

void declare_foreign(const chat::Tool& hosted, chat::Dialect own, Losses& losses) {
  chat::Extras settings = hosted.extras;
  std::erase_if(settings.members, [](const auto& member) {
    return member.first == "type" || member.first == "name";
  });
  declare_foreign(settings, own, losses);
}

void ObjectWriter::skip(std::string_view name) {
  OMNI_ASSERT(count_ < keys_max);
  keys_[count_++] = {name.data(), name.size()};
}

json::Writer& ObjectWriter::key(std::string_view name) {
  skip(name);
  return out_.key(name);
}

void ObjectWriter::extras(const chat::Extras& extras, Losses& losses) {
  if (extras.dialect != own_) return declare_foreign(extras, own_, losses);
  const auto written_end = keys_.begin() + static_cast<std::ptrdiff_t>(count_);
  for (const auto& [name, value] : extras.members) {
    const std::string_view key = wire_name(name);
    const bool written =
        std::any_of(keys_.begin(), written_end, [key](const Key& other) { return other.is(key); });
    if (!written) out_.key(key).raw(value);
  }
}

}  // namespace omni::dialect
