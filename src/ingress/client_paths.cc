#include "ingress/client_paths.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/strings.h"

namespace omni::ingress {
namespace {

using chat::Dialect;

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

/// Of what follows the prefixes.
Dialect by_endpoint(std::string_view rest) {
  const std::string_view endpoint = cut(rest, '/');
  if (endpoint == "messages") return Dialect::anthropic;
  if (endpoint == "responses" || endpoint == "codex") return Dialect::openai_responses;
  if (endpoint == "api") return Dialect::ollama;
  // Google's SDK asks for MODEL:generateContent under /v1 as well.
  const bool action = rest.find(':') != std::string_view::npos;
  return action ? Dialect::gemini : Dialect::openai_chat;
}

}  // namespace

std::optional<Dialect> dialect_of_path(std::string_view path) {
  static constexpr std::array<std::string_view, 6> bare{"chat",   "completions", "responses",
                                                        "models", "codex",       "embeddings"};
  static constexpr std::array<std::string_view, 14> ollama{
      "chat", "tags", "version", "show",   "embed",  "embeddings", "generate",
      "ps",   "pull", "push",    "create", "delete", "copy",       "blobs"};
  static constexpr std::array<std::string_view, 2> versions{"v1", "v1beta"};
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  std::string_view rest = path;
  std::string_view first = cut(rest, '/');
  const bool below_api = first == "api";
  if (below_api) {
    path = rest;
    first = cut(rest, '/');
    if (is_one_of(first, ollama)) return Dialect::ollama;
  }
  if (!is_one_of(first, versions)) {
    if (below_api || !is_one_of(first, bare)) return std::nullopt;
    return by_endpoint(path);
  }
  if (first == "v1beta") return Dialect::gemini;
  while (rest.starts_with("v1/")) rest.remove_prefix(3);
  return by_endpoint(rest);
}

}  // namespace omni::ingress
