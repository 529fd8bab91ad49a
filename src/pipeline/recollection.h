#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/chat.h"
#include "pipeline/inquiry.h"
#include "pipeline/resemblance.h"
#include "recall/memo.h"
#include "recall/print.h"

namespace omni::pipeline {

/// What one request finds remembered, and what it leaves to be remembered: under the key by which
/// its client repeats it, and under what it asks where that has the same answer again.  Until it
/// goes, others who want the same wait for it.
class Recollection {
 public:
  Recollection(const Parts& parts, const net::Exchange& exchange, const Inquiry& inquiry,
               Entry entry);
  Recollection(const Recollection&) = delete;
  Recollection& operator=(const Recollection&) = delete;

  /// Looks for an answer, and waits where another request is just getting it, but not for ever.  An
  /// error where the client has left meanwhile.
  net::Task<Status> look();
  /// What was found; null where it has to be asked for.
  const recall::Answer* answer() const { return answer_.get(); }
  /// Where it was found, as traces say it.
  std::string_view source() const { return source_; }
  Millis waited() const;
  /// Tells what was found, in the client's dialect and as it wants it.
  net::Task<Status> tell(net::Exchange& exchange) const;

  /// For an answer that is asked for to be written down in; null where nobody wants to read it.
  std::unique_ptr<recall::Memo> open_memo() const;
  /// It has been delivered, or not.
  void keep(const catalog::Target& target, const Delivery& delivery, recall::Memo* memo);

 private:
  /// A place where the answer may be found, or has to be brought to.
  struct Claim {
    recall::Answers* answers = nullptr;
    std::string_view source;
    std::string print;
    Millis lifetime{0};
    Millis patience{0};                  // for who is just getting it
    recall::Archive* archive = nullptr;  // where it may be as well
    std::optional<recall::Lead> lead = {};
  };

  void claim_repeats(std::string_view key);
  void claim_cache();
  recall::Print print_of(std::string_view purpose) const;
  net::Task<Result<std::optional<recall::Found>>> find(const Claim& claim) const;
  net::Task<Status> look_further(Claim& claim);
  net::Task<Status> look_in_archive(Claim& claim);
  const store::Settings& settings() const {
    return inquiry_.view().directory.configuration().settings;
  }

  const Parts& parts_;
  const net::Exchange& exchange_;
  const Inquiry& inquiry_;
  const Entry entry_;
  const Clock::Steady began_;
  std::optional<chat::Request> asked_;
  std::vector<Claim> claims_;                 // in the order in which they are looked at
  std::unique_ptr<Resemblance> resemblance_;  // of what the cache is asked for; null: none
  recall::Shared answer_;
  std::string_view source_ = upstream_source;
};

}  // namespace omni::pipeline
