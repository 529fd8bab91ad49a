#include "gateway/mock/place.h"

#include <algorithm>
#include <array>

#include "net/url.h"

namespace omni::gateway::mock {
namespace {

using chat::Dialect;

struct Row {
  std::string_view method, path;
  Place place;
};

constexpr std::array rows{
    Row{"POST", "/chat/completions", {Place::Kind::answer, Dialect::openai_chat}},
    Row{"POST", "/responses", {Place::Kind::answer, Dialect::openai_responses}},
    Row{"POST", "/responses/input_tokens", {Place::Kind::count, Dialect::openai_responses}},
    Row{"POST", "/messages", {Place::Kind::answer, Dialect::anthropic}},
    Row{"POST", "/messages/count_tokens", {Place::Kind::count, Dialect::anthropic}},
    Row{"POST", "/api/chat", {Place::Kind::answer, Dialect::ollama}},
    Row{"POST", "/embeddings", {Place::Kind::service, Dialect::openai_chat}},
    Row{"POST", "/images/generations", {Place::Kind::service, Dialect::openai_chat}},
    Row{"POST", "/api/embed", {Place::Kind::service, Dialect::ollama}},
    Row{"POST", "/listen", {Place::Kind::recording, Dialect::openai_chat}},
    Row{"GET", "/api/tags", {Place::Kind::list, Dialect::ollama}},
    Row{"GET", "/models", {Place::Kind::list, Dialect::openai_chat}},
};

bool cut_prefix(std::string_view& path, std::string_view prefix) {
  if (!path.starts_with(prefix) || !path.substr(prefix.size()).starts_with('/')) return false;
  path.remove_prefix(prefix.size());
  return true;
}

std::optional<Place> gemini_place(std::string_view method, std::string_view path) {
  if (method == "GET" && path == "/models") return Place{Place::Kind::list, Dialect::gemini};
  if (method != "POST" || !path.starts_with("/models/")) return std::nullopt;
  const std::size_t colon = path.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view action = path.substr(colon);
  const bool vectors = action == ":embedContent" || action == ":batchEmbedContents";
  const Place::Kind kind = action == ":countTokens" ? Place::Kind::count
                           : vectors                ? Place::Kind::service
                                                    : Place::Kind::answer;
  return Place{kind, Dialect::gemini};
}

}  // namespace

std::optional<Place> place_of(const net::RequestHead& request) {
  std::string_view path = request.path();
  if (cut_prefix(path, "/v1beta")) return gemini_place(request.method(), path);
  cut_prefix(path, "/v1");
  if (path.starts_with("/models/")) return gemini_place(request.method(), path);
  const auto* const row = std::ranges::find_if(rows, [&](const Row& candidate) {
    return candidate.method == request.method() && candidate.path == path;
  });
  if (row == rows.end()) return std::nullopt;
  Place place = row->place;
  const bool is_list = place.kind == Place::Kind::list && place.dialect == Dialect::openai_chat;
  if (is_list && !request.field("anthropic-version").empty()) place.dialect = Dialect::anthropic;
  return place;
}

std::string key_of(const net::RequestHead& request, Dialect dialect) {
  constexpr std::string_view bearer = "Bearer ", deepgrams = "Token ";
  if (dialect == Dialect::anthropic && !request.field("x-api-key").empty()) {
    return std::string(request.field("x-api-key"));
  }
  if (dialect == Dialect::gemini) {
    if (!request.field("x-goog-api-key").empty()) {
      return std::string(request.field("x-goog-api-key"));
    }
    if (const auto key = net::query_value(request.query(), "key")) return *key;
  }
  const std::string_view shown = request.field("authorization");
  if (shown.starts_with(deepgrams)) return std::string(shown.substr(deepgrams.size()));
  return std::string(shown.starts_with(bearer) ? shown.substr(bearer.size()) : "");
}

}  // namespace omni::gateway::mock
