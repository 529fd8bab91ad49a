#include "upstream/test_provider.h"

#include <utility>

#include "base/strings.h"
#include "net/loop.h"

namespace omni::upstream::testing {
namespace {

constexpr std::string_view breaks_off = "breaks off, as it was told";

}  // namespace

Reply json_reply(std::string body, int status) {
  Reply reply;
  reply.status = status;
  reply.pieces.push_back(std::move(body));
  return reply;
}

Reply stream_reply(std::vector<std::string> pieces, Reply::End end) {
  Reply reply;
  reply.type = "text/event-stream";
  reply.pieces = std::move(pieces);
  reply.end = end;
  return reply;
}

Reply no_reply() {
  Reply reply;
  reply.has_head = false;
  reply.end = Reply::End::silent;
  return reply;
}

std::string Asked::field(const std::string& name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

Provider::Provider()
    : server_(std::make_unique<net::testing::TestServer>(
          world_, [this](net::Exchange& exchange) { return answer(exchange); })) {}

void Provider::play(const std::string& key, std::vector<Reply> replies) {
  const std::scoped_lock lock(mutex_);
  played_[key] = std::move(replies);
}

void Provider::play_by(Decide decide) {
  const std::scoped_lock lock(mutex_);
  decide_ = std::move(decide);
}

std::vector<Asked> Provider::asked() const {
  const std::scoped_lock lock(mutex_);
  return asked_;
}

Asked Provider::last_asked() const {
  const std::scoped_lock lock(mutex_);
  return asked_.empty() ? Asked{} : asked_.back();
}

std::size_t Provider::left() const {
  const std::scoped_lock lock(mutex_);
  return left_;
}

Clock::Steady Provider::left_at() const {
  const std::scoped_lock lock(mutex_);
  return left_at_;
}

void Provider::note_left() {
  const std::scoped_lock lock(mutex_);
  ++left_;
  left_at_ = std::chrono::steady_clock::now();
}

Reply Provider::take(const Asked& asked) {
  const std::scoped_lock lock(mutex_);
  asked_.push_back(asked);
  if (decide_) return decide_(asked);
  auto found = played_.find("");
  for (auto it = played_.begin(); it != played_.end(); ++it) {
    if (it->first.empty()) continue;
    for (const auto& [name, value] : asked.fields) {
      if (value == it->first || value == "Bearer " + it->first) found = it;
    }
  }
  if (found == played_.end() || found->second.empty()) return json_reply("{}", 404);
  Reply reply = found->second.front();
  if (found->second.size() > 1) found->second.erase(found->second.begin());
  return reply;
}

net::Task<Status> Provider::answer(net::Exchange& exchange) {
  Asked asked;
  asked.method = exchange.request().method();
  asked.target = exchange.request().target();
  for (const net::Field& field : exchange.request().fields()) {
    std::string& values = asked.fields[to_lower(field.name)];
    values.append(values.empty() ? "" : ", ").append(field.value);
  }
  Result<std::string> body = co_await exchange.read_body();
  if (!body) co_return body.error();
  asked.body = *std::move(body);
  const Reply reply = take(asked);
  Status told = co_await tell(exchange, reply);
  if (!told && told.error().message() != breaks_off) note_left();
  co_return told;
}

net::Task<Status> Provider::tell(net::Exchange& exchange, const Reply& reply) {
  while (reply.held && reply.held()) {
    if (Status waited = co_await net::testing::idle(Millis{50}); !waited) co_return waited;
  }
  if (reply.has_head) {
    net::OutFields fields;
    fields.add("content-type", reply.type);
    for (const auto& [name, value] : reply.fields) fields.add(name, value);
    if (Status begun = exchange.begin(reply.status, fields); !begun) co_return begun;
    if (Status flushed = co_await exchange.flush(); !flushed) co_return flushed;
  }
  for (std::size_t i = 0; i < reply.pieces.size(); ++i) {
    if (i > 0 && reply.pause > Millis{0}) {
      if (Status waited = co_await net::testing::idle(reply.pause); !waited) co_return waited;
    }
    if (Status sent = co_await exchange.write(reply.pieces[i]); !sent) co_return sent;
  }
  if (reply.end == Reply::End::whole) co_return co_await exchange.finish();
  if (reply.end == Reply::End::broken) {
    co_return Error(Error::Kind::internal, std::string(breaks_off));
  }
  co_return co_await net::testing::idle(std::chrono::hours(1));
}

}  // namespace omni::upstream::testing
