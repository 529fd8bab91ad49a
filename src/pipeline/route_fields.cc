#include "pipeline/route_fields.h"

#include <algorithm>

namespace omni::pipeline {
namespace {

/// Names of models are the clients', so anything may stand in them.
bool is_plain(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

net::OutFields route_fields(const View& view, const route::Plan& plan, const Origin& origin) {
  net::OutFields fields;
  if (!view.directory.configuration().settings.routing_fields) return fields;
  const auto add = [&fields](std::string_view name, std::string_view value) {
    if (!value.empty() && is_plain(value)) fields.add(name, value);
  };
  add("x-omniroute-provider", origin.provider);
  add("x-omniroute-model", origin.model);
  add("x-omniroute-connection", origin.connection);
  if (plan.combo != nullptr) add("x-omniroute-combo", plan.combo->name);
  fields.add("x-omniroute-attempts", origin.attempts);
  fields.add("x-omniroute-latency-ms", static_cast<std::uint64_t>(origin.took.count()));
  return fields;
}

net::OutFields route_fields(const View& view, const route::Plan& plan, const Trace& trace,
                            std::uint64_t attempts, Millis took) {
  if (trace.attempts.empty()) return {};
  const Trace::Attempt& last = trace.attempts.back();
  return route_fields(view, plan,
                      {.provider = last.provider,
                       .model = last.model,
                       .connection = last.connection,
                       .attempts = attempts,
                       .took = took});
}

}  // namespace omni::pipeline
