// `{"data":[{"id"}]}` of OpenAI and Anthropic, `{"models":[{"name":"models/x"}]}` of Gemini and
// Ollama, and bare lists.

#include "api/listed_models.h"

#include "json/scratch_reader.h"

namespace omni::api {
namespace {

constexpr std::size_t models_max = 10'000;
constexpr std::string_view gemini_folder = "models/";

std::string_view text_of(json::Value object, std::string_view name) {
  const json::Value member = object.find(name);
  return member.kind() == json::Kind::text ? member.text() : std::string_view();
}

/// The first of these members that is a text and not empty.
std::string_view first_of(json::Value object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const std::string_view text = text_of(object, name); !text.empty()) return text;
  }
  return {};
}

ListedModel model_in(json::Value item) {
  if (item.kind() == json::Kind::text) {
    return {std::string(item.text()), std::string(item.text())};
  }
  if (item.kind() != json::Kind::object) return {};
  std::string_view id = first_of(item, {"id", "model", "name"});
  if (id.starts_with(gemini_folder)) id.remove_prefix(gemini_folder.size());
  std::string_view name = first_of(item, {"display_name", "displayName", "name"});
  if (name.empty() || name.starts_with(gemini_folder)) name = id;
  return {std::string(id), std::string(name)};
}

/// As OpenAI and Anthropic say it, or as Gemini does.
bool has_next_page(json::Value page) {
  const json::Value more = page.find("has_more");
  return (more.kind() == json::Kind::boolean && more.boolean()) ||
         !text_of(page, "nextPageToken").empty();
}

}  // namespace

std::optional<ModelList> read_model_list(std::string_view body) {
  const json::ScratchReader reader;
  json::Value list = reader->read(body);
  ModelList read;
  if (list.kind() == json::Kind::object) {
    read.complete = !has_next_page(list);
    const json::Value data = list.find("data");
    list = data ? data : list.find("models");
  }
  if (list.kind() != json::Kind::array) return std::nullopt;
  for (const json::Value item : list.items()) {
    if (read.models.size() == models_max) {
      read.complete = false;
      break;
    }
    ListedModel model = model_in(item);
    if (!model.id.empty()) read.models.push_back(std::move(model));
  }
  if (!reader->finish()) return std::nullopt;
  return read;
}

}  // namespace omni::api
