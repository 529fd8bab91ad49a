#pragma once

#include <memory>

#include "pipeline/borrower.h"
#include "pipeline/record.h"

namespace omni::pipeline {

/// One attempt at an order, on one account: who is asked, and what came of it.
class Line {
 public:
  /// All of it outlives the line.
  struct Ends {
    const Parts& parts;
    const Customer& customer;
    const route::Plan& plan;
    Borrower& borrower;
    Attempted& attempted;
    std::uint64_t number;  // of the attempt
  };

  Line(const Ends& ends, upstream::Destination destination)
      : ends_(ends), destination_(destination) {}
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  const catalog::Target& target() const { return *ends_.attempted.target; }
  const account::Base& base() const { return *destination_.base; }
  const upstream::Destination& destination() const { return destination_; }
  const Clock& clock() const { return ends_.parts.clock; }
  /// Whether others may answer in this one's place, another time.
  bool is_of_combo() const { return ends_.plan.combo != nullptr; }
  /// That tell in the head of an answer where it comes from.
  net::OutFields fields() const;

  /// An answer of good status; null where there is none, and then the attempt has failed.
  net::Task<std::unique_ptr<upstream::Answer>> ask(upstream::Question question);
  /// The same of what has come to a question that was asked in a way of its own.
  net::Task<std::unique_ptr<upstream::Answer>> take(
      Result<std::unique_ptr<upstream::Answer>> answer);
  /// All of its body; nothing where it breaks off or is too large, and then the attempt has failed.
  net::Task<std::optional<std::string>> read_all(upstream::Answer& answer, std::size_t bytes_max);

  /// No answer came, or one that was none.
  void fail(const Error& error);
  /// It is a failure of the request, or one in the provider's words.
  void fail(chat::Failure failure);
  /// What the client sent cannot be served, whatever the status says: nobody else is to blame.
  void refuse(chat::Failure failure);
  bool has_failed() const { return ends_.attempted.failure.has_value(); }

  /// Something that has to be paid for is here; comes on top of what was noted before.
  void bring(const chat::Usage& usage);
  /// The same where the provider does not say how much it is.
  void bring_about(const chat::Usage& usage) {
    ends_.attempted.estimated = true;
    bring(usage);
  }
  /// The client gets the answer or its beginning: nobody else may be asked.
  void begin() { ends_.attempted.begun = true; }
  /// Writes the books, before the client has the end of the answer.
  void book();

 private:
  net::Task<> read_failure(upstream::Answer& answer);

  const Ends ends_;
  upstream::Destination destination_;
};

/// What providers are asked for besides conversations: vectors, images, a transcript.
class Order {
 public:
  Order() = default;
  Order(const Order&) = delete;
  Order& operator=(const Order&) = delete;
  virtual ~Order() = default;

  /// Where the account serves such a thing; null: nowhere.
  virtual const account::Base* base_of(const account::Account& account) const = 0;
  /// Asks, and takes what comes; what failed was told to the line.  Once for each account until one
  /// of them has not failed.
  virtual net::Task<> serve(Line& line) = 0;
};

}  // namespace omni::pipeline
