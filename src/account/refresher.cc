#include "account/refresher.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/redact.h"
#include "base/strings.h"
#include "net/loop.h"

namespace omni::account {
namespace {

constexpr const char* must_log_in = "it has to be logged in again";
constexpr std::size_t words_bytes_max = 300;

Error gone() { return {Error::Kind::not_found, "the account is gone"}; }

/// Some endpoints repeat what they were shown, and at any length.
Error fit_to_be_told(const Error& why, const TokenEndpoint& endpoint, const Secret& refresh_token) {
  std::string words = why.message();
  hide(refresh_token, words);
  hide(endpoint.client_secret, words);
  shorten(words, words_bytes_max);
  return {why.kind(), std::move(words)};
}

}  // namespace

struct Refresher::PerLoop {
  explicit PerLoop(net::Loop& on) : loop(on), tasks(on) {}

  net::Loop& loop;
  net::TaskGroup tasks;
};

Refresher::Refresher(const Surroundings& with, Options options) : with_(with), options_(options) {
  for (std::size_t i = 0; i < with_.loops.size(); ++i) {
    per_loop_.push_back(std::make_unique<PerLoop>(with_.loops[i]));
  }
}

Refresher::~Refresher() {
  const Clock::Steady until = with_.clock.steady() + options_.parting;
  for (const auto& each : per_loop_) {
    net::LoopPool::run_on(each->loop, [this, &each, until]() -> net::Task<> {
      const Millis left = std::chrono::duration_cast<Millis>(until - with_.clock.steady());
      if (co_await each->tasks.drained(std::max(Millis{0}, left))) co_return;
      each->tasks.cancel(Error(Error::Kind::cancelled, "the gateway stops"));
      co_await each->tasks.drained();
    });
  }
}

bool Refresher::is_renewable(const store::Connection& connection) {
  return connection.api_key.empty() && !connection.refresh_token.empty();
}

bool Refresher::is_over(const store::Connection& connection) const {
  if (connection.access_token.empty()) return true;
  return connection.token_expires_at && *connection.token_expires_at <= with_.clock.wall();
}

bool Refresher::is_due(const store::Connection& connection) const {
  if (!is_renewable(connection)) return false;
  if (is_over(connection)) return true;
  if (!connection.token_expires_at) return false;
  if (*connection.token_expires_at - with_.clock.wall() > options_.ahead) return false;
  const std::scoped_lock lock(mutex_);
  const auto found = memories_.find(connection.id);
  return found == memories_.end() || found->second.fresh_until <= with_.clock.steady();
}

std::shared_ptr<const store::Connection> Refresher::find(std::string_view id) const {
  const auto now = with_.store.current();
  const auto found = std::ranges::find(now->connections, id, &store::Connection::id);
  if (found == now->connections.end()) return nullptr;
  return {now, &*found};
}

net::Task<Result<std::shared_ptr<const store::Connection>>> Refresher::renew(
    const Account& account, std::shared_ptr<const void> owner) {
  net::Loop& loop = (co_await net::current_scope()).loop();
  const std::string id = account.id();
  net::Handoff<Status> handoff(loop);
  bool is_first = false;
  {
    const std::scoped_lock lock(mutex_);
    const auto [flight, is_new] = waiting_.try_emplace(id);
    flight->second.push_back(handoff.giver());
    is_first = is_new;
  }
  if (is_first) start(loop, account, std::move(owner));
  const Result<Status> heard = co_await handoff.take();
  if (!heard) co_return heard.error();
  if (!*heard) co_return heard->error();
  auto renewed = find(id);
  if (renewed == nullptr) co_return gone();
  co_return renewed;
}

void Refresher::renew_ahead(net::Loop& loop, const Account& account,
                            std::shared_ptr<const void> owner) {
  {
    const std::scoped_lock lock(mutex_);
    if (!waiting_.try_emplace(account.id()).second) return;
  }
  start(loop, account, std::move(owner));
}

void Refresher::start(net::Loop& loop, const Account& account, std::shared_ptr<const void> owner) {
  const auto here =
      std::ranges::find_if(per_loop_, [&loop](const auto& each) { return &each->loop == &loop; });
  OMNI_ASSERT(here != per_loop_.end());
  (*here)->tasks.spawn(fly(account, account.key(), std::move(owner)));
}

/// However a renewal ends, and be it by an exception, nobody waits for it any longer and the next
/// one can start.
struct Refresher::Landing {
  Landing(Refresher& of, std::string account) : refresher(of), id(std::move(account)) {}
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;
  ~Landing() {
    std::vector<Giver> waiting;
    {
      const std::scoped_lock lock(refresher.mutex_);
      waiting.swap(refresher.waiting_[id]);
      refresher.waiting_.erase(id);
    }
    for (const Giver& each : waiting) each.give(done);
  }

