#include "ingress/data_plane.h"

#include <algorithm>
#include <array>

#include "dialect/gemini/path.h"
#include "json/scratch_reader.h"
#include "pipeline/client_embeddings.h"
#include "pipeline/failure_reply.h"
#include "pipeline/model_list.h"
#include "pipeline/transcription_order.h"

namespace omni::ingress {
namespace {

using chat::Dialect;
using net::Exchange;
using net::Method;
using net::Role;
using net::Route;
using pipeline::Names;

/// Images come inside of JSON.
constexpr std::uint64_t chat_body_bytes_max = std::uint64_t{100} << 20;
/// They are not in memory.
constexpr std::uint64_t recording_bytes_max = std::uint64_t{256} << 20;
/// Since when our Ollama is one that clients take for new enough.
constexpr std::string_view ollama_version = R"({"version":"0.12.0"})";

enum class Endpoint : std::uint8_t {
  chat,
  messages,
  count_tokens,
  responses,
  input_tokens,
  kept_response,
  ollama_chat,
  of_provider,
  models,
  model,
  gemini,
  gemini_models,
  gemini_model,
  embeddings,
  embedding_models,
  ollama_embeddings,
  image_models,
  transcriptions,
  forwarded,
  tags,
  version,
  show,
};

struct Path {
  Method method;
  std::string_view pattern;
  Endpoint endpoint;
  std::string_view summary;
};

constexpr std::string_view chat_summary = "OpenAI chat, streamed or whole";
constexpr std::string_view messages_summary = "Anthropic messages, streamed or whole";
constexpr std::string_view count_summary = "How many tokens an Anthropic request is";
constexpr std::string_view responses_summary = "OpenAI Responses, streamed or whole";
constexpr std::string_view input_summary = "How many tokens a request of Responses is";
constexpr std::string_view kept_summary = "Nothing: no responses are kept here";
constexpr std::string_view ollama_summary = "Ollama chat, streamed or whole";
constexpr std::string_view gemini_summary =
    "Gemini: generateContent, streamGenerateContent, countTokens, embedContent, "
    "batchEmbedContents";
constexpr std::string_view provider_summary = "OpenAI chat with one provider";
constexpr std::string_view embeddings_summary = "Vectors of texts, as OpenAI makes them";
constexpr std::string_view ollama_embeddings_summary = "Vectors of texts, as Ollama makes them";
constexpr std::string_view images_summary = "Images, as OpenAI makes them";
constexpr std::string_view transcriptions_summary = "Recordings written down, as OpenAI does";
constexpr std::string_view speech_summary = "Spoken text, as OpenAI makes it";
constexpr std::string_view moderations_summary = "What is harmful in a text, by OpenAI's form";
constexpr std::string_view rerank_summary = "Documents in the order of their relevance";
constexpr std::string_view completions_summary = "OpenAI completions of a text, streamed or whole";
constexpr std::string_view models_summary = "The models that may be used";
constexpr std::string_view model_summary = "One model";

// Clients whose base address ends in /v1 already say it twice; those that were told another gateway
// say nothing, or /api/v1.
constexpr std::array paths{
    Path{Method::post, "/v1/chat/completions", Endpoint::chat, chat_summary},
    Path{Method::post, "/v1/v1/chat/completions", Endpoint::chat, chat_summary},
    Path{Method::post, "/api/v1/chat/completions", Endpoint::chat, chat_summary},
    Path{Method::post, "/chat/completions", Endpoint::chat, chat_summary},

    Path{Method::post, "/v1/messages", Endpoint::messages, messages_summary},
    Path{Method::post, "/v1/v1/messages", Endpoint::messages, messages_summary},
    Path{Method::post, "/api/v1/messages", Endpoint::messages, messages_summary},
    Path{Method::post, "/v1/messages/count_tokens", Endpoint::count_tokens, count_summary},
    Path{Method::post, "/v1/v1/messages/count_tokens", Endpoint::count_tokens, count_summary},
    Path{Method::post, "/api/v1/messages/count_tokens", Endpoint::count_tokens, count_summary},

    Path{Method::post, "/v1/responses", Endpoint::responses, responses_summary},
    Path{Method::post, "/v1/responses/input_tokens", Endpoint::input_tokens, input_summary},
    Path{Method::post, "/v1/responses/compact", Endpoint::kept_response, kept_summary},
    Path{Method::post, "/v1/responses/{id}/cancel", Endpoint::kept_response, kept_summary},
    Path{Method::post, "/v1/responses/{rest...}", Endpoint::responses, responses_summary},
    Path{Method::post, "/v1/v1/responses", Endpoint::responses, responses_summary},
    Path{Method::post, "/v1/v1/responses/input_tokens", Endpoint::input_tokens, input_summary},
    Path{Method::post, "/v1/v1/responses/{rest...}", Endpoint::responses, responses_summary},
    Path{Method::post, "/api/v1/responses", Endpoint::responses, responses_summary},
    Path{Method::post, "/api/v1/responses/input_tokens", Endpoint::input_tokens, input_summary},
    Path{Method::post, "/api/v1/responses/{rest...}", Endpoint::responses, responses_summary},
    Path{Method::post, "/responses", Endpoint::responses, responses_summary},
    Path{Method::post, "/responses/input_tokens", Endpoint::input_tokens, input_summary},
    Path{Method::post, "/responses/{rest...}", Endpoint::responses, responses_summary},
    Path{Method::post, "/codex/{rest...}", Endpoint::responses, responses_summary},
    Path{Method::post, "/v1/codex/{rest...}", Endpoint::responses, responses_summary},

    Path{Method::post, "/api/chat", Endpoint::ollama_chat, ollama_summary},
    Path{Method::post, "/v1/api/chat", Endpoint::ollama_chat, ollama_summary},
    Path{Method::post, "/api/v1/api/chat", Endpoint::ollama_chat, ollama_summary},
    Path{Method::get, "/api/tags", Endpoint::tags, "The models, as Ollama lists them"},
    Path{Method::get, "/v1/api/tags", Endpoint::tags, "The models, as Ollama lists them"},
    Path{Method::get, "/api/version", Endpoint::version, "The Ollama that this is as good as"},
    Path{Method::get, "/v1/api/version", Endpoint::version, "The Ollama that this is as good as"},
    Path{Method::post, "/api/show", Endpoint::show, "One model, as Ollama shows it"},
    Path{Method::post, "/v1/api/show", Endpoint::show, "One model, as Ollama shows it"},

    Path{Method::post, "/v1/providers/{provider}/chat/completions", Endpoint::of_provider,
         provider_summary},
    Path{Method::post, "/v1/v1/providers/{provider}/chat/completions", Endpoint::of_provider,
         provider_summary},
    Path{Method::post, "/api/v1/providers/{provider}/chat/completions", Endpoint::of_provider,
         provider_summary},

    Path{Method::post, "/v1/embeddings", Endpoint::embeddings, embeddings_summary},
    Path{Method::post, "/v1/v1/embeddings", Endpoint::embeddings, embeddings_summary},
    Path{Method::post, "/api/v1/embeddings", Endpoint::embeddings, embeddings_summary},
    Path{Method::post, "/embeddings", Endpoint::embeddings, embeddings_summary},
    Path{Method::post, "/v1/providers/{provider}/embeddings", Endpoint::embeddings,
         embeddings_summary},
    Path{Method::post, "/api/v1/providers/{provider}/embeddings", Endpoint::embeddings,
         embeddings_summary},
    Path{Method::get, "/v1/embeddings", Endpoint::embedding_models, "All embedding models"},
    Path{Method::get, "/api/v1/embeddings", Endpoint::embedding_models, "All embedding models"},
    Path{Method::get, "/v1/v1/embeddings", Endpoint::embedding_models, "All embedding models"},
    Path{Method::post, "/v1/v1/providers/{provider}/embeddings", Endpoint::embeddings,
         embeddings_summary},
    Path{Method::post, "/api/embed", Endpoint::ollama_embeddings, ollama_embeddings_summary},
    Path{Method::post, "/v1/api/embed", Endpoint::ollama_embeddings, ollama_embeddings_summary},
    Path{Method::post, "/api/v1/api/embed", Endpoint::ollama_embeddings, ollama_embeddings_summary},
    Path{Method::post, "/v1/api/embeddings", Endpoint::ollama_embeddings,
         ollama_embeddings_summary},
    Path{Method::post, "/api/v1/api/embeddings", Endpoint::ollama_embeddings,
         ollama_embeddings_summary},
    Path{Method::post, "/api/embeddings", Endpoint::ollama_embeddings, ollama_embeddings_summary},

    Path{Method::post, "/v1/images/generations", Endpoint::forwarded, images_summary},
    Path{Method::post, "/v1/v1/images/generations", Endpoint::forwarded, images_summary},
    Path{Method::post, "/api/v1/images/generations", Endpoint::forwarded, images_summary},
    Path{Method::post, "/v1/providers/{provider}/images/generations", Endpoint::forwarded,
         images_summary},
    Path{Method::post, "/api/v1/providers/{provider}/images/generations", Endpoint::forwarded,
         images_summary},
    Path{Method::get, "/v1/images/generations", Endpoint::image_models, "All image models"},
    Path{Method::get, "/api/v1/images/generations", Endpoint::image_models, "All image models"},
    Path{Method::get, "/v1/v1/images/generations", Endpoint::image_models, "All image models"},
    Path{Method::post, "/v1/v1/providers/{provider}/images/generations", Endpoint::forwarded,
         images_summary},

    Path{Method::post, "/v1/audio/transcriptions", Endpoint::transcriptions,
         transcriptions_summary},
    Path{Method::post, "/v1/v1/audio/transcriptions", Endpoint::transcriptions,
         transcriptions_summary},
    Path{Method::post, "/api/v1/audio/transcriptions", Endpoint::transcriptions,
         transcriptions_summary},
    Path{Method::post, "/v1/audio/speech", Endpoint::forwarded, speech_summary},
    Path{Method::post, "/v1/v1/audio/speech", Endpoint::forwarded, speech_summary},
    Path{Method::post, "/api/v1/audio/speech", Endpoint::forwarded, speech_summary},
    Path{Method::post, "/v1/moderations", Endpoint::forwarded, moderations_summary},
    Path{Method::post, "/api/v1/moderations", Endpoint::forwarded, moderations_summary},
    Path{Method::post, "/v1/v1/moderations", Endpoint::forwarded, moderations_summary},
    Path{Method::post, "/v1/rerank", Endpoint::forwarded, rerank_summary},
    Path{Method::post, "/api/v1/rerank", Endpoint::forwarded, rerank_summary},
    Path{Method::post, "/v1/v1/rerank", Endpoint::forwarded, rerank_summary},
    Path{Method::post, "/v1/completions", Endpoint::forwarded, completions_summary},
    Path{Method::post, "/api/v1/completions", Endpoint::forwarded, completions_summary},
    Path{Method::post, "/v1/v1/completions", Endpoint::forwarded, completions_summary},

    Path{Method::get, "/v1", Endpoint::models, models_summary},
    Path{Method::get, "/v1/v1", Endpoint::models, models_summary},
    Path{Method::get, "/api/v1", Endpoint::models, models_summary},
    Path{Method::get, "/v1/models", Endpoint::models, models_summary},
    Path{Method::get, "/v1/v1/models", Endpoint::models, models_summary},
    Path{Method::get, "/api/v1/models", Endpoint::models, models_summary},
    Path{Method::get, "/models", Endpoint::models, models_summary},
    Path{Method::get, "/v1/models/{name...}", Endpoint::model, model_summary},
    Path{Method::get, "/v1/v1/models/{name...}", Endpoint::model, model_summary},
    Path{Method::get, "/api/v1/models/{name...}", Endpoint::model, model_summary},

    Path{Method::post, "/v1/models/{name...}", Endpoint::gemini, gemini_summary},
    Path{Method::post, "/api/v1/models/{name...}", Endpoint::gemini, gemini_summary},
    Path{Method::post, "/v1beta/{name...}", Endpoint::gemini, gemini_summary},
    Path{Method::post, "/api/v1beta/{name...}", Endpoint::gemini, gemini_summary},
    Path{Method::post, "/v1beta/models/{name...}", Endpoint::gemini, gemini_summary},
    Path{Method::post, "/api/v1beta/models/{name...}", Endpoint::gemini, gemini_summary},
    Path{Method::get, "/v1beta/models", Endpoint::gemini_models, models_summary},
    Path{Method::get, "/api/v1beta/models", Endpoint::gemini_models, models_summary},
    Path{Method::get, "/v1beta/models/{name...}", Endpoint::gemini_model, model_summary},
    Path{Method::get, "/api/v1beta/models/{name...}", Endpoint::gemini_model, model_summary},
};

/// What would otherwise be answered as a new request, and paid for.
net::Task<Status> refuse_kept_response(Exchange& exchange) {
  const chat::Failure failure = chat::Failure::of(
      Error(Error::Kind::not_found, "No responses are kept here: send the whole conversation"));
  co_return co_await pipeline::reply_failure(exchange, Dialect::openai_responses, failure);
}

std::optional<Dialect> chat_dialect(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::chat:
    case Endpoint::of_provider:
      return Dialect::openai_chat;
    case Endpoint::messages:
      return Dialect::anthropic;
    case Endpoint::responses:
      return Dialect::openai_responses;
    case Endpoint::ollama_chat:
      return Dialect::ollama;
    case Endpoint::gemini:
      return Dialect::gemini;
    default:
      return std::nullopt;
  }
}

Route row_of(const Path& path) {
  Route row{path.method, path.pattern, Role::client, path.summary, {}};
  if (path.method == Method::post) row.body_bytes_max = chat_body_bytes_max;
  if (path.endpoint == Endpoint::transcriptions) {
    row.body_bytes_max = recording_bytes_max;
    row.body_media = "multipart/form-data";
  }
  return row;
}

pipeline::Permit permit_of(const Exchange& exchange) {
  return pipeline::Permit(identity::caller_of(exchange));
}

net::Task<Status> no_such_model(Exchange& exchange, Dialect dialect, std::string name) {
  chat::Failure failure =
      chat::Failure::of(Error(Error::Kind::not_found, "The model '" + name + "' does not exist"));
  failure.code = "model_not_found";
  co_return co_await pipeline::reply_failure(exchange, dialect, std::move(failure));
}

/// Google's SDK asks for the list at the path of OpenAI's.
bool is_google(const net::RequestHead& request) {
  return !request.field("x-goog-api-key").empty() || !request.field("x-goog-api-client").empty();
}

}  // namespace

