#pragma once

#include <string>
#include <string_view>

#include "account/account.h"
#include "base/result.h"
#include "net/task.h"

namespace omni::account {

/// Where an account gets new tokens, and what it has to show there: from its connection's data, for
/// none of it is ours to know.
struct TokenEndpoint {
  enum class Form : std::uint8_t { form, json };

  net::Url url;
  std::string client_id;
  Secret client_secret;
  Form form = Form::form;  // of the body
};

/// Nothing can be renewed without: an error that says what is missing.
Result<TokenEndpoint> token_endpoint_of(const store::Connection& connection);

/// A body that asks for new tokens, and its type.
struct TokenQuestion {
  std::string type, body;
};
TokenQuestion question_to(const TokenEndpoint& endpoint, const Secret& refresh_token);

/// What it says; a status that is not good is an answer too.
struct TokenAnswer {
  int status = 0;
  std::string body;
};

/// New tokens, in the place of those that the connection has; what is not said stays.
struct Tokens {
  Secret access, refresh, id;
  std::optional<Millis> lifetime;
};
Result<Tokens> read_tokens(const TokenAnswer& answer);
/// Whether asking again is of no use: whoever owns the account has to log in anew.
bool is_final(const TokenAnswer& answer);

/// Asks token endpoints; implemented by whoever can call providers.
class TokenCaller {
 public:
  TokenCaller() = default;
  TokenCaller(const TokenCaller&) = delete;
  TokenCaller& operator=(const TokenCaller&) = delete;
  virtual ~TokenCaller() = default;

  /// By the way that calls of the account go.
  virtual net::Task<Result<TokenAnswer>> ask_for_tokens(const Account& account, const net::Url& url,
                                                        TokenQuestion question) = 0;
};

}  // namespace omni::account