  Refresher& refresher;
  const std::string id;
  Status done = Error(Error::Kind::internal, "the renewal of its tokens broke off");
};

/// One renewal, for all that wait for it by its end.
net::Task<> Refresher::fly(Account account, Secret refused, std::shared_ptr<const void> owner) {
  Landing landing(*this, account.id());
  landing.done = co_await refresh(std::move(account), std::move(refused));
}

net::Task<Status> Refresher::refresh(Account account, Secret refused) {
  // As it is stored now: who comes late finds what others have fetched meanwhile.
  const auto connection = find(account.id());
  if (connection == nullptr) co_return gone();
  account.connection = connection.get();
  if (!(account.key() == refused) && !is_over(*connection)) co_return Nothing{};
  if (connection->must_log_in()) co_return Error(Error::Kind::unauthorized, must_log_in);
  if (rests(connection->id)) {
    co_return Error(Error::Kind::unavailable, "its tokens could not be renewed of late");
  }
  const Result<TokenEndpoint> endpoint = token_endpoint_of(*connection);
  if (!endpoint) co_return endpoint.error();
  Result<Tokens> tokens = co_await fetch(account, *endpoint);
  if (tokens) co_return co_await keep(connection->id, *std::move(tokens));
  const Error why = fit_to_be_told(tokens.error(), *endpoint, connection->refresh_token);
  if (why.kind() == Error::Kind::cancelled) co_return why;
  note_failure(connection->id, why);
  if (why.kind() != Error::Kind::unauthorized) co_return why;
  const Status stored = co_await give_up(connection->id, why);
  co_return stored ? Error(Error::Kind::unauthorized, must_log_in) : stored.error();
}

net::Task<Result<Tokens>> Refresher::fetch(const Account& account, const TokenEndpoint& endpoint) {
  for (int attempt = 1;; ++attempt) {
    const Result<TokenAnswer> answer = co_await net::within(
        options_.time, "token endpoint",
        with_.caller.ask_for_tokens(account, endpoint.url,
                                    question_to(endpoint, account.connection->refresh_token)));
    Result<Tokens> tokens = answer ? read_tokens(*answer) : answer.error();
    if (tokens) co_return tokens;
    if (answer && is_final(*answer)) {
      co_return Error(Error::Kind::unauthorized, must_log_in + (": " + tokens.error().message()));
    }
    if (attempt == options_.tries) co_return tokens;
    const Status slept = co_await net::sleep(options_.pause * attempt);
    if (!slept) co_return slept.error();
  }
}

net::Task<Status> Refresher::keep(const std::string& id, Tokens tokens) {
  const Clock::Wall now = with_.clock.wall();
  const auto lifetime = tokens.lifetime;
  const Status kept = co_await change(id, [tokens, now](store::Connection& connection) {
    connection.access_token = tokens.access;
    if (!tokens.refresh.empty()) connection.refresh_token = tokens.refresh;
    if (!tokens.id.empty()) connection.id_token = tokens.id;
    connection.token_expires_at.reset();
    if (tokens.lifetime) connection.token_expires_at = now + *tokens.lifetime;
    if (connection.last_error_type == store::reauth_required) store::forget_errors(connection);
    connection.updated_at = now;
  });
  if (kept) {
    note_success(id, lifetime);
  } else {
    note_failure(id, kept.error());
  }
  co_return kept;
}

net::Task<Status> Refresher::give_up(const std::string& id, const Error& why) {
  co_return co_await change(id, [now = with_.clock.wall(), text = why.message()](auto& connection) {
    connection.test_status = "expired";
    connection.error_code = "401";
    connection.last_error = text;
    connection.last_error_type = store::reauth_required;
    connection.last_error_source = "oauth";
    connection.last_error_at = now;
  });
}

/// Returns when it is on disk and in force.
net::Task<Status> Refresher::change(std::string id, Change change) {
  net::Handoff<Status> handoff((co_await net::current_scope()).loop());
  // Not kept here: the answer comes when the database has dropped it.
  auto giver = std::make_shared<const Giver>(handoff.giver());
  const store::Sealer& sealer = with_.store.sealer();
  with_.store.database().write(
      [id = std::move(id), change = std::move(change), &sealer](sql::Session& session) -> Status {
        auto connection = store::load_connection(session, sealer, id);
        if (!connection) return connection.error();
        change(*connection);
        return store::update_connection(session, sealer, *connection);
      },
      [giver = std::move(giver)](const Status& status) { giver->give(status); });
  Result<Status> done = co_await handoff.take();
  co_return done ? *std::move(done) : Status(done.error());
}

bool Refresher::rests(const std::string& id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = memories_.find(id);
  return found != memories_.end() && found->second.resting_until > with_.clock.steady();
}

void Refresher::note_failure(const std::string& id, const Error& why) {
  with_.log.warn("tokens.not_renewed", {{"connection", id}, {"why", why.message()}});
  const std::scoped_lock lock(mutex_);
  Memory& memory = memories_[id];
  if (++memory.failures < options_.failures_max) return;
  memory.failures = 0;
  memory.resting_until = with_.clock.steady() + options_.rest;
}

void Refresher::note_success(const std::string& id, std::optional<Millis> lifetime) {
  with_.log.info("tokens.renewed", {{"connection", id}});
  const std::scoped_lock lock(mutex_);
  Memory& memory = memories_[id];
  memory = {};
  if (lifetime) memory.fresh_until = with_.clock.steady() + *lifetime / 2;
}

}  // namespace omni::account