DataPlane::DataPlane(const pipeline::Parts& parts)
    : parts_(parts), chat_(parts), count_tokens_(parts), relay_(parts) {}

DataPlane::Handler DataPlane::answer(Dialect dialect) {
  return
      [this, dialect](Exchange& exchange) { return chat_.handle(exchange, {.dialect = dialect}); };
}

DataPlane::Handler DataPlane::answer_of_provider() {
  return [this](Exchange& exchange) {
    return chat_.handle(exchange,
                        {.dialect = Dialect::openai_chat, .provider = exchange.param("provider")});
  };
}

std::vector<Route> DataPlane::routes() {
  const auto own = [this](auto member) -> Handler {
    return [this, member](Exchange& exchange) { return (this->*member)(exchange); };
  };
  const auto handler = [&](const Path& path) -> Handler {
    switch (path.endpoint) {
      case Endpoint::chat:
      case Endpoint::messages:
      case Endpoint::responses:
      case Endpoint::ollama_chat:
        return answer(*chat_dialect(path.endpoint));
      case Endpoint::count_tokens:
        return [this](Exchange& exchange) {
          return count_tokens_.handle(exchange, {.dialect = Dialect::anthropic});
        };
      case Endpoint::input_tokens:
        return [this](Exchange& exchange) {
          return count_tokens_.handle(exchange, {.dialect = Dialect::openai_responses});
        };
      case Endpoint::kept_response:
        return refuse_kept_response;
      case Endpoint::of_provider:
        return answer_of_provider();
      case Endpoint::embeddings:
        return [this](Exchange& exchange) { return embed(exchange, Dialect::openai_chat); };
      case Endpoint::ollama_embeddings:
        return [this](Exchange& exchange) { return embed(exchange, Dialect::ollama); };
      case Endpoint::embedding_models:
        return list(catalog::Model::Kind::embedding);
      case Endpoint::image_models:
        return list(catalog::Model::Kind::image);
      case Endpoint::transcriptions:
        return own(&DataPlane::transcribe);
      case Endpoint::forwarded:
        return forward(pipeline::forward_at(path.pattern));
      case Endpoint::models:
        return own(&DataPlane::list_models);
      case Endpoint::model:
        return own(&DataPlane::show_model);
      case Endpoint::gemini:
        return own(&DataPlane::answer_gemini);
      case Endpoint::gemini_models:
        return own(&DataPlane::list_gemini_models);
      case Endpoint::gemini_model:
        return own(&DataPlane::show_gemini_model);
      case Endpoint::tags:
        return own(&DataPlane::list_ollama_models);
      case Endpoint::show:
        return own(&DataPlane::show_ollama_model);
      case Endpoint::version:
        return [](Exchange& exchange) {
          return exchange.reply_json(200, std::string(ollama_version));
        };
    }
    return {};
  };
  std::vector<Route> rows;
  for (const Path& path : paths) {
    rows.push_back(row_of(path));
    rows.back().handler = handler(path);
  }
  return rows;
}

