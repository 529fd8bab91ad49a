#pragma once

#include <string>

#include "account/accounts.h"
#include "account/breakers.h"
#include "account/refresher.h"
#include "account/sessions.h"
#include "base/log.h"
#include "base/random.h"
#include "meter/budgets.h"
#include "net/exchange.h"
#include "net/workers.h"
#include "pipeline/deliver.h"
#include "pipeline/item_memory.h"
#include "pipeline/trace.h"
#include "pipeline/view.h"
#include "recall/recall.h"
#include "store/body_log.h"
#include "store/usage_log.h"
#include "upstream/upstream.h"

namespace omni::meter {
struct Watch;
}

namespace omni::pipeline {

/// What requests are answered with.  All of it outlives them.
struct Parts {
  Views& views;
  account::Accounts& accounts;
  account::Breakers& breakers;
  account::Sessions& sessions;
  account::Refresher& refresher;
  upstream::Upstream& upstream;
  adapt::SealMemory& seals;
  ItemMemory& items;
  recall::Recall& recall;
  net::Workers& workers;
  store::UsageLog& usage;
  meter::Budgets& budgets;
  Traces& traces;
  meter::Watch& watch;
  const Clock& clock;
  Random& random;
  const Log& log;
  /// A stream that is silent for so long gets a sign of life.
  Millis heartbeat{15'000};
  /// How often a client that wants to know is told how far its stream is.
  Millis progress{2'000};
  /// How long a request waits for the answer to another's that asks the same.  For that to an
  /// earlier one under its own key it waits as long as that lasts.
  Millis patience{60'000};
  store::BodyLog* bodies = nullptr;  // null: none are kept
  std::string upload_folder = ".";   // where uploads wait that are too large for memory
};

/// What the path of a request says beside its body.
struct Entry {
  chat::Dialect dialect{};
  std::string_view provider = {};  // of a path that names one; empty: the model's name decides
  route::Turn turn = route::Turn::taken;
};

/// A request that is not sent.
struct Question {
  std::string path, body;
  /// Providers, models with their provider's name before them, and accounts that shall be taken for
  /// ones that fail.
  std::vector<std::string> failing = {};
};

class CallNote;
class Inquiry;

/// One chat request from bytes to bytes.  Read `answer` in chat.cc from top to bottom: it is the
/// nine steps of ARCHITECTURE.md, in their order.
class Chat {
 public:
  explicit Chat(const Parts& parts) : parts_(parts) {}
  Chat(const Chat&) = delete;
  Chat& operator=(const Chat&) = delete;

  net::Task<Status> handle(net::Exchange& exchange, Entry entry);
  /// What would happen to it, and why.
  Result<Trace> explain(const net::Exchange& exchange, Entry entry, Question question) const;

 private:
  net::Task<Status> answer(net::Exchange& exchange, Entry entry, Inquiry& inquiry, CallNote& note);

  const Parts parts_;
};

}  // namespace omni::pipeline
