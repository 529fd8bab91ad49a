#include "pipeline/provider_failure.h"

#include "base/redact.h"
#include "net/loop.h"
#include "upstream/reset_time.h"

namespace omni::pipeline {
namespace {

constexpr std::size_t error_body_bytes_max = std::size_t{256} << 10;
constexpr Millis error_body_time{10'000};

}  // namespace

void hide(const Secret& key, chat::Failure& failure) {
  for (std::string* text : {&failure.message, &failure.type, &failure.code, &failure.param}) {
    omni::hide(key, *text);
  }
}

net::Task<ProviderFailure> read_failure(upstream::Answer& answer,
                                        const upstream::Destination& destination, Clock::Wall now) {
  const Result<std::string> read = co_await net::within(
      error_body_time, "error body", net::read_all(answer.body(), error_body_bytes_max));
  // Where it does not say all of it, it says nothing.
  const std::string body = read ? *read : std::string();
  const int status = answer.status();
  ProviderFailure said{
      .failure = dialect::codec_for(destination.base->dialect).decode_error(status, body),
      .reset = upstream::reset_after(answer, body, now)};
  hide(destination.account->key(), said.failure);
  if (said.reset) said.failure.retry_after_ms = said.reset->count();
  co_return said;
}

}  // namespace omni::pipeline
