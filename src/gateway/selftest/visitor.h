#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "dialect/codec.h"
#include "net/client.h"
#include "net/loop_pool.h"

namespace omni::gateway::selftest {

struct Question {
  std::string_view method = "GET";
  std::string target;
  std::string body;
  std::vector<dialect::Header> fields;
};

struct Heard {
  int status = 0;
  std::string type;  // of its content
  std::string body;
};

/// Asks servers of this machine over HTTP, and waits for the answer, but not for long.
class Visitor {
 public:
  static Result<std::unique_ptr<Visitor>> make(const Log& log);
  ~Visitor();
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;

  /// Of a stream of events that was asked for by GET, which has no end, only the head.
  Result<Heard> ask(std::uint16_t port, const Question& question);

 private:
  Visitor(const Log& log, std::unique_ptr<net::ClientTls> tls);
  net::Task<Result<Heard>> call(std::uint16_t port, const Question& question);

  std::unique_ptr<net::ClientTls> tls_;
  net::LoopPool loops_;
  net::Resolver resolver_{1};
  std::unique_ptr<net::Client> client_;
};

}  // namespace omni::gateway::selftest
