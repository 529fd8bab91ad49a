#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/admit.h"
#include "pipeline/view.h"

namespace omni::pipeline {

/// A model under one of the names that clients may call it.
struct ModelEntry {
  std::string name;    // "cc/claude-opus-4-6"
  std::string parent;  // of a second name: the first
  const catalog::Provider* provider = nullptr;
  const catalog::Model* model = nullptr;
  bool added = false;  // by a user
};

/// Which names of a model are listed: both that of the provider's alias and that of its id, or one.
enum class Names : std::uint8_t { all, first };

/// What the caller may use now: combos, then by kind: chat, embedding, image, transcription,
/// speech, rerank; of each kind those that users have added come last.  While there is no account
/// at all it is everything that there could be.
std::vector<ModelEntry> list_models(const View& view, const Permit& permit, Names names);

/// All models of a kind that there could be, whoever has an account; under one name each.
std::vector<ModelEntry> list_kind(const View& view, const Permit& permit,
                                  catalog::Model::Kind kind);

/// The entry of that name, with or without provider; nothing where it is not listed.
std::optional<ModelEntry> find_model(const View& view, const Permit& permit, std::string_view name);

// The lists as clients of each dialect read them.

/// OpenAI's, with the members of Anthropic's beside them.
std::string openai_list(const std::vector<ModelEntry>& entries);
std::string openai_entry(const ModelEntry& entry);
std::string gemini_list(const std::vector<ModelEntry>& entries);
std::string gemini_entry(const ModelEntry& entry);
std::string ollama_list(const std::vector<ModelEntry>& entries);
/// What `POST /api/show` says of one.
std::string ollama_entry(const ModelEntry& entry);

}  // namespace omni::pipeline
