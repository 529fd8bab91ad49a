#include "dialect/extras.h"

#include <algorithm>
#include <string>
#include <utility>

#include "dialect/object_writer.h"
#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect {

bool holds_nothing(json::Value value) {
  switch (value.kind()) {
    case json::Kind::null:
      return true;
    case json::Kind::text:
      return value.slice().size() == 2;
    case json::Kind::array:
      return !(value.items().begin() != value.items().end());
    default:
      return false;
  }
}

void keep(chat::Dialect own, chat::Extras& extras, std::string_view name, json::Value value) {
  extras.dialect = own;
  extras.members.emplace_back(extra_name(name), value.raw());
}

void keep_spelling(chat::Dialect own, chat::Extras& extras, std::string_view name,
                   json::Value value) {
  extras.dialect = own;
  extras.members.emplace_back(std::string(1, carried).append(name), value.raw());
}

const json::Raw* find(chat::Dialect own, const chat::Extras& extras, std::string_view name) {
  if (extras.dialect != own) return nullptr;
  const bool is_note =
      name.starts_with(note);  // and never a member that somebody has named like one
  const auto found = std::ranges::find_if(extras.members, [&](const auto& member) {
    return (is_note ? std::string_view(member.first) : wire_name(member.first)) == name;
  });
  return found == extras.members.end() ? nullptr : &found->second;
}

json::Raw object_of(const json::RawMembers& members) {
  std::string object;
  json::Writer out(object);
  out.begin_object();
  for (const auto& [name, value] : members) out.key(wire_name(name)).raw(value);
  out.end_object();
  return json::Raw::trusted(std::move(object));
}

void keep_inner(chat::Dialect own, chat::Extras& extras, std::string_view name,
                const json::RawMembers& members) {
  if (members.empty()) return;
  extras.dialect = own;
  extras.members.emplace_back(name, object_of(members));
}

chat::Extras inner(chat::Dialect own, const chat::Extras& extras, std::string_view name) {
  chat::Extras found;
  found.dialect = own;
  const json::Raw* const object = find(own, extras, name);
  if (object == nullptr || !object->text().starts_with('{')) return found;
  // Inside of an array, as a document may not have two members of one name at its top.
  std::string wrapped = "[";
  wrapped.append(object->text()).push_back(']');
  const json::ScratchReader reader;
  for (const json::Value item : reader->read(wrapped).items()) {
    for (const auto [key, value] : item.members()) keep(own, found, key, value);
  }
  return found;
}

}  // namespace omni::dialect
