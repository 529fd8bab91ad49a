#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "net/handoff.h"
#include "store/database.h"

namespace omni::api {

/// How a task asks the database.  `Work` takes the session and gives a Result, on a thread of the
/// database, so it owns all that it uses.
template <class Work>
using AnswerOf = std::invoke_result_t<Work&, sql::Session&>;

/// `way` is Database::write, read or maintain.
template <class Work>
net::Task<AnswerOf<Work>> ask(store::Database& database,
                              void (store::Database::*way)(store::Database::Work,
                                                           store::Database::Done),
                              Work work) {
  using Answer = AnswerOf<Work>;
  using Giver = typename net::Handoff<Answer>::Giver;
  net::Scope& scope = co_await net::current_scope();
  net::Handoff<Answer> handoff(scope.loop());
  // Not kept here: the answer comes when the database has dropped both of its functions.
  auto giver = std::make_shared<const Giver>(handoff.giver());
  auto look = [giver, work = std::move(work)](sql::Session& session) mutable -> Status {
    Answer answer = work(session);
    Status status = answer ? Status(Nothing{}) : Status(answer.error());
    giver->give(std::move(answer));
    return status;
  };
  // What the work found does not count when its transaction is undone.
  auto end = [giver = std::move(giver)](const Status& status) {
    if (!status) giver->give(status.error());
  };
  (database.*way)(std::move(look), std::move(end));
  Result<Answer> taken = co_await handoff.take();
  if (!taken) co_return taken.error();
  co_return *std::move(taken);
}

/// The answer comes once what was written is on disk.  A task that is called off does not hear it,
/// but what it has asked for is written.
template <class Work>
net::Task<AnswerOf<Work>> write_to(store::Database& database, Work work) {
  return ask(database, &store::Database::write, std::move(work));
}

template <class Work>
net::Task<AnswerOf<Work>> read_from(store::Database& database, Work work) {
  return ask(database, &store::Database::read, std::move(work));
}

}  // namespace omni::api
