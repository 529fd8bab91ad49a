#include "net/client.h"

#include "base/assert.h"
#include "base/strings.h"
#include "net/decoded_body.h"
#include "net/loop.h"

namespace omni::net {
namespace {

/// Two requests may share a connection when this is the same.
std::string key_of(const Call& call) {
  std::string key(call.origin.scheme == Scheme::https ? "https " : "http ");
  key.append(call.origin.host).append(" ");
  append_number(key, call.origin.port);
  if (call.proxy != nullptr) {
    key.append(" ").append(call.proxy->host).append(" ");
    append_number(key, call.proxy->port);
    if (call.proxy->login) key.append(" ").append(call.proxy->login->user.reveal());
  }
  return key;
}

Error upstream_error(std::string why) { return {Error::Kind::upstream, std::move(why)}; }

/// `cancelled` stays what it is; everything else is the upstream's doing.
Error in_phase(const Error& error, const char* phase) {
  if (error.kind() == Error::Kind::cancelled) return error;
  if (error.kind() == Error::Kind::timed_out) {
    return {Error::Kind::timed_out, std::string("the upstream timed out ") + phase};
  }
  return error;
}

bool clean_target(std::string_view target) {
  if (!target.starts_with('/')) return false;
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f) return false;
  }
  return true;
}

Status check(const Call& call) {
  if (is_token(call.method) && clean_target(call.target) && call.fields.valid()) return Nothing{};
  return Error(Error::Kind::bad_request,
               "the request to the upstream holds bytes that HTTP does not allow there");
}

}  // namespace

/// One try on one connection.
struct Client::Attempt {
  std::unique_ptr<Answer> answer;
  bool answer_begun = false;   // a byte of the answer came
  bool source_touched = false;  // a body that is pulled cannot be pulled twice

  Connection& connection() const { return *answer->connection_; }
  Input& input() const { return answer->connection_->input(); }
};

Answer::Answer(ConnectionPool& pool, std::string key, std::unique_ptr<Connection> connection)
    : pool_(pool), key_(std::move(key)), connection_(std::move(connection)) {}

Answer::~Answer() {
  const bool reusable = request_sent_ && reader_ && reader_->done() && head_.keep_alive();
  decoded_.reset();
  reader_.reset();
  if (reusable) pool_.put(key_, std::move(connection_));
}

Task<Result<std::unique_ptr<Answer>>> Client::send(const Call& call) {
  if (Status clean = check(call); !clean) co_return clean.error();
  std::string key = key_of(call);
  std::unique_ptr<Connection> connection = pool_.take(key);
  for (;;) {
    if (connection == nullptr) {
      Result<std::unique_ptr<Connection>> fresh = co_await connect(call);
      if (!fresh) co_return fresh.error();
      connection = *std::move(fresh);
    }
    Attempt attempt{std::make_unique<Answer>(pool_, key, std::move(connection))};
    const bool reused = attempt.answer->reused_connection();
    Status done = co_await exchange(call, attempt);
    if (done) co_return std::move(attempt.answer);
    const bool died = done.error().kind() == Error::Kind::unavailable;
    if (!died || !reused || attempt.answer_begun || attempt.source_touched) {
      co_return done.error();
    }
  }
}

Task<Result<std::unique_ptr<Connection>>> Client::connect(const Call& call) {
  Result<std::unique_ptr<Wire>> wire =
      co_await within(call.times.connect, "the upstream timed out while connecting",
                      connector_.connect(call.origin, call.proxy));
  if (!wire) co_return wire.error();
  co_return std::make_unique<Connection>(*std::move(wire));
}

Task<Status> Client::exchange(const Call& call, Attempt& attempt) {
  Status sent = co_await send_request(call, attempt);
  attempt.answer->request_sent_ = static_cast<bool>(sent);
  if (!sent && (sent.error().kind() == Error::Kind::cancelled || attempt.input().empty())) {
    // An upstream that has heard enough may answer and hang up while we still speak.
    const bool may_have_answered = sent.error().kind() == Error::Kind::unavailable;
    if (!may_have_answered || attempt.input().glance() != Input::Glance::more) {
      co_return in_phase(sent.error(), "while it was sent the request");
    }
  }
  Status received = co_await receive_head(call, attempt);
  if (!received) co_return received.error();
  co_return open_body(call, *attempt.answer);
}

