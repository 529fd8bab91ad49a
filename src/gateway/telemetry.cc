#include "gateway/telemetry.h"

#include <algorithm>

#include "base/ids.h"

namespace omni::gateway {
namespace {

constexpr std::string_view service_name = "service.name", instance_id = "service.instance.id";

/// One that is named for a signal is whole; the one for both has paths behind it.
std::optional<net::Url> address(const Config& config, const std::string& own,
                                std::string_view path) {
  std::string url = own.empty() ? config.otlp_endpoint : own;
  if (url.empty()) return std::nullopt;
  if (own.empty()) {
    while (url.ends_with('/')) url.pop_back();
    url.append(path);
  }
  Result<net::Url> parsed = net::parse_url(url);
  return parsed ? std::optional(*std::move(parsed)) : std::nullopt;
}

otlp::Pairs pairs_of(std::string_view text) {
  Result<otlp::Pairs> pairs = otlp::parse_pairs(text);
  return pairs ? *std::move(pairs) : otlp::Pairs();
}

bool has(const otlp::Pairs& pairs, std::string_view name) {
  return std::ranges::any_of(pairs, [&](const auto& pair) { return pair.first == name; });
}

}  // namespace

otlp::Options telemetry_options(const Config& config, Random& random) {
  otlp::Options options;
  options.version = OMNI_VERSION;
  options.fields = pairs_of(config.otlp_headers.reveal());
  options.timeout = config.otlp_timeout;
  options.metrics_every = config.otel_metric_interval;
  options.sampler = otlp::parse_sampler(config.otel_sampler).value_or(otlp::Sampler());
  options.sampler.ratio = config.otel_sampler_ratio;
  options.resource = pairs_of(config.otel_resource_attributes);
  if (!config.otel_service_name.empty()) {
    std::erase_if(options.resource, [](const auto& pair) { return pair.first == service_name; });
    options.resource.emplace_back(service_name, config.otel_service_name);
  }
  if (!has(options.resource, service_name))
    options.resource.emplace_back(service_name, "omniroute");
  options.resource.emplace_back("service.version", OMNI_VERSION);
  // Sums of two gateways must not be taken for those of one.
  if (!has(options.resource, instance_id)) {
    options.resource.emplace_back(instance_id, new_uuid(random));
  }
  if (config.otel_disabled) return options;
  if (config.otel_traces_exporter != "none") {
    options.traces = address(config, config.otlp_traces_endpoint, "/v1/traces");
  }
  if (config.otel_metrics_exporter != "none") {
    options.metrics = address(config, config.otlp_metrics_endpoint, "/v1/metrics");
  }
  return options;
}

}  // namespace omni::gateway
