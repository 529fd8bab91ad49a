#include "otlp/strict_collector.h"

#include <algorithm>
#include <cctype>

#include "base/strings.h"

namespace omni::otlp::testing {

using net::testing::eventually;

namespace {

void note(std::string& complaints, bool holds, const std::string& what) {
  if (!holds) complaints.append("It is not so that it ").append(what).append("\n");
}

}  // namespace

std::string TestSpan::operator[](const std::string& attribute) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? "none" : found->second;
}

StrictCollector::StrictCollector(net::testing::World& world)
    : server_(world, [this](net::Exchange& exchange) { return handle(exchange); }) {}

void StrictCollector::answer_with(std::vector<int> statuses) {
  const std::scoped_lock lock(mutex_);
  statuses_ = std::move(statuses);
}

std::vector<TestSpan> StrictCollector::spans(std::size_t at_least) {
  EXPECT_TRUE(eventually([&] {
    const std::scoped_lock lock(mutex_);
    return spans_.size() >= at_least;
  }));
  const std::scoped_lock lock(mutex_);
  return spans_;
}

std::vector<TestPoint> StrictCollector::points() {
  EXPECT_TRUE(eventually([&] {
    const std::scoped_lock lock(mutex_);
    return !points_.empty();
  }));
  const std::scoped_lock lock(mutex_);
  return points_;
}

std::vector<std::string> StrictCollector::bodies() {
  const std::scoped_lock lock(mutex_);
  return bodies_;
}

std::string StrictCollector::field(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  return fields_[name];
}

std::map<std::string, std::string> StrictCollector::resource() {
  const std::scoped_lock lock(mutex_);
  return resource_;
}

std::string StrictCollector::complaints() {
  const std::scoped_lock lock(mutex_);
  return complaints_;
}

net::Task<Status> StrictCollector::handle(net::Exchange& exchange) {
  const Result<std::string> body = co_await exchange.read_body();
  if (!body) co_return body.error();
  int status = 200;
  {
    const std::scoped_lock lock(mutex_);
    if (!statuses_.empty()) {
      status = statuses_.front();
      statuses_.erase(statuses_.begin());
    }
    bodies_.push_back(*body);
    for (const char* const name : {"content-type", "user-agent", "x-key"}) {
      fields_[name] = exchange.request().field(name);
    }
    note(complaints_, exchange.request().method() == "POST", "is posted");
    note(complaints_, fields_["content-type"] == "application/json", "is JSON");
    if (status == 200) {
      const json::Value root = reader_.read(*body);
      const bool traces = exchange.request().target() == "/v1/traces";
      traces ? read_traces(root) : read_metrics(root);
      const Status read = reader_.finish();
      if (!read) complaints_.append(read.error().message());
    }
  }
  if (status == 0) co_return co_await net::testing::idle(Millis(3'600'000));
  co_return co_await exchange.reply_json(status, "{}");
}

void StrictCollector::read_resource(json::Value one) {
  resource_ = read_attributes(one.at("resource").at("attributes"));
  note(complaints_, !resource_["service.name"].empty(), "names its service");
}

void StrictCollector::read_traces(json::Value root) {
  for (const json::Value one : root.at("resourceSpans").items()) {
    read_resource(one);
    for (const json::Value scope : one.at("scopeSpans").items()) {
      note(complaints_, !scope.at("scope").at("name").text().empty(), "names its scope");
      for (const json::Value span : scope.at("spans").items()) read_span(span);
    }
  }
}

