#include "dialect/lane.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "base/assert.h"
#include "dialect/gemini/path.h"

namespace omni::dialect {

using chat::Dialect;
using json::Envelope;
using json::Raw;

namespace {

Error no_object() { return {Error::Kind::bad_request, "Invalid JSON body"}; }

Raw raw_of(bool value) { return Raw::trusted(value ? "true" : "false"); }

bool is_null(const Envelope::Member* member) {
  return member == nullptr || member->value == "null";
}

/// The edits that make a body say what the hints say.
class Edits {
 public:
  Edits(const Envelope& body, const EncodeHints& hints) : body_(body), hints_(hints) {}

  void model() {
    if (!hints_.model.empty()) add({"model", Raw::quote(hints_.model)});
  }

  /// Gemini's is in the path, but a body may name it again.
  void model_beside_path() {
    if (hints_.model.empty() || body_.find("model") == nullptr) return;
    add({"model", Raw::quote(std::string("models/").append(hints_.model))});
  }

  /// `silent` is what a body means that says nothing.
  void stream(bool silent) {
    const Envelope::Member* said = body_.find("stream");
    const bool streams = is_null(said) ? silent : said->value == "true";
    if (streams != hints_.stream) add({"stream", raw_of(hints_.stream)});
  }

  /// What the limit of output is called by newer models, whatever the client called it.
  void output_limit() {
    if (!hints_.completion_token_limit) return;
    const Envelope::Member* said = body_.find("max_tokens");
    if (said == nullptr) return;
    add({"max_tokens", std::nullopt});
    if (body_.find("max_completion_tokens") != nullptr) return;
    add({"max_completion_tokens", Raw::trusted(std::string(said->value))});
  }

  /// OpenAI refuses the options where there is no stream.
  void stream_options() {
    const Envelope::Member* said = body_.find("stream_options");
    if (!hints_.stream) {
      if (said != nullptr) add({"stream_options", std::nullopt});
    } else if (hints_.want_usage) {
      ask_for_usage(said);
    }
  }

  std::string made(std::string_view text) const {
    return count_ == 0 ? std::string(text) : body_.splice(std::span(edits_.data(), count_));
  }

 private:
  void add(Envelope::Edit edit) { edits_.at(count_++) = std::move(edit); }

  void ask_for_usage(const Envelope::Member* said) {
    constexpr std::string_view asking = R"({"include_usage":true})";
    if (is_null(said)) return add({"stream_options", Raw::trusted(std::string(asking))});
    if (said->value == asking) return;  // the usual spelling
    const Result<Envelope> options = Envelope::scan(said->value);
    if (!options) return;  // no object: the provider will say so
    const Envelope::Member* asked = options->find("include_usage");
    if (asked != nullptr && asked->value == "true") return;
    add({"stream_options", Raw::trusted(options->splice({{"include_usage", raw_of(true)}}))});
  }

  static constexpr std::size_t edits_max = 5;  // model, stream, its options, limit and its old name

  const Envelope& body_;
  const EncodeHints& hints_;
  std::array<Envelope::Edit, edits_max> edits_;
  std::size_t count_ = 0;
};

/// Where conversations are held, after the provider's base address.
std::string_view path_of(Dialect dialect) {
  switch (dialect) {
    case Dialect::openai_chat:
      return "/chat/completions";
    case Dialect::openai_responses:
      return "/responses";
    case Dialect::anthropic:
      return "/messages";
    case Dialect::ollama:
      return "/api/chat";
    case Dialect::gemini:
      break;  // has a path for each model
  }
  OMNI_ASSERT(false);
}

/// The query goes along where it belongs to the dialect ("?beta=true"); elsewhere it may hold a
/// key.
std::string_view query_of(std::string_view path) {
  const std::size_t mark = path.find('?');
  return mark == std::string_view::npos ? std::string_view() : path.substr(mark);
}

Result<Outbound> forward_gemini(const Inbound& inbound, const Envelope& body,
                                const EncodeHints& hints) {
  std::string model(hints.model);
  if (model.empty()) {
    Result<gemini::Asked> asked = gemini::read_path(inbound.path);
    if (!asked) return std::move(asked).error();
    model = std::move(asked->model);
  }
  Outbound out;
  out.path = hints.stream ? gemini::path_of_stream(model) : gemini::path_of_reply(model);
  Edits edits(body, hints);
  edits.model_beside_path();
  out.body = edits.made(inbound.body);
  return out;
}

bool holds_one_of(std::string_view body, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return holds(body, word); });
}

/// Whether some word may begin in a block: three bytes of it stand where they would.  Without a
/// branch, so that the compiler looks at many places at once.
constexpr std::size_t block_bytes = 64;
bool may_begin_in(const char* block, std::string_view word) {
  const std::size_t middle = word.size() / 2, end = word.size() - 1;
  unsigned char found = 0;
  const auto same = [](char a, char b) { return static_cast<unsigned char>(a == b); };
  for (std::size_t i = 0; i < block_bytes; ++i) {
    found |= same(block[i], word[0]) & same(block[i + middle], word[middle]) &
             same(block[i + end], word[end]);
  }
  return found != 0;
}

}  // namespace

/// Bodies are long and hold hardly ever what is looked for.  std::string_view::find stops at every
/// quote of a JSON text, and memmem at every byte.
bool holds(std::string_view body, std::string_view word) {
  const std::size_t looked_at = block_bytes + word.size() - 1;  // for words that begin in a block
  while (body.size() >= looked_at) {
    if (may_begin_in(body.data(), word) &&
        memmem(body.data(), looked_at, word.data(), word.size()) != nullptr) {
      return true;
    }
    body.remove_prefix(block_bytes);
  }
  return memmem(body.data(), body.size(), word.data(), word.size()) != nullptr;
}

bool can_forward(Dialect client, Dialect provider, const Inbound& inbound) {
  if (client != provider) return false;
  if (client != Dialect::gemini) return true;
  const Result<gemini::Asked> asked = gemini::read_path(inbound.path);
  return asked && !(asked->stream && asked->as_array);
}

bool may_hold_seals(std::string_view body) {
  // signature, thought_signature, thoughtSignature; …  With quotes where clients ask for seals by a
  // word like it: "include": ["reasoning.encrypted_content"].
  constexpr std::array<std::string_view, 4> words{"ignature", "\"encrypted_content\"",
                                                  "\"reasoning.encrypted\"", "redacted_thinking"};
  return holds_one_of(body, words);
}

bool may_hold_calls(std::string_view body) {
  // tool_calls, custom_tool_call; …
  constexpr std::array<std::string_view, 4> words{"tool_call", "tool_use", "function_call",
                                                  "functionCall"};
  return holds_one_of(body, words);
}

Result<Outbound> forward_request(Dialect dialect, const Inbound& inbound,
                                 const EncodeHints& hints) {
  const Result<Envelope> body = Envelope::scan(inbound.body);
  if (!body) return no_object();
  return forward_request(dialect, inbound, *body, hints);
}

Result<Outbound> forward_request(Dialect dialect, const Inbound& inbound, const Envelope& body,
                                 const EncodeHints& hints) {
  if (dialect == Dialect::gemini) return forward_gemini(inbound, body, hints);

  Edits edits(body, hints);
  edits.model();
  edits.stream(dialect == Dialect::ollama);
  if (dialect == Dialect::openai_chat) {
    edits.stream_options();
    edits.output_limit();
  }

  Result<Outbound> out(Outbound{});
  out->path = path_of(dialect);
  if (dialect == Dialect::anthropic) out->path += query_of(inbound.path);
  out->body = edits.made(inbound.body);
  return out;
}

}  // namespace omni::dialect
