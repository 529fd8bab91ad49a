#pragma once

#include <optional>
#include <string>

#include "pipeline/client_order.h"
#include "pipeline/recording_form.h"

namespace omni::pipeline {

/// A recording that a client wants written down.
class TranscriptionOrder final : public ClientOrder {
 public:
  static constexpr std::size_t answer_bytes_max = std::size_t{64} << 20;

  /// Both outlive it.
  TranscriptionOrder(const Parts& parts, net::Exchange& exchange);

  /// What the client sends; before all else.  Not ok where not all of it came, and nobody waits for
  /// an answer in words of ours.
  net::Task<Status> read();

  Status understand() override { return read_; }
  std::string_view kind() const override { return "transcription"; }
  chat::Dialect dialect() const override { return chat::Dialect::openai_chat; }
  std::string_view model() const override { return form_.request().model; }
  std::string_view asked() const override { return asked_; }
  bool streams() const override { return form_.request().stream; }
  Status narrow(const route::Directory& directory, route::Plan& plan) const override;
  chat::Usage expected() const override;
  net::Task<Status> reply(net::Exchange& exchange, net::OutFields fields) override;
  Status ending() const override { return ending_; }
  net::Task<Status> refuse(net::Exchange& exchange, chat::Failure failure,
                           net::OutFields fields) override;

  const account::Base* base_of(const account::Account& account) const override;
  net::Task<> serve(Line& line) override;

 private:
  std::string describe() const;
  net::Task<> take(Line& line, upstream::Answer& answer,
                   const dialect::TranscriptionRequest& request);
  net::Task<> pass_on(Line& line, upstream::Answer& answer);

  const Parts& parts_;
  net::Exchange& exchange_;
  RecordingForm form_;
  Status read_ = Nothing{};
  std::string asked_;
  bool was_served_ = false;  // somebody was asked
  dialect::TranscriptReply reply_;
  Status ending_ = Nothing{};
};

}  // namespace omni::pipeline
