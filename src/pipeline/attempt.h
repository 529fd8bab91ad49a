#pragma once

#include "pipeline/borrower.h"
#include "pipeline/recollection.h"
#include "pipeline/record.h"

namespace omni::pipeline {

class CallNote;

/// A request that somebody has to be asked for.  All of it outlives its attempts.
struct Errand {
  const Parts& parts;
  net::Exchange& exchange;
  const Inquiry& inquiry;
  Recollection& recollection;
  CallNote& note;
  Clock::Steady began{};
};

/// Calls a provider on behalf of a request, from the translation to the end of the answer.  Looks
/// at nothing that another attempt of the same request changes, and writes to the client only when
/// it has an answer and its runner has the floor.
class Attempt {
 public:
  /// All of it outlives the attempt.
  Attempt(const Errand& errand, Borrower& borrower, Runner& runner)
      : errand_(errand),
        parts_(errand.parts),
        inquiry_(errand.inquiry),
        borrower_(borrower),
        runner_(runner) {}
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  /// The `number`th of its request.
  net::Task<Attempted> make(const route::PlannedTarget& target, const account::Account& account,
                            std::uint64_t number);

 private:
  net::Task<> send(Attempted& attempted);
  net::Task<> read_failure(Attempted& attempted, const upstream::Destination& destination,
                           upstream::Answer& answer);
  net::OutFields fields_of(const Attempted& attempted) const;
  void conclude(Attempted& attempted, const Delivery& delivery) const;
  void estimate_usage(Attempted& attempted) const;
  net::Task<> bring(Attempted& attempted, Translation& translation, upstream::Answer& answer);

  const Errand& errand_;
  const Parts& parts_;
  const Inquiry& inquiry_;
  Borrower& borrower_;
  Runner& runner_;
  net::Deadline* first_word_ = nullptr;
  std::uint64_t number_ = 1;
};

/// That the client waits for nothing any more.
Error client_left();
bool has_left(const account::Verdict& verdict);
/// What an attempt says at once about the step of a combo that it was made for.
route::Ending ending_of(const account::Verdict& verdict);

}  // namespace omni::pipeline
