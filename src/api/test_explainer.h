#pragma once

#include "api/explainer.h"

namespace omni::api::testing {

/// Repeats what it is asked, and knows the request "known".
class FakeExplainer final : public Explainer {
 public:
  Result<std::string> explain(const net::Exchange& /*exchange*/, Question question) override {
    if (question.path == "/v1/refused") return Error(Error::Kind::bad_request, "Missing model");
    std::string text = R"({"path":")" + question.path + R"(","body":)" + question.body;
    for (const std::string& name : question.failing) text += R"(,"failing":")" + name + "\"";
    return text + "}";
  }
  std::optional<std::string> find(std::string_view request_id) override {
    if (request_id != "known") return std::nullopt;
    return R"({"requestId":"known"})";
  }
};

}  // namespace omni::api::testing
