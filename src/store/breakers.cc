#include "store/breakers.h"

#include <array>

#include "store/columns.h"

namespace omni::store {

std::string_view name_of(BreakerRow::State state) {
  constexpr std::array<std::string_view, 3> names{"CLOSED", "OPEN", "HALF_OPEN"};
  return names[static_cast<std::size_t>(state)];
}

Result<std::vector<BreakerRow>> load_breakers(sql::Session& session) {
  std::vector<BreakerRow> breakers;
  const Status read = session.run(
      "SELECT provider, failures, last_failure, open_for_ms FROM circuit_breakers "
      "ORDER BY provider",
      {}, [&](const sql::Row& row) {
        breakers.push_back({.provider = std::string(row.text(0)),
                            .state = BreakerRow::State::open,
                            .failures = row.integer(1),
                            .last_failure = time_in(row, 2),
                            .open_for = Millis{row.integer(3)}});
      });
  if (!read) return read.error();
  return breakers;
}

Status store_breaker(sql::Session& session, const BreakerRow& breaker) {
  Status gone =
      session.run("DELETE FROM circuit_breakers WHERE provider = $1", {to_value(breaker.provider)});
  if (!gone || breaker.state == BreakerRow::State::closed) return gone;
  return session.run(
      "INSERT INTO circuit_breakers (provider, failures, last_failure, open_for_ms) "
      "VALUES ($1, $2, $3, $4)",
      {to_value(breaker.provider), to_value(breaker.failures), to_value(breaker.last_failure),
       to_value(breaker.open_for.count())});
}

}  // namespace omni::store
