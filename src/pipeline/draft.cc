#include "pipeline/draft.h"

#include <algorithm>

#include "dialect/gemini/path.h"
#include "dialect/openai_responses/kept.h"
#include "json/scratch_reader.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using json::Envelope;

constexpr std::size_t model_bytes_max = 512;  // with a provider before it, and an ending

Error refused(std::string message) { return {Error::Kind::bad_request, std::move(message)}; }

std::string_view value_of(const Envelope& body, std::string_view key) {
  const Envelope::Member* member = body.find(key);
  return member == nullptr || member->value == "null" ? std::string_view() : member->value;
}

Dialect body_dialect(Dialect path, const Envelope& body) {
  if (path != Dialect::openai_chat) return path;
  if (value_of(body, "messages").empty() && !value_of(body, "input").empty()) {
    return Dialect::openai_responses;
  }
  const bool anthropic = !value_of(body, "system").empty() || body.find("anthropic_version");
  return anthropic ? Dialect::anthropic : path;
}

/// Where a dialect has what was said, and whether it must be there.
Status check_conversation(Dialect dialect, const Envelope& body) {
  const std::string_view name = dialect == Dialect::openai_responses ? "input"
                                : dialect == Dialect::gemini         ? "contents"
                                                                     : "messages";
  const std::string_view said = value_of(body, name);
  if (said.empty()) {
    // Responses may go on with what the provider has stored.
    const json::ScratchReader reader;
    const bool stored =
        dialect == Dialect::openai_responses &&
        std::ranges::any_of(body.members(), [&](const Envelope::Member& member) {
          return dialect::openai_responses::names_kept(member.key, reader->read(member.value));
        });
    // Ollama loads a model when it is asked nothing.
    return stored || dialect == Dialect::ollama ? Status(Nothing{})
                                                : refused(std::string("Missing ").append(name));
  }
  const auto empty = [&](char open, char close) {
    if (said.front() != open) return false;
    const std::size_t first = said.find_first_not_of(" \t\r\n", 1);
    return first != std::string_view::npos && said[first] == close;
  };
  if (empty('[', ']') && dialect != Dialect::ollama) {
    return refused(std::string(name).append(" must not be empty"));
  }
  return Nothing{};
}

Result<std::string> read_model(const Envelope& body) {
  const std::string_view value = value_of(body, "model");
  if (value.empty()) return refused("Missing model");
  if (value.front() != '"') return refused("Invalid model format");
  if (value.find('\\') == std::string_view::npos) {
    return std::string(value.substr(1, value.size() - 2));
  }
  json::ScratchReader reader;
  return std::string(reader->read(value).text());
}

bool read_stream(Dialect dialect, const Envelope& body, std::string_view accept) {
  const std::string_view said = value_of(body, "stream");
  if (!said.empty()) return said == "true";
  if (dialect == Dialect::ollama) return true;
  return accept.find("text/event-stream") != std::string_view::npos;
}

bool asks_for_usage(const Envelope& body) {
  const std::string_view options = value_of(body, "stream_options");
  const std::size_t key = options.find("\"include_usage\"");
  if (key == std::string_view::npos) return false;
  const std::size_t value = options.find_first_not_of(" \t\r\n:", key + 15);
  return value != std::string_view::npos && options.substr(value).starts_with("true");
}

Status read_gemini(std::string_view path, Draft& draft) {
  Result<dialect::gemini::Asked> asked = dialect::gemini::read_path(path);
  if (!asked) return asked.error();
  draft.model = std::move(asked->model);
  draft.stream = asked->stream;
  draft.as_array = asked->stream && asked->as_array;
  return Nothing{};
}

}  // namespace

Error no_object(std::string_view body) {
  const std::string message = "Invalid JSON body";
  if (!json::Raw::parse(body)) return refused(message);
  return refused(message + ": " + json::Envelope::scan(body).error().message());
}

Result<Draft> scan(const Incoming& incoming) {
  Result<Envelope> body = Envelope::scan(incoming.body);
  if (!body) return no_object(incoming.body);
  const Dialect dialect = body_dialect(incoming.dialect, *body);
  Draft draft{.body = *std::move(body), .body_dialect = dialect};
  if (dialect == Dialect::gemini) {
    if (Status read = read_gemini(incoming.path, draft); !read) return read.error();
  } else {
    Result<std::string> model = read_model(draft.body);
    if (!model) return model.error();
    draft.model = *std::move(model);
    draft.stream = read_stream(dialect, draft.body, incoming.accept);
    draft.wants_usage = dialect == Dialect::openai_chat && asks_for_usage(draft.body);
  }
  if (draft.model.size() > model_bytes_max) return refused("Invalid model format");
  if (Status said = check_conversation(dialect, draft.body); !said) return said.error();
  return draft;
}

}  // namespace omni::pipeline
