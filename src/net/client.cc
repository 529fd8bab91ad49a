// A call is one attempt on one connection, at most two: send the request, read the head, and leave
// the body to whoever asked.

#include "net/client.h"

#include <algorithm>

#include "base/strings.h"
#include "net/decoded_body.h"
#include "net/loop.h"

namespace omni::net {
namespace {

/// Two requests may share a connection when this is the same.
std::string key_of(const Call& call) {
  std::string key(call.origin.scheme == Scheme::https ? "https " : "http ");
  key.append(call.reach == Reach::open ? "open " : "local ");
  key.append(call.origin.host).append(" ");
  append_number(key, call.origin.port);
  if (const Proxy* proxy = call.proxy; proxy != nullptr) {
    key.append(" ").append(proxy->host).append(" ");
    append_number(key, proxy->port);
    append_number(key.append(" "), static_cast<std::uint64_t>(proxy->kind));
    if (proxy->login) {  // neither part can hold a NUL
      key.append(1, '\0').append(proxy->login->user.reveal());
      key.append(1, '\0').append(proxy->login->password.reveal());
    }
  }
  return key;
}

Error upstream_error(std::string why) { return {Error::Kind::upstream, std::move(why)}; }

Error hung_up() {
  return {Error::Kind::unavailable, "the upstream closed the connection before its answer"};
}

/// The status of the first answer in `bytes` that is not an interim one; 0 while it is not there.
std::uint64_t final_status_in(std::string_view bytes) {
  constexpr std::size_t status_at = std::string_view("HTTP/1.1 ").size();
  constexpr std::size_t status_digits = 3;
  while (bytes.size() >= status_at + status_digits) {
    const std::string_view status = bytes.substr(status_at, status_digits);
    if (status.front() != '1') return parse_unsigned(status).value_or(500);
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    bytes.remove_prefix(end + 4);
  }
  return 0;
}

bool clean_target(std::string_view target) {
  if (!target.starts_with('/')) return false;
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f) return false;
  }
  return true;
}

bool clean_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '/' && c != '@';
  });
}

/// Whether fields that are made here stand among those of the caller.  Twice, they would be read
/// in two ways.
bool holds_our_fields(std::string_view lines) {
  while (!lines.empty()) {
    const std::string_view line = cut(lines, '\n');
    const std::string_view name = line.substr(0, line.find(':'));
    for (const std::string_view ours : {"host", "content-length", "transfer-encoding"}) {
      if (equals_ignoring_case(name, ours)) return true;
    }
  }
  return false;
}

Status check(const Call& call) {
  if (!is_token(call.method) || !clean_target(call.target) || !clean_host(call.origin.host) ||
      !call.fields.valid()) {
    return Error(Error::Kind::bad_request,
                 "the request to the upstream holds bytes that HTTP does not allow there");
  }
  if (holds_our_fields(call.fields.text())) {
    return Error(Error::Kind::internal, "the request to the upstream brings framing of its own");
  }
  return Nothing{};
}

/// How long the upstream says that it keeps a connection at rest, less what keeps our next request
/// from crossing its good-bye.
Millis rest_of(const ResponseHead& head) {
  constexpr std::uint64_t seconds_max = 24 * 3600;
  constexpr std::string_view name = "timeout=";
  std::string_view list = head.field("keep-alive");
  while (!list.empty()) {
    const std::string_view item = trim(cut(list, ','));
    if (!equals_ignoring_case(item.substr(0, name.size()), name)) continue;
    const std::optional<std::uint64_t> seconds = parse_unsigned(item.substr(name.size()));
    if (seconds) return Millis{std::min(*seconds, seconds_max) * 750};
  }
  return forever;
}

}  // namespace

/// One try on one connection.
struct Client::Attempt {
  std::unique_ptr<Answer> answer;
  bool answer_begun = false;    // a byte of the answer came
  bool source_touched = false;  // a body that is pulled can seldom be pulled twice
  bool source_failed = false;

  Connection& connection() const { return *answer->connection_; }
  Input& input() const { return answer->connection_->input(); }
};

