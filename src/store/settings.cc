#include "store/settings.h"

#include <algorithm>
#include <map>
#include <type_traits>

#include "base/assert.h"

namespace omni::store {
namespace {

std::vector<json::MemberShape> members_of(std::string_view group) {
  std::vector<json::MemberShape> members;
  for (const SettingRow& row : setting_rows()) {
    if (row.group != group) continue;
    members.push_back({row.name, row.shape, json::Presence::optional, row.help});
  }
  return members;
}

/// The shapes of all groups, made once.
struct GroupShapes {
  GroupShapes() {
    for (const SettingRow& row : setting_rows()) {
      if (members.contains(row.group)) continue;
      const auto made = members.emplace(row.group, members_of(row.group)).first;
      shapes.emplace(row.group, json::shape::object(made->second));
    }
  }

  std::map<std::string_view, std::vector<json::MemberShape>> members;
  std::map<std::string_view, json::Shape> shapes;
};

void take(bool& member, json::Value value) { member = value.boolean(); }
void take(std::int64_t& member, json::Value value) { member = value.integer(); }
void take(double& member, json::Value value) { member = value.number(); }
void take(std::string& member, json::Value value) { member = value.text(); }
void take(json::Raw& member, json::Value value) { member = value.raw(); }
void take(std::vector<std::string>& member, json::Value value) {
  member.clear();
  for (const json::Value item : value.items()) member.emplace_back(item.text());
}

void put(json::Writer& writer, bool member) { writer.boolean(member); }
void put(json::Writer& writer, std::int64_t member) { writer.integer(member); }
void put(json::Writer& writer, double member) { writer.number(member); }
void put(json::Writer& writer, const std::string& member) { writer.text(member); }
void put(json::Writer& writer, const json::Raw& member) { writer.raw(member); }
void put(json::Writer& writer, const std::vector<std::string>& member) {
  writer.begin_array();
  for (const std::string& item : member) writer.text(item);
  writer.end_array();
}

bool is_mask(const SettingRow& row, json::Value value) {
  return row.shape.hidden && value.kind() == json::Kind::text && value.text() == masked;
}

}  // namespace

std::string SettingRow::full_name() const {
  std::string full(group);
  if (!full.empty()) full += '.';
  return full.append(name);
}

const SettingRow* find_setting(std::string_view group, std::string_view name) {
  const std::span<const SettingRow> rows = setting_rows();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const SettingRow& row) {
    return row.group == group && row.name == name;
  });
  return found == rows.end() ? nullptr : &*found;
}

const json::Shape& group_shape(std::string_view group) {
  static const GroupShapes all;
  const auto found = all.shapes.find(group);
  OMNI_ASSERT(found != all.shapes.end());
  return found->second;
}

std::vector<json::Finding> assign(Settings& settings, const SettingRow& row, json::Value value) {
  if (is_mask(row, value)) return {};
  std::vector<json::Finding> findings = json::check(row.shape, value, row.name);
  if (!findings.empty()) return findings;
  std::visit([&](auto member) { take(settings.*member, value); }, row.member);
  return {};
}

void write(json::Writer& writer, const Settings& settings, const SettingRow& row) {
  std::visit([&](auto member) { put(writer, settings.*member); }, row.member);
}

void write_group(json::Writer& writer, const Settings& settings, std::string_view group) {
  for (const SettingRow& row : setting_rows()) {
    if (row.group != group) continue;
    writer.key(row.name);
    const auto* const secret = std::get_if<std::string Settings::*>(&row.member);
    if (row.shape.hidden) {
      OMNI_ASSERT(secret != nullptr);
      writer.text((settings.**secret).empty() ? "" : masked);
    } else {
      write(writer, settings, row);
    }
  }
}

}  // namespace omni::store
