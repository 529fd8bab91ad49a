#pragma once

#include <string>
#include <string_view>

#include "store/call_row.h"

namespace omni::store {

/// Each column of the table with its member of the row, in one order for all who need it.
template <class Row, class Each>
void visit_call(Row&& row, const Each& each) {
  each("id", row.id), each("request_id", row.request_id), each("method", row.method);
  each("path", row.path), each("status", row.status), each("requested_model", row.requested_model);
  each("model", row.model), each("provider", row.provider), each("account", row.account);
  each("connection_id", row.connection_id), each("duration_ms", row.duration);
  each("ttft_ms", row.ttft), each("tokens_input", row.tokens.input);
  each("tokens_output", row.tokens.output), each("tokens_cache_read", row.tokens.cache_read);
  each("tokens_cache_creation", row.tokens.cache_creation);
  each("tokens_reasoning", row.tokens.reasoning), each("cost_nano", row.cost_nano);
  each("cache_source", row.cache_source), each("source_format", row.source_format);
  each("target_format", row.target_format), each("api_key_id", row.api_key_id);
  each("api_key_name", row.api_key_name), each("combo", row.combo), each("session", row.session);
  each("error", row.error), each("attempts", row.attempts);
  each("body_segment", row.bodies.segment), each("body_offset", row.bodies.offset);
}

/// "id, request_id, …"
inline std::string call_columns() {
  std::string list;
  visit_call(CallRow(), [&list](std::string_view column, const auto& /*member*/) {
    list.append(list.empty() ? "" : ", ").append(column);
  });
  return list;
}

}  // namespace omni::store
