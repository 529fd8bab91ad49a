// The codec as the other modules see it; its directions are in the files of the same names.

#include "dialect/openai_responses/codec.h"

#include <array>

#include "dialect/error_body.h"
#include "dialect/openai_failure.h"
#include "dialect/openai_responses/wire.h"

namespace omni::dialect {
namespace {

namespace responses = openai_responses;

class OpenAiResponsesCodec final : public Codec {
 public:
  chat::Dialect dialect() const override { return responses::own; }

  Result<chat::Request> decode_request(const Inbound& inbound) const override {
    return responses::decode_request(inbound.body);
  }
  Result<Outbound> encode_request(const chat::Request& request,
                                  const EncodeHints& hints) const override {
    return responses::encode_request(request, hints);
  }

  std::variant<chat::Reply, chat::Failure> decode_reply(std::string_view body) const override {
    return responses::decode_reply(body);
  }
  std::string encode_reply(const chat::Reply& reply, const ReplyStyle& style,
                           Losses& losses) const override {
    return responses::encode_reply(reply, style, losses);
  }

  std::unique_ptr<StreamDecoder> stream_decoder() const override {
    return responses::make_stream_decoder();
  }
  std::unique_ptr<StreamEncoder> stream_encoder(const ReplyStyle& style,
                                                std::string& out) const override {
    return responses::make_stream_encoder(style, out);
  }

  chat::Failure decode_error(int status, std::string_view body) const override {
    return read_error_body(status, body);
  }
  std::string encode_error(const chat::Failure& failure) const override {
    return openai::encode_error(failure);
  }

  std::span<const LossRow* const> request_losses() const override {
    static constexpr std::array rows{&loss::foreign_member,
                                     &loss::foreign_item,
                                     &loss::billing_header,
                                     &loss::speaker_name,
                                     &loss::refusal_as_text,
                                     &loss::document_as_text,
                                     &loss::document_name,
                                     &loss::audio,
                                     &loss::video,
                                     &loss::file_id,
                                     &loss::reasoning,
                                     &loss::seal,
                                     &loss::cache_control,
                                     &loss::hosted_tool,
                                     &loss::hosted_call,
                                     &loss::tool_name,
                                     &loss::tool_unnamed,
                                     &loss::call_id,
                                     &loss::result_missing,
                                     &loss::result_orphaned,
                                     &loss::result_error,
                                     &loss::top_k,
                                     &loss::seed,
                                     &loss::penalties,
                                     &loss::no_stop,
                                     &loss::choices,
                                     &loss::thinking,
                                     &loss::output_limit};
    return rows;
  }
  std::span<const LossRow* const> reply_losses() const override {
    static constexpr std::array rows{&loss::foreign_member, &loss::foreign_item,
                                     &loss::hosted_call,    &loss::extra_choices,
                                     &loss::finish_reason,  &loss::output_media};
    return rows;
  }
};

}  // namespace

const Codec& openai_responses_codec() {
  static const OpenAiResponsesCodec codec;
  return codec;
}

}  // namespace omni::dialect
