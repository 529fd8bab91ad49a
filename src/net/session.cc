#include "net/session.h"

#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <ctime>

#include "base/assert.h"
#include "base/strings.h"
#include "net/loop.h"

namespace omni::net {
namespace {

constexpr std::size_t leading_lines_max = 4;  // empty lines that old clients send after a body

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::time_t now) {
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  const int length = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                   days[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                                   months[static_cast<std::size_t>(parts.tm_mon)],
                                   parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

Task<> Session::run(TlsWire* tls) {
  scope_ = &co_await current_scope();
  if (tls != nullptr) {
    Status ready =
        co_await within(host_.limits.head_time, "TLS handshake", tls->handshake(forever));
    if (!ready) co_return;
  }
  for (;;) {
    const Arrival arrival = co_await read_head();
    if (arrival == Arrival::nothing) co_return;
    if (arrival == Arrival::refused) break;
    first_ = false;
    const Next next = co_await serve();
    if (next == Next::close) co_return;
    if (next == Next::linger) break;
    if (!input_.empty()) co_await yield();  // pipelined requests wait for others' first ones
  }
  co_await linger();
}

void Session::drain() {
  const Error stopping(Error::Kind::unavailable, "the server is stopping");
  if (waiting_ && input_.empty()) {
    scope_->cancel(stopping);
  } else if (waiting_) {
    last_call_.emplace(*scope_, host_.limits.linger_time, stopping.message());
  }
}

Task<Session::Arrival> Session::read_head() {
  using std::chrono::steady_clock;
  constexpr Refusal too_slow{408, "the request head came too slowly"};
  HeadScanner scanner;
  std::size_t leading_lines = 0;
  steady_clock::time_point deadline = steady_clock::now() + host_.limits.head_time;
  bool begun = !input_.empty();
  for (;;) {
    while (begun && leading_lines < leading_lines_max && input_.bytes().starts_with("\r\n")) {
      input_.consume(2);
      ++leading_lines;
    }
    const HeadScanner::Found found = scanner.scan(input_.bytes());
    if (found.refusal) co_return co_await refuse(*found.refusal);
    if (found.head_bytes > 0) {
      const std::optional<Refusal> refusal =
          head_.parse(input_.bytes().substr(0, found.head_bytes));
      input_.consume(found.head_bytes);
      last_call_.reset();
      if (refusal) co_return co_await refuse(*refusal);
      co_return Arrival::request;
    }
    if (input_.empty()) head_.release();
    if (input_.empty() && host_.draining && !first_) co_return Arrival::nothing;
    Millis patience = host_.limits.idle_keep_alive;
    if (begun || first_) {
      patience = std::chrono::duration_cast<Millis>(deadline - steady_clock::now());
    }
    if (begun && patience <= Millis{0}) co_return co_await refuse(too_slow);  // it dribbles
    waiting_ = true;
    const Result<std::size_t> got = co_await input_.fill(std::max(patience, Millis{0}));
    waiting_ = false;
    if (got && *got == 0) co_return Arrival::nothing;
    if (!got) {
      if (!begun || got.error().kind() != Error::Kind::timed_out) co_return Arrival::nothing;
      co_return co_await refuse(too_slow);
    }
    if (!std::exchange(begun, true)) deadline = steady_clock::now() + host_.limits.head_time;
  }
}

Task<Session::Arrival> Session::refuse(Refusal refusal) {
  const std::string body = error_json(Error(Error::Kind::bad_request, std::string(refusal.why)));
  std::string answer = "HTTP/1.1 ";
  append_number(answer, static_cast<std::uint64_t>(refusal.status));
  answer.append(" ").append(reason_phrase(refusal.status)).append("\r\ndate: ").append(date());
  answer.append("\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ");
  append_number(answer, body.size());
  answer.append("\r\n\r\n").append(body);
  const Status sent = co_await send_raw(answer);
  co_return sent ? Arrival::refused : Arrival::nothing;
}

Task<Session::Next> Session::serve() {
  Exchange exchange(*this, head_);
  Status outcome = co_await call_service(exchange);
  const Next next = co_await settle(exchange, std::move(outcome));
  // Without the query, which may hold a key.
  host_.loop.log().debug("request.ended", {{"id", exchange.id()},
                                           {"method", head_.method()},
                                           {"path", head_.path()},
                                           {"status", exchange.status()}});
  co_return next;
}

Task<Status> Session::call_service(Exchange& exchange) {
  Scope scope(co_await current_scope());
  handler_scope_ = &scope;
  watch_client();
  std::optional<Status> outcome;
  try {
    outcome = co_await host_.service.handle(exchange).in(scope);
    OMNI_ASSERT(!*outcome || exchange.writer_.finished());
  } catch (const std::exception& bug) {
    host_.loop.log().error(
        "request.failed",
        {{"method", head_.method()}, {"path", head_.path()}, {"what", bug.what()}});
    outcome = Error(Error::Kind::internal, "internal error");
  }
  handler_scope_ = nullptr;
  wire_->socket().unwatch();
  co_return *std::move(outcome);
}

/// Brings an exchange to its end after its handler returned.
Task<Session::Next> Session::settle(Exchange& exchange, Status outcome) {
  if (!outcome && !exchange.begun()) {
    if (outcome.error().kind() == Error::Kind::cancelled) co_return Next::close;
    const Error error = outcome.error();
    outcome = co_await exchange.reply_error(error);
  }
  if (exchange.writer_.failed()) co_return reset();
  if (!outcome) {
    // Broken off in mid-answer.  Where the close is the end of a body only a reset tells the
    // client; elsewhere the end that is missing does, and what was sent before shall arrive.
    const bool close_is_end = exchange.writer_.framing() == Framing::Kind::to_close;
    co_return close_is_end ? reset() : Next::linger;
  }
  if (!exchange.keep_alive_) co_return Next::linger;
  if (!exchange.body_.done() && !co_await skip_body(exchange)) co_return Next::linger;
  co_return Next::another_request;
}

Session::Next Session::reset() {
  const struct linger now {
    1, 0
  };
  ::setsockopt(wire_->socket().fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  return Next::close;
}

/// Reads over what the handler left of a body, if that is little.
Task<bool> Session::skip_body(Exchange& exchange) {
  exchange.set_body_bytes_max(exchange.body_.reader.bytes_read() + host_.limits.linger_bytes_max);
  Scope scope(co_await current_scope());
  const Deadline deadline(scope, host_.limits.linger_time, "unread body");
  while (!exchange.body_.reader.done()) {
    const Result<std::string_view> piece = co_await exchange.body_.reader.read().in(scope);
    if (!piece) co_return false;
  }
  co_return true;
}

/// Closing with unread input makes the kernel reset the connection, and a reset may overtake the
/// answer.  So the end is announced first, and what still comes is read for a moment.
Task<> Session::linger() {
  wire_->end_sending();
  if (input_.glance() == Input::Glance::gone) co_return;
  Scope scope(co_await current_scope());
  const Deadline deadline(scope, host_.limits.linger_time, "linger");
  std::size_t read = 0;
  for (;;) {
    read += input_.bytes().size();
    input_.consume(input_.bytes().size());
    if (read >= host_.limits.linger_bytes_max) co_return;
    const Result<std::size_t> got = co_await input_.fill(forever).in(scope);
    if (!got || *got == 0) co_return;
  }
}

BodyReader::Options Session::body_options() const {
  return {host_.limits.body_bytes_max, host_.limits.body_pace, Error::Kind::bad_request};
}

std::string_view Session::date() {
  const std::time_t now = Clock::Wall::clock::to_time_t(host_.clock.wall());
  if (now != host_.date_second) {
    host_.date_second = now;
    host_.date = http_date(now);
  }
  return host_.date;
}

void Session::watch_client() {
  if (handler_scope_ != nullptr) wire_->socket().watch(*this);
}

void Session::on_input() {
  if (handler_scope_ == nullptr) return;
  Input::Glance seen = Input::Glance::more;
  while (seen == Input::Glance::more) seen = input_.glance();
  const bool full = seen == Input::Glance::full;  // enough of what was not asked for
  Socket& socket = wire_->socket();
  if (seen == Input::Glance::gone || (full && socket.ended())) {
    handler_scope_->cancel(Error(Error::Kind::cancelled, "the client left"));
  } else if (full) {
    socket.watch_for_more(*this);
  } else {
    socket.watch(*this);
  }
}

}  // namespace omni::net
