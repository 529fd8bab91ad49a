#include "pipeline/customer.h"

namespace omni::pipeline {

std::vector<const store::Connection*> Customer::candidates(const catalog::Target& target) const {
  std::vector<const store::Connection*> allowed;
  for (const store::Connection* connection : view->directory.accounts_of(*target.provider)) {
    if (!target.connection.empty() && connection->id != target.connection) continue;
    if (permit.allows(*connection)) allowed.push_back(connection);
  }
  return allowed;
}

}  // namespace omni::pipeline
