#include "otlp/client_metrics.h"

#include <algorithm>
#include <array>

#include "meter/traffic.h"
#include "otlp/spans.h"

namespace omni::otlp {
namespace {

using meter::Traffic;

// As the conventions recommend.
constexpr std::array<double, 14> token_bounds{
    1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864};
constexpr std::array<double, 14> second_bounds{0.01, 0.02, 0.04, 0.08,  0.16,  0.32,  0.64,
                                               1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92};
constexpr std::int64_t cumulative = 2;

}  // namespace

void Histogram::add(double value) {
  const auto bound = std::ranges::lower_bound(bounds_, value);
  ++counts_[static_cast<std::size_t>(bound - bounds_.begin())];
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = count_ == 0 ? value : std::max(max_, value);
  ++count_;
  sum_ += value;
}

void Histogram::write(json::Writer& out) const {
  write_integer(out.key("count"), count_);
  out.key("sum").number(sum_).key("min").number(min_).key("max").number(max_);
  out.key("bucketCounts").begin_array();
  for (const std::uint64_t count : counts_) write_integer(out, count);
  out.end_array().key("explicitBounds").begin_array();
  for (const double bound : bounds_) out.number(bound);
  out.end_array();
}

ClientMetrics::Series::Series() : input(token_bounds), output(token_bounds) {}

/// Who is asked by whom, and in which stretch of time.
struct ClientMetrics::Point {
  std::string_view provider, model;
  Clock::Wall start, now;
  std::string_view extra_name, extra;

  void write(json::Writer& out, const Histogram& histogram) const {
    out.begin_object();
    write_time(out.key("startTimeUnixNano"), start);
    write_time(out.key("timeUnixNano"), now);
    histogram.write(out);
    Attributes attributes(out);
    attributes.text("gen_ai.operation.name", "chat").text("gen_ai.provider.name", provider);
    attributes.text("gen_ai.request.model", model).text(extra_name, extra);
    attributes.end();
    out.end_object();
  }
};

void ClientMetrics::note(const pipeline::Trace& trace) {
  for (const pipeline::Trace::Attempt& attempt : trace.attempts) {
    Series& series = series_of(attempt.provider, attempt.model);
    Histogram& durations =
        series.durations.try_emplace(error_type(attempt), second_bounds).first->second;
    durations.add(std::chrono::duration<double>(attempt.took).count());
    if (attempt.usage.input() + attempt.usage.output() == 0) continue;
    series.used = true;
    series.input.add(static_cast<double>(attempt.usage.input()));
    series.output.add(static_cast<double>(attempt.usage.output()));
  }
}

/// Bounded like the numbers for Prometheus.
ClientMetrics::Series& ClientMetrics::series_of(std::string_view provider, std::string_view model) {
  auto models = providers_.find(provider);
  if (models == providers_.end()) {
    if (providers_.size() >= Traffic::providers_max) provider = Traffic::other;
    models = providers_.try_emplace(std::string(provider)).first;
  }
  const auto found = models->second.find(model);
  if (found != models->second.end()) return found->second;
  if (models_ >= Traffic::models_max) return models->second[std::string(Traffic::other)];
  ++models_;
  return models->second[std::string(model)];
}

void ClientMetrics::write_usage(json::Writer& out, Clock::Wall now) const {
  for (const auto& [provider, models] : providers_) {
    for (const auto& [model, series] : models) {
      if (!series.used) continue;
      Point point{.provider = provider,
                  .model = model,
                  .start = start_,
                  .now = now,
                  .extra_name = "gen_ai.token.type",
                  .extra = "input"};
      point.write(out, series.input);
      point.extra = "output";
      point.write(out, series.output);
    }
  }
}

void ClientMetrics::write_durations(json::Writer& out, Clock::Wall now) const {
  for (const auto& [provider, models] : providers_) {
    for (const auto& [model, series] : models) {
      for (const auto& [error, histogram] : series.durations) {
        Point{.provider = provider,
              .model = model,
              .start = start_,
              .now = now,
              .extra_name = "error.type",
              .extra = error}
            .write(out, histogram);
      }
    }
  }
}

std::string ClientMetrics::to_json(const Source& source, Clock::Wall now) const {
  std::string text;
  json::Writer out(text);
  const auto begin = [&out](std::string_view name, std::string_view unit, std::string_view help) {
    out.begin_object().key("name").text(name).key("unit").text(unit);
    out.key("description").text(help).key("histogram").begin_object();
    out.key("aggregationTemporality").integer(cumulative).key("dataPoints").begin_array();
  };
  const auto end = [&out] { out.end_array().end_object().end_object(); };
  out.begin_object().key("resourceMetrics").begin_array();
  out.begin_object().key("resource").raw(source.resource);
  out.key("scopeMetrics").begin_array();
  out.begin_object().key("scope").raw(source.scope);
  out.key("metrics").begin_array();
  begin("gen_ai.client.token.usage", "{token}", "Tokens that attempts have used");
  write_usage(out, now);
  end();
  begin("gen_ai.client.operation.duration", "s", "How long attempts have taken");
  write_durations(out, now);
  end();
  out.end_array().end_object().end_array().end_object().end_array().end_object();
  return text;
}

}  // namespace omni::otlp
