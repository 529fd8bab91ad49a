#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "catalog/provider.h"

namespace omni::catalog {

/// One place that could answer a request: a provider's model, perhaps on one connection alone.
struct Target {
  const Provider* provider = nullptr;
  const Model* model = nullptr;  // null where the provider does not list it
  std::string model_id;          // as the provider knows it
  std::string ending;            // of the name, that says how much to think: "-thinking", "-high"
  std::string connection;        // empty: any of the provider's
  std::optional<std::int64_t> output_tokens_max;  // what may be asked for
  std::optional<std::int64_t> cost_nano_max;      // what an answer may cost
};

}  // namespace omni::catalog
