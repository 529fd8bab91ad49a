#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/loop.h"
#include "net/resolver.h"
#include "net/task_group.h"
#include "otlp/client_metrics.h"
#include "otlp/collector.h"
#include "otlp/spans.h"

namespace omni::otlp {

/// What is sent, where to, and how often.
struct Options {
  std::optional<net::Url> traces, metrics;  // nothing: none of those
  Pairs fields;                             // that collectors want to see; may be secret
  Pairs resource;                           // who we are, `service.name` among it
  std::string version;
  Sampler sampler;
  Millis timeout{10'000};
  Millis metrics_every{60'000};
  Millis linger{1'000};  // how long a span may wait for others
  std::size_t batch_spans_max = 512, waiting_spans_max = 4096;
  Millis farewell{1'000};  // how long the end may take
};

/// Sends what requests came to, on one loop.
class Exporter final : public pipeline::TraceListener {
 public:
  struct Surroundings {
    net::Loop& loop;
    net::ClientTls& tls;
    const Clock& clock;
    Random& random;
    const Log& log;
  };

  /// Not on the loop's thread; all of it outlives the exporter.
  Exporter(const Surroundings& surroundings, Options options);
  /// Sends what is left, not on the loop's thread.  Nobody tells it anything any more.
  ~Exporter() override;
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  /// Of any thread, which it does not hold up.
  void hear(const std::shared_ptr<const pipeline::Trace>& trace) override;

 private:
  struct Batch {
    std::string body;
    std::size_t spans = 0;
  };

  net::Task<> run();
  net::Task<> end();
  net::Task<> send_spans();
  net::Task<> send_metrics();
  bool fill_batch();
  std::uint64_t take_lost();

  const Surroundings around_;
  const Options options_;
  const Source source_;
  net::Resolver resolver_{1};
  net::Client client_;
  std::optional<Collector> traces_, metrics_;

  std::mutex mutex_;  // of these
  std::deque<Told> waiting_;
  std::size_t waiting_spans_ = 0;
  std::uint64_t lost_spans_ = 0;
  ClientMetrics seen_;

  // Of the loop.
  Batch batch_;                             // that is on its way, until it is taken or refused
  std::size_t rest_ = 0, longer_rest_ = 1;  // in turns, while the collector is away
  Clock::Steady metrics_due_;
  bool closing_ = false;
  net::Signal wake_;
  net::TaskGroup tasks_;
};

}  // namespace omni::otlp
