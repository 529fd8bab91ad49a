#include "store/combos.h"

#include <algorithm>
#include <set>

#include "json/scratch_reader.h"
#include "store/columns.h"

namespace omni::store {
namespace {

using json::Kind;
using json::Value;

constexpr std::string_view unknown = "Combo not found";

void set_text(Value value, std::string& member) {
  if (value.kind() == Kind::text) member = value.text();
}

void set_texts(Value value, std::vector<std::string>& member) {
  if (value.kind() != Kind::array) return;
  member.clear();
  for (const Value item : value.items()) {
    if (item.kind() == Kind::text) member.emplace_back(item.text());
  }
}

void set_boolean(Value value, bool& member) {
  if (value.kind() == Kind::boolean) member = value.boolean();
}

/// An object without a kind may name a model or a combo: which of them, who reads all can tell.
ComboStep step_of(Value value) {
  ComboStep step;
  if (value.kind() == Kind::text) {
    step.model = value.text();
    return step;
  }
  if (value.kind() != Kind::object) return step;
  set_text(value.find("id"), step.id);
  set_text(value.find("model"), step.model);
  set_text(value.find("comboName"), step.combo);
  const Value kind = value.find("kind");
  if (!step.combo.empty() || (kind.kind() == Kind::text && kind.text() == "combo-ref")) {
    if (step.combo.empty()) step.combo = step.model;
    step.model.clear();
  }
  set_text(value.find("provider"), step.provider);
  set_text(value.find("providerId"), step.provider);
  set_text(value.find("connectionId"), step.connection);
  if (value.find("weight").kind() == Kind::number) {
    step.weight = std::max(0.0, value.find("weight").number());
  }
  if (value.find("timeoutMs").kind() == Kind::number) {
    step.timeout = Millis{std::max<std::int64_t>(0, value.find("timeoutMs").integer())};
  }
  set_text(value.find("label"), step.label);
  set_texts(value.find("tags"), step.tags);
  return step;
}

/// "best-model-1-groq-llama-x"
std::string id_of(const ComboStep& step, const std::string& combo, std::size_t place) {
  std::string id = combo + (step.model.empty() ? "-combo-" : "-model-") + std::to_string(place);
  id += '-';
  for (const char c : step.name()) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
    id += plain ? c : '-';
  }
  return id;
}

void give_ids(Combo& combo) {
  std::set<std::string_view> taken;
  std::size_t place = 0;
  for (ComboStep& step : combo.steps) {
    ++place;
    if (step.id.empty() || taken.contains(step.id)) step.id = id_of(step, combo.name, place);
    taken.insert(step.id);
  }
}

/// What had no kind and is a combo's name is that combo.
void find_references(std::vector<Combo>& combos) {
  std::set<std::string_view> names;
  for (const Combo& combo : combos) names.insert(combo.name);
  for (Combo& combo : combos) {
    for (ComboStep& step : combo.steps) {
      if (!step.provider.empty() || !names.contains(step.model)) continue;
      step.combo = std::move(step.model);
      step.model.clear();
    }
  }
}

void write_step(json::Writer& writer, const ComboStep& step) {
  writer.begin_object().key("id").text(step.id);
  if (step.model.empty()) {
    writer.key("kind").text("combo-ref").key("comboName").text(step.combo);
  } else {
    writer.key("kind").text("model").key("model").text(step.model);
    if (!step.provider.empty()) writer.key("providerId").text(step.provider);
    if (!step.connection.empty()) writer.key("connectionId").text(step.connection);
  }
  writer.key("weight").number(step.weight);
  if (step.timeout > Millis{0}) writer.key("timeoutMs").integer(step.timeout.count());
  if (!step.label.empty()) writer.key("label").text(step.label);
  if (!step.tags.empty()) writer.key("tags").raw(to_column(step.tags));
  writer.end_object();
}

std::string data_of(const Combo& combo) {
  std::string data;
  json::Writer writer(data);
  write_combo(writer, combo);
  return data;
}

Combo combo_in(const sql::Row& row) {
  Combo combo;
  combo.id = row.text(0);
  combo.name = row.text(1);
  const json::ScratchReader reader;
  read_combo(reader->read(row.text(2)), combo);
  combo.name = row.text(1);
  combo.sort_order = row.integer(3);
  combo.created_at = time_in(row, 4);
  combo.updated_at = time_in(row, 5);
  return combo;
}

}  // namespace