std::vector<Route> DataPlane::rows() {
  std::vector<Route> rows;
  for (const Path& path : paths) rows.push_back(row_of(path));
  return rows;
}

std::optional<Dialect> dialect_of_chat(const Route& row) {
  const auto* const path = std::ranges::find_if(paths, [&](const Path& each) {
    return each.method == row.method && each.pattern == row.pattern;
  });
  return path == paths.end() ? std::nullopt : chat_dialect(path->endpoint);
}

net::Task<Status> DataPlane::answer_gemini(Exchange& exchange) {
  constexpr pipeline::Entry entry{.dialect = Dialect::gemini};
  const std::string_view name = exchange.param("name");
  if (name.ends_with(":countTokens")) return count_tokens_.handle(exchange, entry);
  const bool vectors = name.ends_with(":embedContent") || name.ends_with(":batchEmbedContents");
  return vectors ? embed(exchange, Dialect::gemini) : chat_.handle(exchange, entry);
}

net::Task<Status> DataPlane::embed(Exchange& exchange, Dialect dialect) const {
  Result<std::string> body = co_await exchange.read_body();
  if (!body) co_return body.error();
  std::string_view path = exchange.request().path();
  while (path.ends_with('/')) path.remove_suffix(1);
  pipeline::ClientEmbeddings order(dialect, path, *std::move(body));
  co_return co_await relay_.handle(exchange, order, exchange.param("provider"));
}

