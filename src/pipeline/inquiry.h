#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "meter/traffic.h"
#include "pipeline/admit.h"
#include "pipeline/chat.h"
#include "pipeline/customer.h"
#include "route/resolve.h"

namespace omni::pipeline {

/// A request as it is before anybody is asked: what it says, who sends it, and who could answer.
class Inquiry {
 public:
  Inquiry(const Parts& parts, const net::Exchange& exchange, Entry entry);
  Inquiry(const Inquiry&) = delete;
  Inquiry& operator=(const Inquiry&) = delete;

  /// In the place of the exchange's own.
  void set_path(std::string path) { path_ = std::move(path); }
  /// Reads the body and finds who could answer; nothing else may be asked before.
  Status understand(std::string body);
  /// Sets aside what it may cost, before anybody is asked; or why nobody may be.
  std::optional<chat::Failure> reserve();

  const View& view() const { return *view_; }
  const Permit& permit() const { return permit_; }
  const Incoming& incoming() const { return incoming_; }
  const Draft& draft() const { return *draft_; }
  const route::Plan& plan() const { return plan_; }
  const Conversation& conversation() const { return conversation_; }
  /// Who alone may name the items of the answer later; of OpenAI Responses.
  const std::string& item_owner() const { return item_owner_; }

  Customer customer() const { return {view_, permit_, &conversation_}; }
  std::vector<const store::Connection*> candidates(const catalog::Target& target) const {
    return customer().candidates(target);
  }
  /// Of the combo that is asked for, if it has one.
  const net::Proxy* combo_proxy() const;
  /// How long a target may take to say something.
  Millis first_word_max(const route::PlannedTarget& target) const;
  Result<Translation> translate(const catalog::Target& target,
                                const account::Account& account) const;
  /// Whether the client may name the items of its answer later.
  bool keeps_items() const;
  /// As far as it can be told now.
  Trace trace() const;
  std::vector<Trace::Candidate> look_at_candidates() const;
  /// The same, with what a translation for each would lose, if those that are named failed.
  std::vector<Trace::Candidate> foresee(const std::vector<std::string>& failing) const;

 private:
  Status resolve();
  Status narrow();
  Status apply_policies();
  Status admit_conversation() const;
  void add_fields(const catalog::Provider& provider, Translation& translation) const;
  using Look = std::function<void(const catalog::Target&, const store::Connection*)>;
  void for_each_candidate(const Look& look) const;
  Trace::Candidate look_at(const catalog::Target& target,
                           const store::Connection* connection) const;

  const Parts& parts_;
  const net::Exchange& exchange_;
  const Entry entry_;
  const std::shared_ptr<const View> view_;
  Permit permit_;
  std::string path_, body_, item_owner_;
  Incoming incoming_;
  std::optional<Draft> draft_;
  route::Plan plan_;
  Conversation conversation_;
  meter::Phases phases_;
};

}  // namespace omni::pipeline
