#include "otlp/collector.h"

#include <algorithm>
#include <array>
#include <utility>

namespace omni::otlp {
namespace {

constexpr std::size_t answer_bytes_max = std::size_t{64} << 10;

Collector::Outcome outcome_of(int status) {
  constexpr std::array passing{429, 502, 503, 504};
  if (status >= 200 && status < 300) return Collector::Outcome::taken;
  return std::ranges::find(passing, status) == passing.end() ? Collector::Outcome::refused
                                                             : Collector::Outcome::away;
}

}  // namespace

Collector::Collector(net::Client& client, const Log& log, Way way)
    : client_(client), log_(log), way_(std::move(way)) {}

net::Task<Collector::Outcome> Collector::send(std::string_view body) {
  const Result<int> status = co_await net::within(way_.timeout, "no answer in time", post(body));
  const Outcome outcome = status ? outcome_of(*status) : Outcome::away;
  why_.clear();
  if (!status) why_ = status.error().message();
  if (status && outcome != Outcome::taken) why_ = "status " + std::to_string(*status);
  co_return outcome;
}

net::Task<Result<int>> Collector::post(std::string_view body) {
  net::Call call;
  call.origin = way_.url.origin;
  call.target = way_.url.target;
  call.fields.add("content-type", "application/json").add("user-agent", way_.user_agent);
  for (const auto& [name, value] : way_.fields) call.fields.add(name, value);
  call.body = body;
  call.reach = net::Reach::local;
  const Result<std::unique_ptr<net::Answer>> answer = co_await client_.send(call);
  if (!answer) co_return answer.error();
  // To its end, so that the connection can be used again.
  const Result<std::string> said = co_await net::read_all((*answer)->body(), answer_bytes_max);
  if (!said) co_return said.error();
  co_return (*answer)->status();
}

void Collector::note_lost(std::uint64_t items) {
  lost_ += items;
  const bool troubled = items > 0 || !why_.empty();
  if (std::exchange(troubled_, troubled) == troubled) return;
  if (troubled) {
    log_.warn("otlp.collector_fails",
              {{"signal", way_.signal}, {"why", why_.empty() ? "too slow" : why_.c_str()}});
  } else {
    log_.info("otlp.collector_is_back",
              {{"signal", way_.signal}, {"lost", std::exchange(lost_, 0)}});
  }
}

}  // namespace omni::otlp