Task<Status> Client::send_request(const Call& call, Attempt& attempt) {
  std::string head;
  head.reserve(160 + call.target.size() + call.fields.text().size());
  head.append(call.method).append(" ").append(call.target).append(" HTTP/1.1\r\nhost: ");
  head.append(authority_of(call.origin)).append("\r\n").append(call.fields.text());
  if (call.decode) head.append("accept-encoding: gzip, br, zstd\r\n");
  BodyWriter writer(attempt.connection().wire(), call.times.write_stall);
  Framing framing{Framing::Kind::length, call.body.size()};
  if (call.source != nullptr) {
    const std::optional<std::uint64_t> announced = call.source->announced();
    framing = announced ? Framing{Framing::Kind::length, *announced}
                        : Framing{Framing::Kind::chunked, 0};
  }
  const bool bodiless = framing.kind == Framing::Kind::length && framing.length == 0 &&
                        (call.method == "GET" || call.method == "HEAD" || call.method == "DELETE");
  if (bodiless) framing = {};
  writer.begin(std::move(head), framing);
  if (bodiless || call.source == nullptr) co_return co_await writer.finish(call.body);
  co_return co_await send_body(call, attempt, writer);
}

Task<Status> Client::send_body(const Call& call, Attempt& attempt, BodyWriter& writer) {
  attempt.source_touched = true;
  for (;;) {
    Result<std::string_view> piece = co_await call.source->read();
    if (!piece) co_return piece.error();
    if (call.source->done()) co_return co_await writer.finish(*piece);
    Status sent = co_await writer.write(*piece);
    if (!sent) co_return sent.error();
  }
}

Task<Status> Client::receive_head(const Call& call, Attempt& attempt) {
  Input& input = attempt.input();
  HeadScanner scanner;
  for (;;) {
    const HeadScanner::Found found = scanner.scan(input.bytes());
    if (found.refusal) co_return upstream_error("the upstream's answer has a malformed head");
    if (found.head_bytes > 0) {
      Status parsed =
          attempt.answer->head_.parse(input.bytes().substr(0, found.head_bytes), call.method);
      if (!parsed) co_return parsed.error();
      input.consume(found.head_bytes);
      const int status = attempt.answer->status();
      if (status == 101) co_return upstream_error("the upstream switched protocols unasked");
      if (status >= 200) co_return Nothing{};
      scanner = {};  // an interim answer; the real one follows
      continue;
    }
    const Result<std::size_t> got = co_await input.fill(call.times.first_byte);
    if (!got) co_return in_phase(got.error(), "before its answer");
    if (*got == 0) {
      co_return Error(Error::Kind::unavailable,
                      "the upstream closed the connection before its answer");
    }
    attempt.answer_begun = true;
  }
}

Status Client::open_body(const Call& call, Answer& answer) {
  answer.reader_.emplace(
      answer.connection_->input(), answer.head_.framing(),
      BodyReader::Options{UINT64_MAX, Pace{call.times.idle, forever, 0}, Error::Kind::upstream});
  answer.body_ = &*answer.reader_;
  const std::string_view coding = answer.field("content-encoding");
  if (!call.decode || coding.empty() || call.method == "HEAD") return Nothing{};
  Result<std::vector<Coding>> codings = parse_codings(coding);
  if (!codings) return upstream_error("the upstream's answer is encoded in an unknown way");
  if (codings->empty()) return Nothing{};
  answer.decoded_ =
      std::make_unique<DecodedBody>(*answer.reader_, make_decompressor(*codings));
  answer.body_ = answer.decoded_.get();
  return Nothing{};
}

}  // namespace omni::net
