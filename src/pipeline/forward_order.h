#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

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
  Status narrow(route::Plan& plan) const override;
  chat::Usage expected() const override;
  net::Task<Status> reply(net::Exchange& exchange, net::OutFields fields) override;
  void phrase(chat::Failure& failure) const override;
  Status ending() const override { return ending_; }

  const account::Base* base_of(const account::Account& account) const override;
  net::Task<> serve(Line& line) override;

 private:
  bool serves(chat::Dialect dialect) const;
  Status check_members() const;
  /// What is used by an answer so long.
  chat::Usage about(std::size_t answer_bytes) const;
  net::Task<> forward(Line& line);
  net::Task<> take_whole(Line& line, upstream::Answer& answer);
  net::Task<> pass_on(Line& line, upstream::Answer& answer);
  net::Task<> make_by_gemini(Line& line);

  const Forward& forward_;
  net::Exchange& exchange_;
  const std::string body_;
  std::optional<json::Envelope> envelope_;
  std::string model_;
  bool streams_ = false;
  std::int64_t pieces_ = 1;  // images, where they are made
  std::string answer_;
  Status ending_ = Nothing{};
};

}  // namespace omni::pipeline
