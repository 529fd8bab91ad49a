#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/shape.h"
#include "json/writer.h"
#include "meter/budgets.h"
#include "store/spending.h"

namespace omni::api {

/// Whose budget a query or a body names: `apiKeyId` or `keyId`, `group`, or `all`.
struct BudgetSubject {
  std::string scope;  // empty: nobody's

  static BudgetSubject in(json::Value object);
  /// As members of an object: "apiKeyId", "group" or "all".
  void write(json::Writer& writer) const;
  bool is_group() const;
  /// Of the key or the group.
  std::string_view name() const;
};

/// Members that name it.
std::span<const json::MemberShape> budget_query();

/// Members of a body; the findings are what is wrong with them.
std::span<const json::MemberShape> budget_members();
store::Budget read_budget(json::Value body, std::vector<json::Finding>& findings);
void write_budget(json::Writer& writer, const store::Budget& budget, const meter::Period& period);

/// How a budget stands; without one, what is spent all the same.
struct BudgetStanding {
  const store::Budget* budget = nullptr;
  meter::Budgets::State state;
  store::Spending today, month;
};
/// The members of it, into an object that is open.
void write_standing(json::Writer& writer, const BudgetStanding& standing);

}  // namespace omni::api
