#pragma once

#include <vector>

#include "api/change.h"
#include "api/route.h"

namespace omni::api {

/// Combos: choices of models under one name.
class Combos {
 public:
  Combos(const Surroundings& with, Changes& changes) : with_(with), changes_(changes) {}

  std::vector<Route> routes();

 private:
  void add_change_rows(std::vector<Route>& rows);
  net::Task<Status> list(net::Exchange& exchange, Arguments);
  net::Task<Status> show(net::Exchange& exchange, Arguments);
  net::Task<Status> create(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> change(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> remove(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> reorder(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> show_metrics(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> reset_metrics(net::Exchange& exchange, Arguments arguments);

  const Surroundings with_;
  Changes& changes_;
};

}  // namespace omni::api
