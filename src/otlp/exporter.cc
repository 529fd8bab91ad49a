#include "otlp/exporter.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "net/loop_pool.h"

namespace omni::otlp {
namespace {

constexpr std::size_t rest_max = 32;

std::optional<Collector::Way> way_of(const Options& options, std::string_view signal,
                                     const std::optional<net::Url>& url) {
  if (!url) return std::nullopt;
  return Collector::Way{.signal = signal,
                        .url = *url,
                        .fields = options.fields,
                        .timeout = options.timeout,
                        .user_agent = "omniroute/" + options.version};
}

}  // namespace

Exporter::Exporter(const Surroundings& surroundings, Options options)
    : around_(surroundings),
      options_(std::move(options)),
      source_(source_of(options_.resource, options_.version)),
      client_(around_.loop, resolver_, around_.tls),
      seen_(around_.clock.wall()),
      metrics_due_(around_.clock.steady() + options_.metrics_every),
      tasks_(around_.loop) {
  if (auto way = way_of(options_, "traces", options_.traces)) {
    traces_.emplace(client_, around_.log, *std::move(way));
  }
  if (auto way = way_of(options_, "metrics", options_.metrics)) {
    metrics_.emplace(client_, around_.log, *std::move(way));
  }
  net::LoopPool::run_on(around_.loop, [this]() -> net::Task<> {
    tasks_.spawn(run());
    co_return;
  });
}

Exporter::~Exporter() {
  net::LoopPool::run_on(around_.loop, [this] { return end(); });
}

net::Task<> Exporter::end() {
  closing_ = true;
  wake_.set();
  if (!co_await tasks_.drained(options_.farewell)) {
    tasks_.cancel(Error(Error::Kind::cancelled, "the end"));
    co_await tasks_.drained();
  }
  client_.close();
  if (traces_) traces_->note_lost(take_lost() + batch_.spans + waiting_spans_);
}

void Exporter::hear(const std::shared_ptr<const pipeline::Trace>& trace) {
  const Clock::Wall now = around_.clock.wall();
  bool full = false;
  {
    const std::scoped_lock lock(mutex_);
    if (metrics_) seen_.note(*trace);
    if (!traces_) return;
    Told told{.trace = trace, .place = place_of(trace->traceparent, around_.random), .ended = now};
    if (!options_.sampler.takes(told.place)) return;
    const std::size_t before = waiting_spans_;
    const std::size_t after = before + told.spans();
    if (after > options_.waiting_spans_max) {
      lost_spans_ += told.spans();
      return;
    }
    full = before < options_.batch_spans_max && after >= options_.batch_spans_max;
    waiting_spans_ = after;
    waiting_.push_back(std::move(told));
  }
  if (full) around_.loop.post([this] { wake_.set(); });
}

/// The last turn is the one that begins after the end was told.
net::Task<> Exporter::run() {
  for (bool last = false; !last;) {
    if (!closing_ && co_await wake_.wait(options_.linger) == net::Woken::cancelled) co_return;
    last = closing_;
    if (traces_) co_await send_spans();
    if (metrics_) co_await send_metrics();
  }
}

net::Task<> Exporter::send_spans() {
  if (rest_ > 0 && !closing_) {
    --rest_;
    co_return;
  }
  while (batch_.spans > 0 || fill_batch()) {
    const Collector::Outcome outcome = co_await traces_->send(batch_.body);
    if (outcome == Collector::Outcome::away) {
      traces_->note_lost(take_lost());
      rest_ = longer_rest_;
      longer_rest_ = std::min(2 * longer_rest_, rest_max);
      co_return;
    }
    longer_rest_ = 1;
    const bool refused = outcome == Collector::Outcome::refused;
    traces_->note_lost(take_lost() + (refused ? batch_.spans : 0));
    batch_ = {};
  }
}

/// As many whole requests as fit, one at least.
bool Exporter::fill_batch() {
  std::vector<Told> taken;
  batch_ = {};
  {
    const std::scoped_lock lock(mutex_);
    while (!waiting_.empty()) {
      const std::size_t spans = waiting_.front().spans();
      if (batch_.spans > 0 && batch_.spans + spans > options_.batch_spans_max) break;
      batch_.spans += spans;
      waiting_spans_ -= spans;
      taken.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  if (!taken.empty()) batch_.body = spans_as_json(source_, taken, around_.random);
  return batch_.spans > 0;
}

std::uint64_t Exporter::take_lost() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(lost_spans_, 0);
}

/// All that was seen since the start: one that is not taken is made good by the next.
net::Task<> Exporter::send_metrics() {
  const Clock::Steady now = around_.clock.steady();
  if (now < metrics_due_ && !closing_) co_return;
  metrics_due_ = now + options_.metrics_every;
  std::string body;
  {
    const std::scoped_lock lock(mutex_);
    if (seen_.empty()) co_return;
    body = seen_.to_json(source_, around_.clock.wall());
  }
  co_await metrics_->send(body);
  metrics_->note_lost(0);
}

}  // namespace omni::otlp