void read_combo(Value object, Combo& combo) {
  if (object.kind() != Kind::object) return;
  set_text(object.find("name"), combo.name);
  set_text(object.find("strategy"), combo.strategy);
  const Value config = object.find("config");
  if (config.kind() == Kind::object) {
    combo.config = config.raw();
    if (combo.strategy.empty()) set_text(config.find("strategy"), combo.strategy);
  }
  set_texts(object.find("allowedProviders"), combo.allowed_providers);
  const Value context = object.find("context_length");
  if (context.kind() == Kind::number) combo.context_length = context.integer();
  set_boolean(object.find("isActive"), combo.active);
  set_boolean(object.find("isHidden"), combo.hidden);
  const Value models = object.find("models");
  if (models.kind() == Kind::array) {
    combo.steps.clear();
    for (const Value model : models.items()) {
      ComboStep step = step_of(model);
      if (!step.name().empty()) combo.steps.push_back(std::move(step));
    }
  }
  give_ids(combo);
}

void write_combo(json::Writer& writer, const Combo& combo) {
  writer.begin_object().key("id").text(combo.id).key("name").text(combo.name);
  writer.key("models").begin_array();
  for (const ComboStep& step : combo.steps) write_step(writer, step);
  writer.end_array();
  if (!combo.strategy.empty()) writer.key("strategy").text(combo.strategy);
  writer.key("config").raw(combo.config);
  if (!combo.allowed_providers.empty()) {
    writer.key("allowedProviders").raw(to_column(combo.allowed_providers));
  }
  if (combo.context_length > 0) writer.key("context_length").integer(combo.context_length);
  writer.key("isActive").boolean(combo.active).key("isHidden").boolean(combo.hidden);
  writer.key("sortOrder").integer(combo.sort_order);
  writer.key("createdAt").text(iso8601(combo.created_at));
  writer.key("updatedAt").text(iso8601(combo.updated_at)).key("version").integer(2);
  writer.end_object();
}

Result<std::vector<Combo>> load_combos(sql::Session& session) {
  std::vector<Combo> combos;
  const Status read = session.run(
      "SELECT id, name, data, sort_order, created_at, updated_at FROM combos "
      "ORDER BY sort_order, name",
      {}, [&](const sql::Row& row) { combos.push_back(combo_in(row)); });
  if (!read) return read.error();
  find_references(combos);
  return combos;
}

Result<Combo> load_combo(sql::Session& session, std::string_view id) {
  Result<std::vector<Combo>> all = load_combos(session);
  if (!all) return all.error();
  const auto found = std::ranges::find(*all, id, &Combo::id);
  if (found == all->end()) return Error(Error::Kind::not_found, std::string(unknown));
  return std::move(*found);
}

Status add_combo(sql::Session& session, const Combo& combo) {
  const std::string data = data_of(combo);
  return session.run(
      "INSERT INTO combos (id, name, data, sort_order, created_at, updated_at) "
      "SELECT $1, $2, $3, coalesce(max(sort_order), 0) + 1, $4, $5 FROM combos",
      {to_value(combo.id), to_value(combo.name), to_value(data), to_value(combo.created_at),
       to_value(combo.updated_at)});
}

Status update_combo(sql::Session& session, const Combo& combo) {
  const std::string data = data_of(combo);
  return expect_one_row(
      session,
      session.run("UPDATE combos SET name = $2, data = $3, sort_order = $4, updated_at = $5 "
                  "WHERE id = $1",
                  {to_value(combo.id), to_value(combo.name), to_value(data),
                   to_value(combo.sort_order), to_value(combo.updated_at)}),
      unknown);
}

Status delete_combo(sql::Session& session, std::string_view id) {
  return expect_one_row(session, session.run("DELETE FROM combos WHERE id = $1", {to_value(id)}),
                        unknown);
}

}  // namespace omni::store
