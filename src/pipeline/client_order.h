#pragma once

#include <string_view>

#include "pipeline/failure_reply.h"
#include "pipeline/order.h"
#include "route/resolve.h"

namespace omni::pipeline {

/// An order of a client's: what it says, and how he is answered.
class ClientOrder : public Order {
 public:
  /// Reads what he sent; before all that follows.
  virtual Status understand() = 0;
  /// What errors call the models that can do it: "embedding".
  virtual std::string_view kind() const = 0;
  virtual chat::Dialect dialect() const = 0;
  virtual std::string_view model() const = 0;  // as the client wrote it
  /// The body, for whoever keeps those.
  virtual std::string_view asked() const = 0;
  virtual bool streams() const { return false; }

  /// Leaves the targets that can do it; an error of the caller's where none can.
  virtual Status narrow(const route::Directory& directory, route::Plan& plan) const = 0;
  /// What it may use at the most, as far as that can be told.
  virtual chat::Usage expected() const = 0;

  /// Answers, when it was served and not begun to be answered.
  virtual net::Task<Status> reply(net::Exchange& exchange, net::OutFields fields) = 0;
  /// How an answer has ended that was begun while the order was served; not ok where the client
  /// must see that it has no end.
  virtual Status ending() const { return Nothing{}; }
  /// Puts a failure of whoever was asked as clients of such a thing read it.
  virtual void phrase(chat::Failure&) const {}
  virtual net::Task<Status> refuse(net::Exchange& exchange, chat::Failure failure,
                                   net::OutFields fields) {
    return reply_failure(exchange, dialect(), std::move(failure), std::move(fields));
  }
};

/// Whether the target may be a model of that kind: what a provider's own list has told is called a
/// chat model whatever it is.
bool may_be(const route::Directory& directory, const catalog::Target& target,
            catalog::Model::Kind kind);

}  // namespace omni::pipeline
