#include "pipeline/admit.h"

#include <algorithm>

#include "identity/model_rule.h"

namespace omni::pipeline {
namespace {

Error not_allowed(std::string_view model) {
  return {Error::Kind::forbidden, "This API key may not use the model " + std::string(model)};
}

}  // namespace

Status Permit::narrow(std::string_view requested, route::Plan& plan) const {
  if (key_ == nullptr) return Nothing{};
  std::erase_if(plan.targets, [&](const catalog::Target& target) {
    const std::string by_id = target.provider->id + "/" + target.model_id;
    const std::string by_prefix = target.provider->prefix() + "/" + target.model_id;
    const bool kept = identity::model_allowed(*key_, requested, by_id) ||
                      identity::model_allowed(*key_, requested, by_prefix);
    if (!kept) plan.reasons.push_back("The API key may not use " + by_prefix);
    return !kept;
  });
  return plan.targets.empty() ? not_allowed(requested) : Status(Nothing{});
}

Status Permit::check(std::string_view requested) const {
  return allows_model(requested, requested) ? Status(Nothing{}) : not_allowed(requested);
}

bool Permit::allows(const store::Connection& connection) const {
  if (key_ == nullptr || key_->allowed_connections.empty()) return true;
  return std::ranges::find(key_->allowed_connections, connection.id) !=
         key_->allowed_connections.end();
}

bool Permit::allows_model(std::string_view name, std::string_view other_name) const {
  return key_ == nullptr || identity::model_allowed(*key_, name, other_name);
}

std::optional<meter::Budgets::Refusal> Permit::reserve(meter::Budgets& budgets, std::int64_t nano) {
  auto answer = budgets.reserve(payer(), nano);
  if (auto* refusal = std::get_if<meter::Budgets::Refusal>(&answer)) return std::move(*refusal);
  reserved_ = std::get<meter::Budgets::Reservation>(std::move(answer));
  return std::nullopt;
}

std::optional<chat::Failure> reserve(Permit& permit, meter::Budgets& budgets, std::int64_t nano) {
  const std::optional<meter::Budgets::Refusal> refusal = permit.reserve(budgets, nano);
  if (!refusal) return std::nullopt;
  chat::Failure failure = chat::Failure::of(Error(Error::Kind::rate_limited, refusal->message));
  failure.code = budget_exceeded;
  failure.retry_after_ms = refusal->retry_after.count();
  return failure;
}

void Permit::use_tokens(std::int64_t tokens) const {
  if (tokens > 0) stay_.use_tokens(static_cast<std::uint64_t>(tokens));
}

}  // namespace omni::pipeline
