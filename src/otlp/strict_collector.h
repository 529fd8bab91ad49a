#pragma once

// A collector that looks closely at what it is told, as the JSON of OTLP wants it.

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "json/reader.h"
#include "net/test_net.h"

namespace omni::otlp::testing {

struct TestSpan {
  std::string name, trace, id, parent;
  std::int64_t kind = 0, status = 0, flags = 0;
  std::uint64_t begin = 0, end = 0;               // ns
  std::map<std::string, std::string> attributes;  // values as they are spelled

  std::string operator[](const std::string& attribute) const;
};

struct TestPoint {
  std::string metric;
  std::uint64_t count = 0;
  double sum = 0;
  std::map<std::string, std::string> attributes;
};

class StrictCollector {
 public:
  explicit StrictCollector(net::testing::World& world);

  net::Url url(const std::string& path) const {
    return {.origin = server_.origin(), .target = path};
  }
  /// Statuses of its answers, one after the other; then 200.  0: none for ever.
  void answer_with(std::vector<int> statuses);
  /// Waits for them; all that were told so far.
  std::vector<TestSpan> spans(std::size_t at_least);
  /// Of the last report, once there is one.
  std::vector<TestPoint> points();
  std::vector<std::string> bodies();
  /// Head of the last request, as far as it is of interest.
  std::string field(const std::string& name);
  std::map<std::string, std::string> resource();
  /// What of all that was wrong; empty: nothing.
  std::string complaints();

 private:
  net::Task<Status> handle(net::Exchange& exchange);
  void read_traces(json::Value root);
  void read_metrics(json::Value root);
  void read_resource(json::Value one);
  void read_span(json::Value value);
  void read_point(const std::string& metric, json::Value value);
  std::map<std::string, std::string> read_attributes(json::Value list);
  std::uint64_t read_integer(json::Value value);
  std::string read_id(json::Value value, std::size_t digits);

  std::mutex mutex_;  // of all that follows but the server
  json::Reader reader_;
  std::vector<int> statuses_;
  std::vector<TestSpan> spans_;
  std::vector<TestPoint> points_;
  std::vector<std::string> bodies_;
  std::map<std::string, std::string> resource_, fields_;
  std::string complaints_;
  net::testing::TestServer server_;
};

}  // namespace omni::otlp::testing
