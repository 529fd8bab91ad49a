#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "json/reader.h"
#include "json/writer.h"
#include "store/sql/session.h"

namespace omni::store {

/// One of the places that a combo chooses from: a model, or another combo.
struct ComboStep {
  std::string id;          // unique in its combo
  std::string model;       // as clients write it; empty: it is a combo
  std::string combo;       // the name of that
  std::string provider;    // of the model, where its name does not say it
  std::string connection;  // empty: any of the provider's
  double weight = 0;
  Millis timeout{0};  // until its first word; 0: as its combo says
  std::string label;
  std::vector<std::string> tags;

  const std::string& name() const { return model.empty() ? combo : model; }
};

/// A choice of models under one name.
struct Combo {
  std::string id, name;
  std::string strategy;  // empty: what settings say
  std::vector<ComboStep> steps;
  json::Raw config = json::Raw::trusted("{}");  // over what settings say
  std::vector<std::string> allowed_providers;   // none: all
  std::int64_t context_length = 0;              // that lists show; 0: what its models have
  bool active = true;
  bool hidden = false;  // left out of lists
  std::int64_t sort_order = 0;
  Clock::Wall created_at{}, updated_at{};
};

/// Sets what the object names, in any of the forms that have been in use: a step is a text, the
/// name of a model or of a combo, or an object.  What does not fit is passed over.
void read_combo(json::Value object, Combo& combo);
/// As the API shows it.
void write_combo(json::Writer& writer, const Combo& combo);

/// By their order, then by their names.
Result<std::vector<Combo>> load_combos(sql::Session& session);
Result<Combo> load_combo(sql::Session& session, std::string_view id);
/// Behind all others.
Status add_combo(sql::Session& session, const Combo& combo);
Status update_combo(sql::Session& session, const Combo& combo);
Status delete_combo(sql::Session& session, std::string_view id);

}  // namespace omni::store
