#pragma once

#include <string_view>

#include "table.h"

namespace omni::bench {

/// A folder of bench/ and its row in runner.cc.
struct Scenario {
  std::string_view name;
  std::string_view summary;
  void (*run)(const Options& options, Table& table);
};

void run_analytics(const Options& options, Table& table);
void run_relay(const Options& options, Table& table);
void run_gateway(const Options& options, Table& table);
void run_similarity(const Options& options, Table& table);
void run_store(const Options& options, Table& table);
void run_translate(const Options& options, Table& table);

}  // namespace omni::bench
