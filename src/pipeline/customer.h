#pragma once

#include <memory>
#include <vector>

#include "pipeline/admit.h"
#include "pipeline/conversation.h"
#include "pipeline/view.h"

namespace omni::pipeline {

/// On whose behalf providers are asked, by which configuration.
struct Customer {
  std::shared_ptr<const View> view;
  const Permit& permit;
  /// It stays with the account that knows it; null where each request is for itself.
  const Conversation* conversation = nullptr;

  /// The accounts that may be used for a target.
  std::vector<const store::Connection*> candidates(const catalog::Target& target) const;
};

}  // namespace omni::pipeline