void StrictCollector::read_span(json::Value value) {
  constexpr std::int64_t server = 2, client = 3;
  TestSpan span{
      .name = std::string(value.at("name").text()),
      .trace = read_id(value.at("traceId"), 32),
      .id = read_id(value.at("spanId"), 16),
      .parent = value.find("parentSpanId") ? read_id(value.at("parentSpanId"), 16) : "",
      .kind = value.at("kind").integer(),
      .status = value.at("status").find("code") ? value.at("status").at("code").integer() : 0,
      .flags = value.at("flags").integer(),
      .begin = read_integer(value.at("startTimeUnixNano")),
      .end = read_integer(value.at("endTimeUnixNano")),
      .attributes = read_attributes(value.at("attributes"))};
  note(complaints_, span.kind == server || span.kind == client, "is of a kind");
  note(complaints_, span.begin <= span.end, "ends after it began");
  note(complaints_, !value.at("status").find("message"), "tells no words");
  note(complaints_, span.status == 0 || span.status == 2, "has a status");
  spans_.push_back(std::move(span));
}

void StrictCollector::read_metrics(json::Value root) {
  points_.clear();
  for (const json::Value one : root.at("resourceMetrics").items()) {
    read_resource(one);
    for (const json::Value scope : one.at("scopeMetrics").items()) {
      for (const json::Value metric : scope.at("metrics").items()) {
        const json::Value histogram = metric.at("histogram");
        note(complaints_, !metric.at("unit").text().empty(), "has a unit");
        note(complaints_, histogram.at("aggregationTemporality").integer() == 2, "is cumulative");
        const std::string name(metric.at("name").text());
        for (const json::Value point : histogram.at("dataPoints").items()) read_point(name, point);
      }
    }
  }
}

void StrictCollector::read_point(const std::string& metric, json::Value value) {
  TestPoint point{.metric = metric,
                  .count = read_integer(value.at("count")),
                  .sum = value.at("sum").number(),
                  .attributes = read_attributes(value.at("attributes"))};
  std::uint64_t in_buckets = 0;
  std::size_t buckets = 0, bounds = 0;
  double last = -1;
  for (const json::Value count : value.at("bucketCounts").items()) {
    in_buckets += read_integer(count);
    ++buckets;
  }
  for (const json::Value bound : value.at("explicitBounds").items()) {
    note(complaints_, bound.number() > last, "has bounds in their order");
    last = bound.number();
    ++bounds;
  }
  note(complaints_, buckets == bounds + 1, "has one bucket more than bounds");
  note(complaints_, in_buckets == point.count, "has everything in a bucket");
  note(complaints_,
       read_integer(value.at("startTimeUnixNano")) <= read_integer(value.at("timeUnixNano")),
       "ends after it began");
  points_.push_back(std::move(point));
}

std::map<std::string, std::string> StrictCollector::read_attributes(json::Value list) {
  std::map<std::string, std::string> all;
  for (const json::Value pair : list.items()) {
    std::size_t values = 0;
    for (const auto& [type, value] : pair.at("value").members()) {
      ++values;
      std::string text;
      if (type == "stringValue") {
        text = value.text();
      } else if (type == "intValue") {
        text = std::to_string(read_integer(value));
      } else {
        note(complaints_, type == "doubleValue" || type == "boolValue" || type == "arrayValue",
             "has a type: " + std::string(type));
        text = value.slice();
      }
      note(complaints_, all.emplace(pair.at("key").text(), text).second, "says nothing twice");
    }
    note(complaints_, values == 1, "has one value for a name");
  }
  return all;
}

/// 64 bits are decimal texts.
std::uint64_t StrictCollector::read_integer(json::Value value) {
  const std::optional<std::uint64_t> number = parse_unsigned(value.text());
  note(complaints_, number.has_value(), "spells a number: " + std::string(value.slice()));
  return number.value_or(0);
}

std::string StrictCollector::read_id(json::Value value, std::size_t digits) {
  std::string id(value.text());
  const auto is_digit = [](char c) { return hex_value(c) >= 0; };
  note(complaints_, id.size() == digits && std::ranges::all_of(id, is_digit), "has an id: " + id);
  note(complaints_, id.find_first_not_of('0') != std::string::npos,
       "has an id that is none: " + id);
  return id;
}

}  // namespace omni::otlp::testing
