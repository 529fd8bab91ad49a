#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "account/verdict.h"
#include "base/clock.h"
#include "chat/dialect.h"
#include "chat/reply.h"
#include "dialect/loss.h"
#include "meter/traffic.h"

namespace omni::pipeline {

/// Where an answer is from that nobody had remembered.
inline constexpr std::string_view upstream_source = "upstream";

/// How a request went its way, for whoever wonders: how its model was understood, who was asked,
/// and what became of each attempt.  Holds no content and no secret.
struct Trace {
  struct Attempt {
    std::string provider, model, connection, connection_name;
    std::string host;  // of the provider; empty: it was not called
    chat::Dialect dialect{};
    bool byte_lane = false;
    bool answered = false;  // the verdict's status is the provider's
    account::Verdict verdict;
    Millis began{0};  // after the request
    Millis took{0};
    std::optional<Millis> first_word;
    chat::Usage usage;
    std::string answered_as;  // the model, in the provider's words
    std::optional<chat::Finish> finish;
  };
  /// Somebody who could be asked, and what speaks against it at this moment.
  struct Candidate {
    std::string provider, model, connection, connection_name;
    std::string dialect;
    std::string obstacle;             // empty: none
    std::vector<std::string> losses;  // of a request that would be translated for it
  };

  std::string request_id, method, path;
  Clock::Wall time{};
  chat::Dialect dialect{};
  std::string traceparent;  // as the client sent it, if it is one
  std::string requested_model;
  std::string combo, strategy;  // where the model's name stands for a combo
  std::string provider, model;  // of the last target that had its turn, asked or not
  std::string key_id, key_name;
  std::string session;  // the conversation, as the last provider that was asked knows it
  bool stream = false;
  std::string_view source = upstream_source;  // of the answer, or what was remembered of which kind
  std::vector<std::string> reasons;
  std::vector<Candidate> candidates;
  std::vector<Attempt> attempts;
  std::vector<std::string> losses;
  int status = 0;       // that the client got; 0: nothing was sent
  std::string message;  // of its failure
  Millis took{0};
  meter::Phases phases;
  std::optional<Millis> first_content;  // when the client could have it
  chat::Usage usage;                    // of the last attempt
  std::int64_t cost_nano = 0;           // of all of them
};

std::string_view name_of(chat::Finish finish);

/// "seed", "foreign_member:logit_bias"
std::vector<std::string> names_of(const dialect::Losses& losses);

std::string to_json(const Trace& trace);

/// Hears of every trace that is kept, on the thread of its request.
class TraceListener {
 public:
  TraceListener() = default;
  TraceListener(const TraceListener&) = delete;
  TraceListener& operator=(const TraceListener&) = delete;
  virtual ~TraceListener() = default;

  virtual void hear(const std::shared_ptr<const Trace>& trace) = 0;
};

/// The traces of the last requests.  For all threads.
class Traces {
 public:
  explicit Traces(std::size_t kept_max = 1000) : kept_max_(kept_max) {}
  Traces(const Traces&) = delete;
  Traces& operator=(const Traces&) = delete;

  /// Null: nobody.  While there are no requests.
  void set_listener(TraceListener* listener) { listener_ = listener; }

  void keep(Trace trace);
  /// As JSON, of the newest request of that id.
  std::optional<std::string> find(std::string_view request_id) const;

 private:
  const std::size_t kept_max_;
  TraceListener* listener_ = nullptr;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const Trace>> kept_;
};

}  // namespace omni::pipeline
