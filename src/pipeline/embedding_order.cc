#include "pipeline/embedding_order.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "pipeline/token_estimate.h"

namespace omni::pipeline {
namespace {

using catalog::Model;
using catalog::Target;
using dialect::EmbeddingRequest;
using dialect::Embeddings;

/// Where the provider says nothing of where its own paths for chats begin.
bool may_embed(const account::Base& base) {
  return base.chat_path.empty() && dialect::embedding_codec_for(base.dialect) != nullptr;
}

bool may_embed(const route::Directory& directory, const Target& target) {
  if (!may_be(directory, target, Model::Kind::embedding)) return false;
  return std::ranges::any_of(target.provider->endpoints, [](const catalog::Endpoint& endpoint) {
    return endpoint.path.empty() && dialect::embedding_codec_for(endpoint.dialect) != nullptr;
  });
}

std::int64_t tokens_of(const EmbeddingRequest::Input& input) {
  const auto* text = std::get_if<std::string>(&input);
  if (text != nullptr) return static_cast<std::int64_t>(text->size()) / characters_per_token + 1;
  return std::ssize(std::get<EmbeddingRequest::Tokens>(input));
}

std::int64_t dimensions_of(const Target& target) {
  return target.model == nullptr ? 0 : target.model->dimensions;
}

/// The last part of an id: the same model is called so by whoever serves it.
std::string_view bare_id(const Target& target) {
  const std::string_view id = target.model_id;
  return id.substr(id.rfind('/') + 1);
}

/// Whether an index may have vectors of both.
bool agree(const Target& one, const Target& other) {
  if (equals_ignoring_case(bare_id(one), bare_id(other))) return true;
  return dimensions_of(one) > 0 && dimensions_of(one) == dimensions_of(other);
}

/// How long a vector has to be, where that is known: of a combo all are as long as is listed.
std::size_t length_wanted(const Line& line, const EmbeddingRequest& request,
                          const Embeddings& before) {
  if (request.dimensions) return static_cast<std::size_t>(*request.dimensions);
  if (!before.vectors.empty()) return before.vectors.front().size();
  return line.is_of_combo() ? static_cast<std::size_t>(dimensions_of(line.target())) : 0;
}

/// One for each input, none of them nothing, and all of one length; 0: any.
Status check(const Embeddings& some, std::size_t inputs, std::size_t length) {
  const auto& vectors = some.vectors;
  const bool whole =
      vectors.size() == inputs && std::ranges::none_of(vectors, &std::vector<float>::empty);
  if (!whole) return Error(Error::Kind::upstream, "The provider made no vector of some inputs");
  if (length == 0) length = vectors.front().size();
  const bool even = std::ranges::all_of(
      vectors, [length](const auto& vector) { return vector.size() == length; });
  if (even) return Nothing{};
  return Error(Error::Kind::upstream, "The provider made vectors of another length");
}

/// About what a number takes in an answer.
constexpr std::size_t bytes_per_number = 24;
/// Of a model of which nobody says it.
constexpr std::size_t dimensions_unsaid = 2048;

/// So many vectors that the answer is not too large.
std::size_t vectors_max(const EmbeddingRequest& request, const Target& target) {
  std::size_t length = dimensions_unsaid;
  if (dimensions_of(target) > 0) length = static_cast<std::size_t>(dimensions_of(target));
  if (request.dimensions) length = static_cast<std::size_t>(*request.dimensions);
  return std::max<std::size_t>(1, EmbeddingOrder::answer_bytes_max / (length * bytes_per_number));
}

}  // namespace

std::int64_t estimate_tokens(std::span<const EmbeddingRequest::Input> inputs) {
  std::int64_t tokens = 0;
  for (const EmbeddingRequest::Input& input : inputs) tokens += tokens_of(input);
  return tokens;
}

Status narrow_to_embeddings(const route::Directory& directory, const EmbeddingRequest& request,
                            route::Plan& plan) {
  std::erase_if(plan.targets, [&directory](const route::PlannedTarget& each) {
    return !may_embed(directory, each);
  });
  if (plan.targets.empty()) {
    return Error(Error::Kind::bad_request, "Nobody makes vectors by the name " + request.model);
  }
  // Each with each: the same name says nothing of a third.
  const auto agrees_with_all = [&plan](const Target& one) {
    return std::ranges::all_of(plan.targets,
                               [&one](const Target& other) { return agree(one, other); });
  };
  const bool comparable = request.dimensions || std::ranges::all_of(plan.targets, agrees_with_all);
  if (comparable) return Nothing{};
  return Error(Error::Kind::bad_request, "The models of " + request.model +
                                             " make vectors of different lengths, or nobody knows "
                                             "of which: say the dimensions that all shall have");
}

const account::Base* EmbeddingOrder::base_of(const account::Account& account) const {
  const auto found = std::ranges::find_if(
      account.bases, [](const account::Base& each) { return may_embed(each); });
  return found == account.bases.end() ? nullptr : &*found;
}

net::Task<> EmbeddingOrder::serve(Line& line) {
  const std::string model = line.target().provider->shown_id() + "/" + line.target().model_id;
  if (std::exchange(made_.model, model) != model) {  // another's go with none of these
    made_.vectors.clear();
    made_.tokens.reset();
  }
  while (made_.vectors.size() < request_.inputs.size()) {
    co_await make_some(line);
    if (line.has_failed()) co_return;
  }
}

/// As many as the provider takes at once; at least one.
std::size_t EmbeddingOrder::next_count(const Line& line) const {
  const catalog::EmbeddingManner& manner = line.target().provider->embeddings;
  const std::size_t of_dialect = dialect::embedding_codec_for(line.base().dialect)->inputs_max();
  const std::size_t at_once = std::min(manner.inputs_max == 0 ? of_dialect : manner.inputs_max,
                                       vectors_max(request_, line.target()));
  const auto inputs = std::span(request_.inputs).subspan(made_.vectors.size());
  const std::size_t most = std::min(inputs.size(), at_once);
  std::int64_t tokens = tokens_of(inputs.front());
  std::size_t count = 1;
  while (count < most && tokens + tokens_of(inputs[count]) <= manner.tokens_max) {
    tokens += tokens_of(inputs[count++]);
  }
  return count;
}

net::Task<> EmbeddingOrder::make_some(Line& line) {
  const catalog::EmbeddingManner& manner = line.target().provider->embeddings;
  const dialect::EmbeddingAsk ask{.request = request_,
                                  .model = line.target().model_id,
                                  .first = made_.vectors.size(),
                                  .count = next_count(line),
                                  .usual = &manner.usual};
  const dialect::EmbeddingCodec& codec = *dialect::embedding_codec_for(line.base().dialect);
  Result<dialect::Outbound> outbound = codec.encode_request(ask);
  if (!outbound) co_return line.fail(chat::Failure::of(outbound.error()));
  outbound->headers.emplace_back("accept", "application/json");
  const std::unique_ptr<upstream::Answer> answer = co_await line.ask(*outbound);
  if (answer == nullptr) co_return;
  const std::optional<std::string> body = co_await line.read_all(*answer, answer_bytes_max);
  if (!body) co_return;
  Result<Embeddings> some = codec.decode_reply(*body);
  if (!some) co_return line.fail(some.error());
  if (Status whole = check(*some, ask.count, length_wanted(line, request_, made_)); !whole) {
    co_return line.fail(chat::Failure::of(whole.error()));
  }
  take(line, *std::move(some), pipeline::estimate_tokens(ask.inputs()));
  if (made_.vectors.size() * made_.vectors.front().size() * sizeof(float) <= vector_bytes_max) {
    co_return;
  }
  line.refuse(chat::Failure::of(
      Error(Error::Kind::too_large, "So many vectors are too many for one answer")));
}

void EmbeddingOrder::take(Line& line, Embeddings some, std::int64_t estimate) {
  if (some.tokens) {
    line.bring({.input_fresh = *some.tokens});
    made_.tokens = made_.tokens.value_or(0) + *some.tokens;
  } else {
    line.bring_about({.input_fresh = estimate});
  }
  std::ranges::move(some.vectors, std::back_inserter(made_.vectors));
}

}  // namespace omni::pipeline
