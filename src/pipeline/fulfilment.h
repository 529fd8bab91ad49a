#pragma once

#include <optional>
#include <string_view>

#include "pipeline/failures.h"
#include "pipeline/order.h"
#include "pipeline/trace.h"
#include "route/resolve.h"

namespace omni::pipeline {

class CallNote;

/// Has an order served: by a target's accounts one after the other, then by the next target, until
/// one has served it or nobody is left.  Chat's loop without what only conversations need: no
/// session, no second round, nobody beside the one who is asked.  Each attempt leaves a row of
/// usage behind.
class Fulfilment {
 public:
  /// What a failure says something of: the account and the provider, as any other, or the model
  /// alone, so that whatever else they are asked for goes on.
  enum class Reach : std::uint8_t { account, model };

  /// All that it names outlives it.
  struct Job {
    const Customer& customer;
    const route::Plan& plan;
    std::string_view request_id;  // in the books
    const net::Proxy* combo_proxy = nullptr;
    Reach failure_reach = Reach::account;
    // Told of each attempt, where there is somebody.
    Trace* trace = nullptr;
    CallNote* note = nullptr;
  };

  Fulfilment(const Parts& parts, const Job& job) : parts_(parts), job_(job) {}
  Fulfilment(const Fulfilment&) = delete;
  Fulfilment& operator=(const Fulfilment&) = delete;

  /// Nothing where it was served, or begun to be; else what is told of why it was not.
  net::Task<std::optional<chat::Failure>> fulfil(Order& order);
  std::uint64_t attempts() const { return attempts_; }

 private:
  net::Task<> ask(const route::PlannedTarget& target, Order& order);
  net::Task<Attempted> attempt(const catalog::Target& target, const account::Account& account,
                               Order& order, Borrower& borrower);
  void settle(Borrower& borrower, Attempted& attempted);

  const Parts& parts_;
  const Job job_;
  const Clock::Steady began_ = parts_.clock.steady();
  Borrower::Failed failed_;
  Failures failures_;
  account::Verdict last_;
  bool begun_ = false;
  std::uint64_t attempts_ = 0;
};

}  // namespace omni::pipeline