/// Hears what the upstream says while it is being spoken to, and calls the sending off when nothing
/// more needs to be said: it hung up, or it refuses.
class Client::Listening final : private InputWatcher {
 public:
  Listening(Connection& connection, Scope& sending) : connection_(connection), sending_(sending) {
    watch();
  }
  ~Listening() { connection_.wire().socket().unwatch(); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  void watch() { connection_.wire().socket().watch(*this); }

  void on_input() override {
    Input& input = connection_.input();
    Input::Glance seen = Input::Glance::more;
    while (seen == Input::Glance::more) {
      seen = input.glance();
      if (final_status_in(input.bytes()) >= 300) {
        return sending_.cancel(upstream_error("the upstream answered before it had heard all"));
      }
    }
    if (seen == Input::Glance::silent) return watch();
    if (seen == Input::Glance::gone) sending_.cancel(hung_up());
  }

  Connection& connection_;
  Scope& sending_;
};

Answer::Answer(ConnectionPool& pool, std::string key, std::unique_ptr<Connection> connection)
    : pool_(pool), key_(std::move(key)), connection_(std::move(connection)) {}

Answer::~Answer() {
  const bool reusable = request_sent_ && reader_ && reader_->done() && head_.keep_alive();
  decoded_.reset();
  reader_.reset();
  if (reusable) pool_.put(key_, std::move(connection_), rest_of(head_));
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
    if (!died || !reused || attempt.answer_begun) co_return done.error();
    if (attempt.source_touched && !call.source->rewind()) co_return done.error();
  }
}

Task<Result<std::unique_ptr<Connection>>> Client::connect(const Call& call) {
  const char* const too_late = call.proxy == nullptr
                                   ? "the upstream timed out while connecting"
                                   : "proxy: the time was up before it had connected us";
  Result<std::unique_ptr<Wire>> wire = co_await within(
      call.times.connect, too_late, connector_.connect(call.origin, Path{call.proxy, call.reach}));
  if (!wire) co_return wire.error();
  co_return std::make_unique<Connection>(*std::move(wire));
}

Task<Status> Client::exchange(const Call& call, Attempt& attempt) {
  Status sent = co_await send_and_listen(call, attempt);
  attempt.answer->request_sent_ = static_cast<bool>(sent);
  if (!sent) {
    const bool ours = attempt.source_failed || (co_await current_scope()).cancelled();
    // An upstream that has heard enough may have answered before it hung up.
    if (!ours && attempt.input().empty()) attempt.input().glance();
    if (ours || attempt.input().empty()) co_return sent.error();
  }
  Status received =
      co_await within(call.times.first_byte, "the upstream timed out before its answer",
                      receive_head(call, attempt));
  if (!received) co_return received.error();
  co_return open_body(call, *attempt.answer);
}

Task<Status> Client::send_and_listen(const Call& call, Attempt& attempt) {
  Scope sending(co_await current_scope());
  const Listening listening(attempt.connection(), sending);
  Status sent = co_await send_request(call, attempt).in(sending);
  if (sent) co_return sent;
  if (sending.cancelled()) {  // whatever the source made of it
    attempt.source_failed = false;
    co_return sending.why();
  }
  if (!attempt.source_failed && sent.error().kind() == Error::Kind::timed_out) {
    co_return Error(Error::Kind::timed_out, "the upstream timed out while it was sent the request");
  }
  co_return sent;
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
    framing =
        announced ? Framing{Framing::Kind::length, *announced} : Framing{Framing::Kind::chunked, 0};
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
    attempt.source_failed = !piece;
    if (!piece) co_return piece.error();
    const bool last = call.source->done();
    Status sent = last ? co_await writer.finish(*piece) : co_await writer.write(*piece);
    if (!sent) co_return sent.error();
    if (last) break;
  }
  const Result<std::string_view> nothing = co_await call.source->read();  // takes back what it lent
  co_return nothing ? Status(Nothing{}) : Status(nothing.error());
}

Task<Status> Client::receive_head(const Call& call, Attempt& attempt) {
  Input& input = attempt.input();
  HeadScanner scanner;
  for (;;) {
    attempt.answer_begun = attempt.answer_begun || !input.empty();
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
    const Result<std::size_t> got = co_await input.fill(forever);
    if (!got) co_return got.error();
    if (*got == 0 && attempt.answer_begun) {
      co_return upstream_error("the upstream closed the connection within its answer's head");
    }
    if (*got == 0) co_return hung_up();
  }
}

Status Client::open_body(const Call& call, Answer& answer) {
  answer.reader_.emplace(
      answer.connection_->input(), answer.head_.framing(),
      BodyReader::Options{UINT64_MAX, Pace{call.times.idle, forever, 0}, Error::Kind::upstream,
                          "the upstream timed out in the middle of its answer"});
  answer.body_ = &*answer.reader_;
  const std::string_view coding = answer.field("content-encoding");
  if (!call.decode || coding.empty() || call.method == "HEAD") return Nothing{};
  Result<std::vector<Coding>> codings = parse_codings(coding);
  if (!codings) return upstream_error("the upstream's answer is encoded in an unknown way");
  if (codings->empty()) return Nothing{};
  answer.decoded_ = std::make_unique<DecodedBody>(*answer.reader_, make_decompressor(*codings));
  answer.body_ = answer.decoded_.get();
  return Nothing{};
}

}  // namespace omni::net
