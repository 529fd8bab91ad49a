#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/target.h"
#include "chat/failure.h"
#include "identity/caller.h"
#include "meter/budgets.h"
#include "route/resolve.h"
#include "store/connections.h"

namespace omni::pipeline {

/// What a caller's key says about whom it may ask.  The gate has let it in already; the caller
/// outlives it.
class Permit {
 public:
  explicit Permit(const identity::Caller& caller)
      : key_(caller.key), id_(caller.id), stay_(caller.stay) {}

  /// Leaves the targets that the key may use; forbidden if none is left.
  Status narrow(std::string_view requested, route::Plan& plan) const;
  /// The same where nobody is planned.
  Status check(std::string_view requested) const;
  bool allows(const store::Connection& connection) const;
  /// By either of its names.
  bool allows_model(std::string_view name, std::string_view other_name) const;

  /// Of the key, for logs and usage; empty where there is none.
  const std::string& key_id() const { return id_; }
  std::string_view key_name() const { return key_ == nullptr ? std::string_view() : key_->name; }
  /// What an answer has used, for the limits of the key.
  void use_tokens(std::int64_t tokens) const;
  /// Whom its cost is put to.
  meter::Payer payer() const {
    return {.key_id = id_, .group = key_ == nullptr ? std::string_view() : key_->group};
  }
  /// Sets aside what the request may cost, for as long as it lasts; or why it may not be sent.
  std::optional<meter::Budgets::Refusal> reserve(meter::Budgets& budgets, std::int64_t nano);
  /// What an answer has cost.
  void spend(meter::Budgets& budgets, const meter::Budgets::Spent& spent) const {
    budgets.spend(payer(), spent, reserved_);
  }
  /// Nothing more will be spent.
  void give_back(meter::Budgets& budgets) const { budgets.give_back(reserved_); }
  /// Conversations at a time; 0: any number.
  std::int64_t sessions_max() const { return key_ == nullptr ? 0 : key_->sessions_max; }
  bool keeps_no_log() const { return key_ != nullptr && key_->no_log; }

 private:
  const store::ApiKey* key_;
  std::string id_;
  const identity::ClientLimits::Stay& stay_;
  meter::Budgets::Reservation reserved_;
};

/// The code of a failure that a budget has made.
inline constexpr std::string_view budget_exceeded = "budget_exceeded";

/// Sets that aside; or what the client is told of why it may not be sent.
std::optional<chat::Failure> reserve(Permit& permit, meter::Budgets& budgets, std::int64_t nano);

}  // namespace omni::pipeline