net::Task<Status> DataPlane::transcribe(Exchange& exchange) const {
  pipeline::TranscriptionOrder order(parts_, exchange);
  if (Status read = co_await order.read(); !read) co_return read;
  co_return co_await relay_.handle(exchange, order);
}

DataPlane::Handler DataPlane::forward(const pipeline::Forward& service) const {
  return [this, &service](Exchange& exchange) { return forward(exchange, service); };
}

net::Task<Status> DataPlane::forward(Exchange& exchange, const pipeline::Forward& service) const {
  Result<std::string> body = co_await exchange.read_body();
  if (!body) co_return body.error();
  pipeline::ForwardOrder order(service, exchange, *std::move(body));
  co_return co_await relay_.handle(exchange, order, exchange.param("provider"));
}

DataPlane::Handler DataPlane::list(catalog::Model::Kind kind) const {
  return [this, kind](Exchange& exchange) {
    const auto view = parts_.views.current();
    const auto entries = pipeline::list_kind(*view, permit_of(exchange), kind);
    return exchange.reply_json(200, pipeline::openai_list(entries));
  };
}

net::Task<Status> DataPlane::list_models(Exchange& exchange) const {
  if (is_google(exchange.request())) return list_gemini_models(exchange);
  const auto view = parts_.views.current();
  const auto entries = pipeline::list_models(*view, permit_of(exchange), Names::all);
  return exchange.reply_json(200, pipeline::openai_list(entries));
}

