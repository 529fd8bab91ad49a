// How each dialect writes its list of models.
//
//   OpenAI     {"object":"list","data":[{"id","object":"model","created","owned_by",…}]}
//   Anthropic  the same data with "type", "display_name", "created_at"; "has_more", "first_id", …
//   Gemini     {"models":[{"name":"models/…","displayName","inputTokenLimit",…}]}
//   Ollama     {"models":[{"name","model","modified_at","size","digest","details"}]}

#include "base/hash.h"
#include "json/writer.h"
#include "pipeline/model_list.h"

namespace omni::pipeline {
namespace {

using catalog::Model;
using json::Writer;

constexpr std::int64_t context_usual = 128'000;
constexpr std::int64_t output_usual = 8192;

/// Where nobody knows the date it is always the same, for clients compare what they are told with
/// what they were told before; and one that they take for a date, which 0 is not to all.
Clock::Wall released(const ModelEntry& entry) {
  constexpr Clock::Wall unknown{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}};
  if (entry.model->released.empty()) return unknown;
  return parse_iso8601(entry.model->released + "T00:00:00Z").value_or(unknown);
}

/// Anthropic calls every model one; the others are told apart here.
std::string_view type_of(const Model& model) {
  switch (model.kind) {
    case Model::Kind::chat:
      return "model";
    case Model::Kind::transcription:
    case Model::Kind::speech:
      return "audio";
    default:
      return name_of(model.kind);
  }
}

void write_kind(Writer& out, const Model& model) {
  out.key("type").text(type_of(model));
  if (model.kind == Model::Kind::embedding) out.key("dimensions").integer(model.dimensions);
  if (model.kind != Model::Kind::image) return;
  out.key("supported_sizes").begin_array();
  for (const std::string& size : model.sizes) out.text(size);
  out.end_array();
}

void write_capabilities(Writer& out, const Model& model) {
  if (model.context_tokens > 0) out.key("context_length").integer(model.context_tokens);
  if (model.output_tokens > 0) out.key("max_output_tokens").integer(model.output_tokens);
  out.key("capabilities").begin_object();
  out.key("tool_calling").boolean(model.tools).key("vision").boolean(model.images);
  out.key("reasoning").boolean(model.thinking).end_object();
}

void write_openai(Writer& out, const ModelEntry& entry) {
  const Clock::Wall date = released(entry);
  out.begin_object();
  out.key("id").text(entry.name).key("object").text("model");
  out.key("created").integer(to_millis(date) / 1000);
  out.key("owned_by").text(entry.provider->shown_id()).key("permission").begin_array().end_array();
  out.key("root").text(entry.model->id).key("parent");
  entry.parent.empty() ? out.null() : out.text(entry.parent);
  write_kind(out, *entry.model);
  if (entry.added) out.key("custom").boolean(true);
  write_capabilities(out, *entry.model);
  out.key("display_name").text(entry.model->name);
  out.key("created_at").text(iso8601(date));
  out.end_object();
}

void write_gemini(Writer& out, const ModelEntry& entry) {
  const Model& model = *entry.model;
  const auto or_usual = [](std::int64_t known, std::int64_t usual) {
    return known > 0 ? known : usual;
  };
  out.begin_object();
  out.key("name").text("models/" + entry.name).key("displayName").text(model.name);
  out.key("description").text(entry.provider->prefix() + " model: " + model.name);
  out.key("supportedGenerationMethods").begin_array();
  if (model.kind == Model::Kind::embedding) {
    out.text("embedContent").text("batchEmbedContents");
  } else {
    out.text("generateContent").text("streamGenerateContent").text("countTokens");
  }
  out.end_array();
  out.key("inputTokenLimit").integer(or_usual(model.context_tokens, context_usual));
  out.key("outputTokenLimit").integer(or_usual(model.output_tokens, output_usual));
  out.end_object();
}

void write_details(Writer& out, const ModelEntry& entry) {
  const std::string& family = entry.provider->shown_id();
  out.key("details").begin_object();
  out.key("parent_model").text("").key("format").text("gguf").key("family").text(family);
  out.key("families").begin_array().text(family).end_array();
  out.key("parameter_size").text("").key("quantization_level").text("");
  out.end_object();
}

void write_ollama(Writer& out, const ModelEntry& entry) {
  constexpr std::int64_t some_size = 1;  // clients divide by it
  out.begin_object();
  out.key("name").text(entry.name).key("model").text(entry.name);
  out.key("modified_at").text(iso8601(released(entry)));
  out.key("size").integer(some_size).key("digest").text(to_hex(sha256(entry.name)));
  write_details(out, entry);
  out.end_object();
}

/// Of one entry or of a list.
template <class Write>
std::string written(const Write& write) {
  std::string text;
  Writer out(text);
  write(out);
  return text;
}

}  // namespace

std::string openai_list(const std::vector<ModelEntry>& entries) {
  return written([&](Writer& out) {
    out.begin_object().key("object").text("list").key("data").begin_array();
    for (const ModelEntry& entry : entries) write_openai(out, entry);
    out.end_array().key("has_more").boolean(false);
    for (const std::string_view end : {"first_id", "last_id"}) {
      out.key(end);
      if (entries.empty()) {
        out.null();
      } else {
        out.text(end == "first_id" ? entries.front().name : entries.back().name);
      }
    }
    out.end_object();
  });
}

std::string openai_entry(const ModelEntry& entry) {
  return written([&](Writer& out) { write_openai(out, entry); });
}

std::string gemini_list(const std::vector<ModelEntry>& entries) {
  return written([&](Writer& out) {
    out.begin_object().key("models").begin_array();
    for (const ModelEntry& entry : entries) write_gemini(out, entry);
    out.end_array().end_object();
  });
}

std::string gemini_entry(const ModelEntry& entry) {
  return written([&](Writer& out) { write_gemini(out, entry); });
}

std::string ollama_list(const std::vector<ModelEntry>& entries) {
  return written([&](Writer& out) {
    out.begin_object().key("models").begin_array();
    for (const ModelEntry& entry : entries) {
      if (entry.model->kind == Model::Kind::chat) write_ollama(out, entry);
    }
    out.end_array().end_object();
  });
}

std::string ollama_entry(const ModelEntry& entry) {
  const Model& model = *entry.model;
  return written([&](Writer& out) {
    out.begin_object();
    out.key("modelfile").text("").key("parameters").text("").key("template").text("");
    write_details(out, entry);
    const std::string& architecture = entry.provider->shown_id();
    out.key("model_info").begin_object().key("general.architecture").text(architecture);
    out.key(architecture + ".context_length")
        .integer(model.context_tokens > 0 ? model.context_tokens : context_usual);
    out.end_object();
    out.key("capabilities").begin_array().text("completion");
    if (model.tools) out.text("tools");
    if (model.images) out.text("vision");
    if (model.thinking) out.text("thinking");
    out.end_array();
    out.key("modified_at").text(iso8601(released(entry)));
    out.end_object();
  });
}

}  // namespace omni::pipeline
