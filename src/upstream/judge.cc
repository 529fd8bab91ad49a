#include "upstream/judge.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace omni::upstream {
namespace {

using account::Verdict;
using Blame = Verdict::Blame;
using Next = Verdict::Next;
using Rest = Verdict::Rest;

constexpr Millis refused_rest{120'000};
constexpr Millis broken_rest{30'000};
constexpr Millis moment{5000};
constexpr Millis by_level{0};  // grows with every failure in a row

struct Rule {
  Blame blame;
  Next next;
  Rest rest;
  Millis rest_for;
  bool binding;
};

constexpr Rule of_limit{Blame::account, Next::next_account, Rest::model, by_level, true};
constexpr Rule of_account{Blame::account, Next::next_account, Rest::account, refused_rest, true};
constexpr Rule of_moment{Blame::account, Next::next_account, Rest::account, moment, true};
constexpr Rule of_model{Blame::model, Next::next_account, Rest::model, refused_rest, true};
constexpr Rule of_client{Blame::client, Next::next_target, Rest::none, {}, false};
constexpr Rule of_broken_request{Blame::client, Next::give_up, Rest::none, {}, false};
/// One failure does not stop a model that has nobody else to answer for it.
constexpr Rule of_provider{Blame::provider, Next::next_account, Rest::model, broken_rest, false};

/// What providers say with whatever status.
struct Phrase {
  std::string_view words;
  const Rule* rule;
};
constexpr std::array phrases{
    Phrase{"rate limit", &of_limit},
    Phrase{"too many requests", &of_limit},
    Phrase{"quota exceeded", &of_limit},
    Phrase{"overloaded", &of_limit},
    Phrase{"capacity", &of_limit},
    Phrase{"no credentials", &of_account},
    Phrase{"request not allowed", &of_moment},
};

/// Those of 400 that are about the model and not about the request.
constexpr std::array<std::string_view, 6> model_words{
    "model not found", "model_not_found",        "unknown model",
    "model not exist", "model is not supported", "unsupported model"};

/// Those of it that nobody else would answer either.
constexpr std::array<std::string_view, 7> hopeless_words{
    "could not parse the json body",
    "missing required parameter: 'messages'",
    "messages: field required",
    "at least one message is required",
    "contents is not specified",
    "json schema is invalid",
    "is not valid under any of the given schemas"};

/// How Google says 401.
constexpr std::string_view key_words = "api key not valid";

bool says(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

Rule rule_by_status(int status) {
  switch (status) {
    case 401:
    case 402:
    case 403:
      return of_account;
    case 404:
      return of_model;
    case 429:
    case 529:
      return of_limit;
    case 400:
    case 405:
    case 411:
    case 413:
    case 415:
    case 422:
      return of_client;
    default:
      return of_provider;
  }
}

Rule rule_of(const chat::Failure& failure) {
  const std::string text = to_lower(failure.message);
  const Rule by_status = rule_by_status(failure.status);
  if (by_status.blame == Blame::client) {
    const bool of_the_model =
        std::ranges::any_of(model_words, [&](auto words) { return says(text, words); });
    if (of_the_model) return of_model;
    if (says(text, key_words)) return of_account;
    if (std::ranges::any_of(hopeless_words, [&](auto words) { return says(text, words); })) {
      return of_broken_request;
    }
  }
  // A client can make a provider repeat his own words: there only the status counts.
  if (by_status.blame == Blame::client) return by_status;
  for (const Phrase& phrase : phrases) {
    if (says(text, phrase.words)) return *phrase.rule;
  }
  return by_status;
}

}  // namespace

account::Verdict judge(const chat::Failure& failure, std::optional<Millis> reset) {
  const Rule rule = rule_of(failure);
  const bool rests = rule.rest != Rest::none;
  return {.blame = rule.blame,
          .next = rule.next,
          .rest = rule.rest,
          .rest_for = rests && reset ? *reset : rule.rest_for,
          .stated = rests && reset,
          .binding = rule.binding || (rests && reset),
          .status = failure.status,
          .message = failure.message};
}

account::Verdict judge(const Error& error) {
  Verdict verdict{.blame = Blame::network,
                  .next = Next::next_account,
                  .rest = Rest::model,
                  .rest_for = broken_rest,
                  .status = chat::Failure::of(error).status,
                  .message = error.message()};
  if (error.kind() == Error::Kind::cancelled) {
    verdict.blame = Blame::client;
    verdict.next = Next::give_up;
    verdict.rest = Rest::none;
    verdict.rest_for = Millis{0};
  }
  // Its address may not be called, or what is set for it is no request.
  if (error.kind() == Error::Kind::forbidden || error.kind() == Error::Kind::bad_request) {
    verdict.blame = Blame::account;
  }
  return verdict;
}

account::Verdict approve() { return {}; }

}  // namespace omni::upstream
