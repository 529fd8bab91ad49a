#include "net/exchange.h"

#include <array>

#include "base/strings.h"
#include "net/decoded_body.h"
#include "net/session.h"

namespace omni::net {
namespace {

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

int status_of(Error::Kind kind) {
  using enum Error::Kind;
  switch (kind) {
    case bad_request:
      return 400;
    case unauthorized:
      return 401;
    case forbidden:
      return 403;
    case not_found:
      return 404;
    case conflict:
      return 409;
    case too_large:
      return 413;
    case unsupported_media:
      return 415;
    case rate_limited:
    case over_budget:
      return 429;
    case unavailable:
      return 503;
    case timed_out:
      return 504;
    case cancelled:
      return 499;
    case upstream:
      return 502;
    case internal:
      return 500;
  }
  return 500;
}

Exchange::Body::Body(Exchange& owner, Input& input, const BodyReader::Options& options)
    : exchange(owner),
      reader(input, owner.request_.framing(), options),
      ask_first(owner.request_.expects_continue() && input.empty() && !reader.done()) {}

Task<Result<std::string_view>> Exchange::Body::read() {
  if (ask_first && acceptable() && !exchange.writer_.begun()) {
    ask_first = false;
    Status asked = co_await exchange.session_.send_raw(continue_line);
    if (!asked) co_return asked.error();
  }
  Result<std::string_view> piece = co_await reader.read();
  if (!piece) {
    exchange.keep_alive_ = false;  // where the next request would begin is not known
  }
  exchange.session_.watch_client();
  co_return piece;
}

Exchange::Exchange(Session& session, const RequestHead& request)
    : session_(session),
      request_(request),
      body_(*this, session.input(), session.body_options()),
      writer_(session.wire(), session.limits().write_stall),
      body_bytes_max_(session.limits().body_bytes_max),
      keep_alive_(request.keep_alive()),
      error_body_([](const Error& error, int /*status*/, std::string_view id) {
        return error_json(error, id);
      }) {
  if (request.method() == "HEAD") writer_.omit_body();
}

Exchange::~Exchange() = default;

const Peer& Exchange::peer() const { return session_.peer(); }

std::string_view Exchange::param(std::string_view name) const {
  for (const auto& [param, value] : params_) {
    if (param == name) return value;
  }
  return {};
}

void Exchange::set_body_bytes_max(std::uint64_t bytes_max) {
  body_bytes_max_ = bytes_max;
  body_.reader.set_bytes_max(bytes_max);
}

Task<Result<std::string>> Exchange::read_body() {
  const std::string_view coding = request_.field("content-encoding");
  if (coding.empty()) return read_all(body_, body_bytes_max_);
  return read_coded_body(coding);
}

Task<Result<std::string>> Exchange::read_coded_body(std::string_view coding) {
  const Result<std::vector<Coding>> codings = parse_codings(coding);
  if (!codings) {
    co_return Error(Error::Kind::unsupported_media,
                    "The body's Content-Encoding is none of gzip, deflate, br and zstd");
  }
  if (codings->empty()) co_return co_await read_all(body_, body_bytes_max_);
  DecodedBody decoded(body_, make_decompressor(*codings));
  Result<std::string> body = co_await read_all(decoded, body_bytes_max_);
  if (!body && body.error().kind() == Error::Kind::upstream) {
    co_return Error(Error::Kind::bad_request, "The body is not what its Content-Encoding says");
  }
  co_return body;
}

std::string Exchange::head_text(int status, const OutFields& fields) const {
  std::string head;
  head.reserve(160 + fields.text().size() + standing_fields_.text().size());
  head.append("HTTP/1.1 ");
  append_number(head, static_cast<std::uint64_t>(status));
  head.append(" ").append(reason_phrase(status)).append("\r\ndate: ");
  head.append(session_.date()).append("\r\n").append(standing_fields_.text());
  head.append(fields.text());
  if (!keep_alive_) {
    head.append("connection: close\r\n");
  } else if (!request_.http11()) {
    head.append("connection: keep-alive\r\n");
  }
  return head;
}

Status Exchange::begin(int status, const OutFields& fields, std::optional<std::uint64_t> length) {
  if (!fields.valid() || !standing_fields_.valid()) {
    return Error(Error::Kind::internal, "a field of the answer holds bytes that it may not hold");
  }
  if (fields.frames() || standing_fields_.frames()) {
    return Error(Error::Kind::internal, "the answer brings framing of its own");
  }
  Framing framing{Framing::Kind::none, 0};
  if (!has_no_body(status)) {
    if (length) {
      framing = {Framing::Kind::length, *length};
    } else if (request_.http11()) {
      framing = {Framing::Kind::chunked, 0};
    } else {
      framing = {Framing::Kind::to_close, 0};
      keep_alive_ = false;
    }
  }
  // A body that was never asked for may come or not: no request can be told from it.
  if (body_.ask_first || !body_.acceptable()) keep_alive_ = false;
  if (!session_.may_persist()) keep_alive_ = false;
  status_ = status;
  writer_.begin(head_text(status, fields), framing);
  return Nothing{};
}

Task<Status> Exchange::reply(int status, OutFields fields, std::string body) {
  Status begun = begin(status, fields, body.size());
  if (!begun) co_return begun.error();
  if (has_no_body(status)) body.clear();
  co_return co_await finish(body);
}

Task<Status> Exchange::reply_json(int status, std::string json) {
  OutFields fields;
  fields.add("content-type", "application/json");
  co_return co_await reply(status, std::move(fields), std::move(json));
}

Task<Status> Exchange::reply_error(const Error& error) {
  const int status = body_.reader.too_slow() ? 408 : status_of(error.kind());
  co_return co_await reply_json(status, error_body(error, status));
}

}  // namespace omni::net
