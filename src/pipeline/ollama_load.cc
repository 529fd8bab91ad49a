#include "pipeline/ollama_load.h"

#include <algorithm>

#include "dialect/ollama/load.h"

namespace omni::pipeline {

using chat::Dialect;

bool only_loads(const Inquiry& inquiry) {
  const Draft& draft = inquiry.draft();
  if (draft.body_dialect != Dialect::ollama || !dialect::ollama::only_loads(draft.body)) {
    return false;
  }
  const catalog::Target& target = inquiry.plan().targets.front();
  const auto loads = [&](const store::Connection* connection) {
    const account::Account* account = inquiry.view().roster.find(*target.provider, connection);
    return account != nullptr && account->find_base(Dialect::ollama) != nullptr;
  };
  return std::ranges::none_of(inquiry.candidates(target), loads);
}

net::Task<Status> reply_loaded(net::Exchange& exchange, const Inquiry& inquiry, Clock::Wall now) {
  co_return co_await exchange.reply_json(
      200, dialect::ollama::encode_loaded(inquiry.draft().body, to_millis(now) / 1000));
}

}  // namespace omni::pipeline
