#include "upstream/judge.h"

#include <gtest/gtest.h>

namespace omni::upstream {
namespace {

using account::Verdict;
using Blame = Verdict::Blame;
using Next = Verdict::Next;
using Rest = Verdict::Rest;

constexpr Millis second{1000};

Verdict judged(int status, std::string message = "no", std::optional<Millis> reset = {}) {
  return judge(chat::Failure{.status = status, .message = std::move(message)}, reset);
}

struct Expected {
  Blame blame;
  Next next;
  Rest rest;
  Millis rest_for;
  bool binding;
};

constexpr Millis growing{0};
constexpr Expected of_limit{Blame::account, Next::next_account, Rest::model, growing, true};
constexpr Expected of_account{Blame::account, Next::next_account, Rest::account, 120 * second,
                              true};
constexpr Expected of_model{Blame::model, Next::next_account, Rest::model, 120 * second, true};
constexpr Expected of_client{Blame::client, Next::next_target, Rest::none, Millis{0}, false};
constexpr Expected of_provider{Blame::provider, Next::next_account, Rest::model, 30 * second,
                               false};

void expect(const Verdict& verdict, const Expected& expected) {
  EXPECT_EQ(verdict.blame, expected.blame);
  EXPECT_EQ(verdict.next, expected.next);
  EXPECT_EQ(verdict.rest, expected.rest);
  EXPECT_EQ(verdict.rest_for, expected.rest_for);
  EXPECT_EQ(verdict.binding, expected.binding);
}

TEST(Judge, GoesByTheStatus) {
  const std::vector<std::pair<int, Expected>> rows{
      {401, of_account},  {402, of_account},  {403, of_account},  {404, of_model},
      {429, of_limit},    {529, of_limit},    {400, of_client},   {413, of_client},
      {422, of_client},   {406, of_provider}, {408, of_provider}, {500, of_provider},
      {502, of_provider}, {503, of_provider}, {504, of_provider}, {302, of_provider},
      {418, of_provider}};
  for (const auto& [status, expected] : rows) {
    SCOPED_TRACE(status);
    expect(judged(status), expected);
    EXPECT_EQ(judged(status).status, status);
    EXPECT_EQ(judged(status).message, "no");
  }
}

TEST(Judge, GivesUpOnlyWhereTheSameRequestWouldFailEverywhere) {
  constexpr Expected of_everybody{Blame::client, Next::give_up, Rest::none, Millis{0}, false};
  for (const char* const words :
       {"We could not parse the JSON body of your request.",
        "Missing required parameter: 'messages'.", "messages: Field required",
        "messages: at least one message is required",
        "* GenerateContentRequest.contents: contents is not specified",
        "tools.0.custom.input_schema: JSON schema is invalid.",
        "Invalid schema for function 'f': 'strin' is not valid under any of the given schemas."}) {
    SCOPED_TRACE(words);
    expect(judged(400, words), of_everybody);
    expect(judged(500, words), of_provider);
  }
  for (const char* const words :
       {"Unsupported parameter: 'temperature'", "maximum context length is 8192 tokens",
        "blocked by our content policy", "this model does not take images", "Bad request"}) {
    SCOPED_TRACE(words);
    expect(judged(400, words), of_client);
  }
}

TEST(Judge, WordsOfALimitGoBeforeTheStatus) {
  for (const char* const words :
       {"Rate limit reached for gpt-5", "TOO MANY REQUESTS", "Quota exceeded for the project",
        "The model is overloaded", "No capacity left in this region"}) {
    SCOPED_TRACE(words);
    for (const int status : {403, 500, 503}) expect(judged(status, words), of_limit);
  }
  expect(judged(500, "no credentials for this model"), of_account);
}

TEST(Judge, WhoIsNotAllowedForAMomentRestsShortly) {
  Expected shortly = of_account;
  shortly.rest_for = 5 * second;
  expect(judged(403, "Request not allowed"), shortly);
}

TEST(Judge, AClientCannotMakeAnAccountRestByHavingItsWordsRepeated) {
  expect(judged(400, "unknown role: 'rate limit'"), of_client);
  expect(judged(422, "quota exceeded is no JSON"), of_client);
}

TEST(Judge, ABadRequestMayBeAboutTheModel) {
  for (const char* const words :
       {"Model not found", "The model `x` has code model_not_found", "Unknown model: x",
        "Model Not Exist", "this model is not supported", "unsupported model"}) {
    SCOPED_TRACE(words);
    expect(judged(400, words), of_model);
  }
}

TEST(Judge, ARestThatTheProviderStatesIsKept) {
  const Verdict limited = judged(429, "no", 7 * second);
  EXPECT_EQ(limited.rest_for, 7 * second);
  EXPECT_TRUE(limited.binding);
  const Verdict broken = judged(503, "no", 9 * second);
  EXPECT_EQ(broken.rest_for, 9 * second);
  EXPECT_TRUE(broken.binding) << "it has said when to come again";
  expect(judged(400, "no", 9 * second), of_client);
}

TEST(Judge, ARestOfNothingIsOneThatGrows) {
  // Else a provider that says "at once" would be asked in a hot loop.
  expect(judged(429, "no", Millis{0}), of_limit);
}

TEST(Judge, WhoeverCannotBeReachedIsTheLastChoiceForAWhile) {
  const Verdict verdict = judge(Error(Error::Kind::upstream, "refused"));
  expect(verdict, {Blame::network, Next::next_account, Rest::model, 30 * second, false});
  EXPECT_EQ(verdict.status, 502);
  EXPECT_EQ(judge(Error(Error::Kind::timed_out, "slow")).status, 504);
}

TEST(Judge, AnAddressThatMayNotBeCalledIsTheFlawOfOneAccount) {
  for (const Error::Kind kind : {Error::Kind::forbidden, Error::Kind::bad_request}) {
    EXPECT_EQ(judge(Error(kind, "flawed")).next, Next::next_account);
    EXPECT_EQ(judge(Error(kind, "flawed")).blame, Blame::account);
  }
}

TEST(Judge, AClientThatLeftEndsEverything) {
  const Verdict verdict = judge(Error(Error::Kind::cancelled, "Request aborted"));
  expect(verdict, {Blame::client, Next::give_up, Rest::none, Millis{0}, false});
  EXPECT_EQ(verdict.status, 499);
}

TEST(Judge, ApprovesOfAGoodAnswer) {
  expect(approve(), {Blame::nobody, Next::done, Rest::none, Millis{0}, false});
  EXPECT_EQ(approve().status, 200);
}

TEST(Judge, AKeyThatGoogleCallsNotValidIsTheAccountsFault) {
  const chat::Failure failure{.status = 400,
                              .message = "API key not valid. Please pass a valid API key."};
  const account::Verdict verdict = judge(failure, std::nullopt);
  EXPECT_EQ(verdict.blame, account::Verdict::Blame::account);
  EXPECT_EQ(verdict.next, account::Verdict::Next::next_account);
}

}  // namespace
}  // namespace omni::upstream
