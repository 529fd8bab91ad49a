#include "pipeline/failure_reply.h"

#include <algorithm>

#include "base/clock.h"
#include "dialect/codec.h"

namespace omni::pipeline {

net::Task<Status> reply_failure(net::Exchange& exchange, chat::Dialect dialect,
                                chat::Failure failure, net::OutFields fields) {
  if (failure.status < 400 || failure.status > 599) failure.status = 502;
  failure.request_id = exchange.id();
  fields.add("content-type", "application/json");
  if (failure.retry_after_ms) {
    const std::int64_t seconds = std::max<std::int64_t>(1, (*failure.retry_after_ms + 999) / 1000);
    fields.add("retry-after", static_cast<std::uint64_t>(seconds));
  }
  co_return co_await exchange.reply(failure.status, std::move(fields),
                                    dialect::codec_for(dialect).encode_error(failure));
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
