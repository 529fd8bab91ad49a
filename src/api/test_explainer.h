#pragma once

#include "api/explainer.h"

namespace omni::api::testing {

/// Repeats what it is asked, and knows the request "known".
class FakeExplainer final : public Explainer {
 public:
  Result<std::string> explain(const net::Exchange& /*exchange*/, std::string path,
                              std::string body) override {
    if (path == "/v1/refused") return Error(Error::Kind::bad_request, "Missing model");
    return R"({"path":")" + path + R"(","body":)" + body + "}";
  }
  std::optional<std::string> find(std::string_view request_id) override {
    if (request_id != "known") return std::nullopt;
    return R"({"requestId":"known"})";
  }
};

}  // namespace omni::api::testing
