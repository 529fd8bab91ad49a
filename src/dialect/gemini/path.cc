// The model and the action stand in the path:
//
//     /v1beta/models/MODEL:generateContent
//     /v1/models/MODEL:streamGenerateContent?alt=sse
//     /v1beta/PROVIDER/MODEL:generateContent
//     /v1/projects/P/locations/L/publishers/google/models/MODEL:generateContent

#include "dialect/gemini/path.h"

#include <utility>

#include "base/percent.h"
#include "base/strings.h"

namespace omni::dialect::gemini {
namespace {

/// What is no escape stays as it is.
std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high << 4 | low));
        i += 2;
        continue;
      }
    }
    out.push_back(text[i]);
  }
  return out;
}

/// "v1", "v1beta", "v1beta2", "v1alpha", but neither "v0" nor "v1x", which may be providers.
bool is_version(std::string_view segment) {
  if (!segment.starts_with("v1")) return false;
  const std::string_view stage = segment.substr(2);
  return stage.empty() || stage.starts_with("alpha") || stage.starts_with("beta");
}

/// Takes "word/" off the front, and as many segments after it.
bool skip(std::string_view& path, std::string_view word, int segments_after) {
  std::string_view rest = path;
  if (cut(rest, '/') != word || rest.empty()) return false;
  for (int i = 0; i < segments_after; ++i) cut(rest, '/');
  if (rest.empty()) return false;
  path = rest;
  return true;
}

std::string_view model_part(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  skip(path, "api", 0);
  for (std::string_view rest = path; is_version(cut(rest, '/')) && !rest.empty();) path = rest;
  skip(path, "projects", 1);
  skip(path, "locations", 1);
  skip(path, "publishers", 1);
  skip(path, "models", 0);
  return path;
}

bool is_printable(std::string_view model) {
  for (const char c : model) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  }
  return is_utf8(model);
}

bool wants_events(std::string_view query) {
  while (!query.empty()) {
    const std::string_view parameter = cut(query, '&');
    if (parameter == "alt=sse" || parameter == "$alt=sse" || parameter == "%24alt=sse") return true;
  }
  return false;
}

/// One segment after the collection, whatever the model is called: a name with slashes, dots and
/// question marks shall lead nowhere else.
std::string path_of(std::string_view model, std::string_view action) {
  std::string path = skip(model, "tunedModels", 0) ? "/tunedModels/" : "/models/";
  skip(model, "models", 0);
  append_percent_encoded(path, model, "-._~:@!$'()*+,;=");
  return path.append(action);
}

struct ModelAndAction {
  std::string model, action;
};

/// Of a path without its query.
Result<ModelAndAction> split_path(std::string_view path) {
  const std::string decoded = percent_decoded(path);
  const std::string_view name = model_part(decoded);
  const std::size_t colon = name.rfind(':');
  if (colon == std::string_view::npos) {
    return Error(Error::Kind::not_found, "The path names no action, such as :generateContent");
  }
  if (!is_printable(name)) return Error(Error::Kind::bad_request, "Invalid model format");
  return ModelAndAction{std::string(name.substr(0, colon)), std::string(name.substr(colon + 1))};
}

Error unknown_action(std::string_view action) {
  return {Error::Kind::not_found, "Unknown action: " + std::string(action.substr(0, 64))};
}

}  // namespace

Result<Asked> read_path(std::string_view path) {
  std::string_view query = path;
  Result<ModelAndAction> split = split_path(cut(query, '?'));
  if (!split) return split.error();
  Asked asked;
  asked.stream = split->action == "streamGenerateContent";
  if (!asked.stream && split->action != "generateContent") return unknown_action(split->action);
  if (split->model.empty()) return Error(Error::Kind::bad_request, "Missing model");
  asked.model = std::move(split->model);
  asked.as_array = asked.stream && !wants_events(query);
  return asked;
}

Result<AskedVectors> read_path_of_embeddings(std::string_view path) {
  Result<ModelAndAction> split = split_path(cut(path, '?'));
  if (!split) return split.error();
  const bool single = split->action == "embedContent";
  if (!single && split->action != "batchEmbedContents") return unknown_action(split->action);
  if (split->model.empty()) return Error(Error::Kind::bad_request, "Missing model");
  return AskedVectors{.model = std::move(split->model), .single = single};
}

std::optional<std::string> model_to_count(std::string_view path) {
  constexpr std::string_view action = ":countTokens";
  const std::string decoded = percent_decoded(cut(path, '?'));
  std::string_view name = model_part(decoded);
  if (!name.ends_with(action) || name.size() == action.size() || !is_printable(name)) {
    return std::nullopt;
  }
  return std::string(name.substr(0, name.size() - action.size()));
}

std::string path_of_reply(std::string_view model) { return path_of(model, ":generateContent"); }

std::string path_of_stream(std::string_view model) {
  return path_of(model, ":streamGenerateContent?alt=sse");
}

std::string path_of_count(std::string_view model) { return path_of(model, ":countTokens"); }

std::string path_of_embeddings(std::string_view model) {
  return path_of(model, ":batchEmbedContents");
}

}  // namespace omni::dialect::gemini
