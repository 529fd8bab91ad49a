#pragma once

#include <optional>
#include <string>

#include "account/account.h"
#include "adapt/adaptation.h"
#include "catalog/target.h"
#include "pipeline/draft.h"

namespace omni::pipeline {

/// What a request has become for one account of one target.
struct Translation {
  dialect::Outbound outbound;
  adapt::Adaptation adaptation;
  const account::Base* base = nullptr;  // where it goes, and so in which dialect
  bool provider_streams = false;
  /// It went as bytes, and its answer may come as bytes.
  bool byte_lane = false;
  /// The request as the client said it, with the conversation only where the answer may repeat
  /// something of it; on the byte lane only where the answer has to be translated, because it
  /// comes in the other mode.
  std::optional<chat::Request> asked;
  /// Why that provider cannot be asked; then there is nothing to send.
  std::optional<chat::Failure> refusal;
};

/// A target, on whose account it is asked, and what the operator has set for all requests.
struct Addressee {
  const catalog::Target* target = nullptr;
  const account::Account* account = nullptr;
  const adapt::Policies* policies = nullptr;
  adapt::SealMemory* seals = nullptr;
};

/// In the dialect of the client where the target speaks it, else in the one that it prefers.
Result<Translation> translate(const Incoming& incoming, const Draft& draft,
                              const Addressee& addressee);

/// The request as the model of a conversation.
Result<chat::Request> decode(const Incoming& incoming, const Draft& draft);

/// Where the account is asked for that model by a client of that dialect; null where it serves the
/// model in none that we speak.
const account::Base* choose_base(const account::Account& account, const catalog::Model* model,
                                 chat::Dialect client);

}  // namespace omni::pipeline
