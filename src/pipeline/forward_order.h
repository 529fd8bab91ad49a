#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/envelope.h"
#include "pipeline/client_order.h"

namespace omni::pipeline {

/// A service of OpenAI's whose requests and answers go by as they are, but for the model's name.
struct Forward {
  std::string_view path;  // behind the base: "/images/generations"
  std::string_view kind;  // in errors: "image"
  catalog::Model::Kind models;
  std::span<const std::string_view> required;  // members of a request
  std::string_view usual_model = {};           // where the client names none
  /// Of a request that lacks a member; `{}` is the model.
  std::string_view missing = {};
  bool makes_images = false;
  bool speaks = false;     // answers with sound
  bool estimates = false;  // tokens that the provider does not count
};

/// That of a path that clients call, which ends as the provider's does.
const Forward& forward_at(std::string_view pattern);

/// A request for one of those.  An answer of JSON comes whole, any other goes on as it comes.
class ForwardOrder final : public ClientOrder {
 public:
  static constexpr std::size_t answer_bytes_max = std::size_t{128} << 20;

  /// The exchange outlives it.
  ForwardOrder(const Forward& forward, net::Exchange& exchange, std::string body)
      : forward_(forward), exchange_(exchange), body_(std::move(body)) {}

  Status understand() override;
  std::string_view kind() const override { return forward_.kind; }
  chat::Dialect dialect() const override { return chat::Dialect::openai_chat; }
  std::string_view model() const override { return model_; }
  std::string_view asked() const override { return body_; }
  bool streams() const override { return streams_; }
  Status narrow(const route::Directory& directory, route::Plan& plan) const override;
  chat::Usage expected() const override;
  net::Task<Status> reply(net::Exchange& exchange, net::OutFields fields) override;
  void phrase(chat::Failure& failure) const override;
  Status ending() const override { return ending_; }

  const account::Base* base_of(const account::Account& account) const override;
  net::Task<> serve(Line& line) override;

 private:
  bool serves(chat::Dialect dialect) const;
  bool is_served_by(const route::Directory& directory, const catalog::Target& target) const;
  Status check_members() const;
  std::size_t said_bytes() const;
  chat::Usage about(std::size_t answer_bytes) const;
  net::Task<> forward(Line& line);
  net::Task<> take_whole(Line& line, upstream::Answer& answer);
  net::Task<> pass_on_sound(Line& line, upstream::Answer& answer);
  net::Task<> pass_on_events(Line& line, upstream::Answer& answer);
  void begin(Line& line, const net::OutFields& fields);
  net::Task<bool> write(Line& line, std::string_view bytes);
  net::Task<> end(Line& line);
  net::Task<> make_by_gemini(Line& line);
  net::Task<> make_one_by_gemini(Line& line);

  const Forward& forward_;
  net::Exchange& exchange_;
  const std::string body_;
  std::optional<json::Envelope> envelope_;
  std::string model_;
  bool streams_ = false;
  std::int64_t pieces_ = 1;  // answers to one request
  std::int64_t output_tokens_max_ = 0;
  std::string answer_;
  std::vector<std::string> images_;  // made by Gemini's …
  std::string made_by_;              // … model
  Status ending_ = Nothing{};
};

}  // namespace omni::pipeline
