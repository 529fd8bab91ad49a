#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialect/anthropic/request.h"
#include "dialect/test_json.h"

namespace omni::dialect::anthropic {

// For tests: requests of clients of another dialect, and what becomes of them.

using chat::Media;
using chat::Part;
using chat::Request;
using chat::Role;
using chat::ToolCall;

inline Part text(std::string words) {
  Part part;
  part.body = chat::Text{std::move(words)};
  return part;
}

inline Part call(std::string id, std::string name, std::string input = "{}") {
  Part part;
  part.body = ToolCall{
      .id = std::move(id), .space = {}, .name = std::move(name), .input = std::move(input)};
  return part;
}

inline Part result(std::string id, std::vector<Part> content) {
  Part part;
  part.body = chat::ToolResult{.call_id = std::move(id), .name = {}, .content = std::move(content)};
  return part;
}

inline Part thoughts(std::string words, std::string issuer = {}) {
  Part part;
  part.body = chat::Reasoning{.text = std::move(words), .summary = {}};
  if (!issuer.empty()) part.seal = chat::Seal{std::move(issuer), "sealed"};
  return part;
}

inline Part media(Media::Kind kind, Media::Form form, std::string payload, std::string type = {}) {
  Part part;
  part.body = Media{.kind = kind,
                    .form = form,
                    .payload = std::move(payload),
                    .mime_type = std::move(type),
                    .name = {},
                    .detail = {}};
  return part;
}

inline void say(Request& request, Role role, std::vector<Part> parts) {
  chat::Message message;
  message.role = role;
  message.parts = std::move(parts);
  request.messages.push_back(std::move(message));
}

/// Of an OpenAI client, with one message of the user.
inline Request foreign() {
  Request request;
  request.source = chat::Dialect::openai_chat;
  request.model = "m";
  request.max_output_tokens = 100;
  say(request, Role::user, {text("Hi")});
  return request;
}

inline chat::Tool function(std::string name,
                           std::string_view schema = R"({"type":"object","properties":{}})") {
  chat::Tool tool;
  tool.name = std::move(name);
  if (!schema.empty()) tool.schema = json::Raw::trusted(std::string(schema));
  return tool;
}

struct Sent {
  std::string body;  // canonical
  std::string losses;
  Outbound outbound;

  /// The member of the body, canonical; empty where there is none.
  std::string at(std::string_view name) const {
    json::Reader reader;
    for (const auto [key, value] : reader.read(outbound.body).members()) {
      if (key == name) return canonical(value);
    }
    return {};
  }
};

inline Sent sent(const Request& request, const EncodeHints& hints = {}) {
  Result<Outbound> outbound = encode_request(request, hints);
  EXPECT_TRUE(outbound);
  Sent sent;
  if (!outbound) return sent;
  sent.outbound = std::move(*outbound);
  sent.body = canonical(sent.outbound.body);
  const auto known = request_losses();
  for (const Losses::Entry& entry : sent.outbound.losses.entries()) {
    sent.losses += (sent.losses.empty() ? "" : " ") + std::string(entry.row->name);
    EXPECT_NE(std::ranges::find(known, entry.row), known.end()) << entry.row->name;
  }
  return sent;
}

}  // namespace omni::dialect::anthropic
