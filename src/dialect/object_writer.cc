#include "dialect/object_writer.h"

#include <algorithm>

#include "base/assert.h"

namespace omni::dialect {
namespace {

bool holds_nothing(std::string_view value) {
  return value == "null" || value == R"("")" || value == "[]" || value == "{}";
}

/// What an item says of itself concerns its own conversation alone, and names with a "#" in front
/// are a codec's notes, which were on no wire.
bool is_own_affair(std::string_view name) {
  return name == "id" || name == "status" || name == "phase" || name.starts_with('#');
}

}  // namespace

void declare_foreign(const chat::Extras& extras, chat::Dialect own, Losses& losses) {
  if (extras.dialect == own) return;
  for (const auto& [name, value] : extras.members) {
    if (!holds_nothing(value.text()) && !is_own_affair(name)) {
      losses.add(loss::foreign_member, name);
    }
  }
}

json::Writer& ObjectWriter::key(std::string_view name) {
  OMNI_ASSERT(count_ < keys_max);
  keys_[count_++] = {name.data(), name.size()};
  return out_.key(name);
}

void ObjectWriter::extras(const chat::Extras& extras, Losses& losses) {
  if (extras.dialect != own_) return declare_foreign(extras, own_, losses);
  const auto written_end = keys_.begin() + static_cast<std::ptrdiff_t>(count_);
  for (const auto& member : extras.members) {
    const auto is_same = [&](const Key& key) { return key.is(member.first); };
    if (std::none_of(keys_.begin(), written_end, is_same))
      out_.key(member.first).raw(member.second);
  }
}

}  // namespace omni::dialect