net::Task<Status> DataPlane::show_model(Exchange& exchange) const {
  if (is_google(exchange.request())) return show_gemini_model(exchange);
  const auto view = parts_.views.current();
  const std::string_view name = exchange.param("name");
  const auto entry = pipeline::find_model(*view, permit_of(exchange), name);
  if (!entry) return no_such_model(exchange, Dialect::openai_chat, std::string(name));
  return exchange.reply_json(200, pipeline::openai_entry(*entry));
}

net::Task<Status> DataPlane::list_gemini_models(Exchange& exchange) const {
  const auto view = parts_.views.current();
  const auto entries = pipeline::list_models(*view, permit_of(exchange), Names::first);
  return exchange.reply_json(200, pipeline::gemini_list(entries));
}

net::Task<Status> DataPlane::show_gemini_model(Exchange& exchange) const {
  const auto view = parts_.views.current();
  const std::string_view name = exchange.param("name");
  const auto entry = pipeline::find_model(*view, permit_of(exchange), name);
  if (!entry) return no_such_model(exchange, Dialect::gemini, std::string(name));
  return exchange.reply_json(200, pipeline::gemini_entry(*entry));
}

net::Task<Status> DataPlane::list_ollama_models(Exchange& exchange) const {
  const auto view = parts_.views.current();
  const auto entries = pipeline::list_models(*view, permit_of(exchange), Names::first);
  return exchange.reply_json(200, pipeline::ollama_list(entries));
}

net::Task<Status> DataPlane::show_ollama_model(Exchange& exchange) const {
  Result<std::string> body = co_await exchange.read_body();
  if (!body) co_return body.error();
  std::string name;
  {
    json::ScratchReader reader;
    const json::Value root = reader->read(*body);
    if (root.kind() == json::Kind::object) {
      json::Value model = root.find("model");
      if (!model) model = root.find("name");
      if (model.kind() == json::Kind::text) name = model.text();
    }
  }
  const auto view = parts_.views.current();
  const auto entry = pipeline::find_model(*view, permit_of(exchange), name);
  if (!entry) co_return co_await no_such_model(exchange, Dialect::ollama, std::move(name));
  co_return co_await exchange.reply_json(200, pipeline::ollama_entry(*entry));
}

}  // namespace omni::ingress
