#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "pipeline/interpreter.h"
#include "pipeline/runner.h"
#include "upstream/answer.h"

namespace omni::pipeline {

/// What became of a provider's answer on its way to the client.
struct Delivery {
  /// The answer is none; before anything has gone to the client another may take its place.
  std::optional<chat::Failure> failure;
  /// Not ok where the client has left, or takes nothing.
  Status sent = Nothing{};
  /// The client has the answer, or the beginning of it.
  bool begun = false;
  dialect::Seen seen;
  std::optional<Clock::Steady> first_content;
  dialect::Losses losses;
  /// That the client was told where the provider says none; empty where it was not asked for.
  std::string id;
};

/// What a delivery is made with.
struct Courier {
  const Clock& clock;
  Random& random;
  /// A stream that is silent for so long gets a sign of life, and after so long is given up.
  Millis heartbeat{15'000};
  Millis idle_max{120'000};
  Millis progress{2'000};  // how often that is told
};

/// An answer, and the question in whose form it came.  Both outlive the delivery.
struct Parcel {
  Translation* translation = nullptr;
  upstream::Answer* answer = nullptr;
  net::Deadline* first_word = nullptr;     // lifted when the provider has said something
  Runner* runner = nullptr;                // has the floor before anything goes to the client
  const net::OutFields* fields = nullptr;  // for the head of the answer, beside its own
  const Secret* key = nullptr;  // that the provider was shown, and shall not show to the client
  dialect::ItemSink* items = nullptr;
  chat::EventSink* listener = nullptr;  // hears what the client is told
  /// Told what the answer came to before the end of its HTTP body goes to the client: who has that
  /// end can rely on what is done here.
  std::function<void(const Delivery&)> before_end;
};

/// How many letters and digits an id has that is ours.
inline constexpr std::size_t reply_id_length = 24;

/// The fields of an answer that is told as a stream, besides those that are there already.
net::OutFields stream_fields(const Draft& draft, chat::Dialect client, net::OutFields fields = {});

/// Brings an answer of good status to the client.  Nothing goes out before the provider has said
/// something that a client can use; what fails after that is told in the client's own dialect.
net::Task<Delivery> deliver(const Courier& courier, net::Exchange& exchange,
                            const Incoming& incoming, const Draft& draft, Parcel parcel);

}  // namespace omni::pipeline
