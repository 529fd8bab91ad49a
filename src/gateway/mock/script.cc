#include "gateway/mock/script.h"

#include <algorithm>
#include <array>

#include "upstream/special/demo_models.h"

namespace omni::gateway::mock {
namespace {

using json::Kind;
using json::Value;
using upstream::Played;

constexpr std::int64_t pause_ms_max = 3'600'000;

Millis pause_of(Value value) {
  const std::int64_t pause = value.integer();
  if (pause < 0 || pause > pause_ms_max) value.refuse("expected 0 to 3600000 milliseconds");
  return Millis{pause};
}

Played::Piece piece_of(Value value) {
  Played::Piece piece;
  if (value.kind() == Kind::text) {
    piece.bytes = value.text();
    return piece;
  }
  for (const auto [name, member] : value.members()) {
    if (name == "text") {
      piece.bytes = member.text();
    } else if (name == "pauseMs") {
      piece.pause = pause_of(member);
    } else {
      member.refuse("expected text or pauseMs");
    }
  }
  return piece;
}

Played::End end_of(Value value) {
  constexpr std::array<std::string_view, 3> names{"whole", "silent", "broken"};
  const auto* const found = std::ranges::find(names, value.text());
  if (found == names.end()) value.refuse("expected whole, silent or broken");
  return static_cast<Played::End>(found == names.end() ? 0 : found - names.begin());
}

int status_in(Value value) {
  const std::int64_t status = value.integer();
  if (status < 200 || status > 599) value.refuse("expected 200 to 599");
  return static_cast<int>(status);
}

void read_member(Played& played, std::string_view name, Value value) {
  if (name == "status") {
    played.status = status_in(value);
  } else if (name == "fields") {
    for (const auto [field, text] : value.members()) {
      played.fields.emplace_back(std::string(field), std::string(text.text()));
    }
  } else if (name == "headPauseMs") {
    played.head_pause = pause_of(value);
  } else if (name == "json") {
    played.fields.emplace_back("content-type", "application/json");
    played.pieces.push_back({Millis{0}, std::string(value.slice())});
  } else if (name == "pieces") {
    for (const Value piece : value.items()) played.pieces.push_back(piece_of(piece));
  } else if (name == "end") {
    played.end = end_of(value);
  } else {
    value.refuse("expected status, fields, headPauseMs, json, pieces or end");
  }
}

}  // namespace

Script::Part Script::read_part(Value value) {
  if (value.kind() == Kind::text) {
    Part part{std::string(value.text()), std::nullopt};
    if (upstream::find_demo_model(part.acts_as) == nullptr) {
      value.refuse("expected a model of the built-in provider");
    }
    return part;
  }
  Played played;
  for (const auto [name, member] : value.members()) read_member(played, name, member);
  return {{}, std::move(played)};
}

Script::Cast Script::read_cast(Value value) {
  Cast cast;
  if (value.kind() != Kind::array) {
    cast.parts.push_back(read_part(value));
    return cast;
  }
  for (const Value item : value.items()) cast.parts.push_back(read_part(item));
  if (cast.parts.empty()) value.refuse("expected at least one part");
  return cast;
}

Script::Casts Script::read_casts(Value value) {
  Casts casts;
  for (const auto [name, cast] : value.members()) casts[std::string(name)] = read_cast(cast);
  return casts;
}

Result<Script> Script::parse(std::string_view text) {
  json::Reader reader;
  Script script;
  for (const auto [name, value] : reader.read(text).members()) {
    if (name == "models") {
      script.models_ = read_casts(value);
    } else if (name == "keys") {
      script.keys_ = read_casts(value);
    } else if (name == "default") {
      script.usual_.reset();
      if (!value.is_null()) script.usual_ = read_part(value);
    } else {
      value.refuse("expected models, keys or default");
    }
  }
  if (Status read = reader.finish(); !read) return read.error();
  return script;
}

const Script::Part* Script::next_of(Casts& casts, std::string_view name) {
  const auto found = casts.find(name);
  if (found == casts.end()) return nullptr;
  Cast& cast = found->second;
  const Part* part = &cast.parts[cast.next];
  if (cast.next + 1 < cast.parts.size()) ++cast.next;
  return part;
}

const Script::Part* Script::next(std::string_view model, std::string_view key) {
  if (const Part* part = next_of(keys_, key)) return part;
  if (const Part* part = next_of(models_, model)) return part;
  const std::string_view last = model.substr(model.rfind('/') + 1);
  if (const Part* part = next_of(models_, last)) return part;
  if (upstream::find_demo_model(last) != nullptr) {
    own_ = {std::string(last), std::nullopt};
    return &own_;
  }
  return usual_ ? &*usual_ : nullptr;
}

}  // namespace omni::gateway::mock
