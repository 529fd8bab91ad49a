#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "dialect/openai_chat/wire.h"

namespace omni::dialect::openai_chat {

// For tests.

/// A request of these members, with a model and a question where they have none.
inline std::string body_of(std::string_view members) {
  std::string body = R"({"model":"m")";
  if (members.find(R"("messages")") == std::string_view::npos) {
    body += R"(,"messages":[{"role":"user","content":"Hi"}])";
  }
  if (!members.empty()) body.append(",").append(members);
  return body + "}";
}

inline std::string body_with(std::string_view messages) {
  return body_of(R"("messages":[)" + std::string(messages) + "]");
}

inline chat::Request decoded(std::string_view body) {
  Result<chat::Request> request = decode_request(body);
  EXPECT_TRUE(request) << body << "\n" << (request ? "" : request.error().message());
  return request ? *std::move(request) : chat::Request{};
}

}  // namespace omni::dialect::openai_chat
