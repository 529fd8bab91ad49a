#include "pipeline/failure_reply.h"

#include <algorithm>

#include "base/clock.h"
#include "dialect/codec.h"
#include "pipeline/admit.h"

namespace omni::pipeline {
namespace {

/// Of an error, whatever a provider has said.
int presentable_status(int status) { return status < 400 || status > 599 ? 502 : status; }

}  // namespace

net::Task<Status> reply_failure(net::Exchange& exchange, chat::Dialect dialect,
                                chat::Failure failure, net::OutFields fields) {
  failure.status = presentable_status(failure.status);
  failure.request_id = exchange.id();
  std::string body = dialect::codec_for(dialect).encode_error(failure);
  co_return co_await reply_failure(exchange, failure, std::move(body), std::move(fields));
}

net::Task<Status> reply_failure(net::Exchange& exchange, const chat::Failure& failure,
                                std::string body, net::OutFields fields) {
  fields.add("content-type", "application/json");
  if (failure.retry_after_ms) {
    const std::int64_t seconds = std::max<std::int64_t>(1, (*failure.retry_after_ms + 999) / 1000);
    fields.add("retry-after", static_cast<std::uint64_t>(seconds));
  }
  // Libraries would wait for the next day with the request in their hand.
  if (failure.code == budget_exceeded) fields.add("x-should-retry", "false");
  co_return co_await exchange.reply(presentable_status(failure.status), std::move(fields),
                                    std::move(body));
}

std::string duration_in_words(Millis duration) {
  std::int64_t seconds = (duration.count() + 999) / 1000;
  if (seconds <= 0) return "0s";
  std::string words;
  const auto add = [&](std::int64_t unit_s, char letter) {
    const std::int64_t count = seconds / unit_s;
    seconds %= unit_s;
    if (count == 0) return;
    if (!words.empty()) words += ' ';
    words += std::to_string(count) + letter;
  };
  add(3600, 'h');
  add(60, 'm');
  add(1, 's');
  return words;
}

}  // namespace omni::pipeline
