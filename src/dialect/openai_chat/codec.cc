#include "dialect/openai_chat/codec.h"

#include <array>

#include "dialect/error_body.h"
#include "dialect/openai_chat/wire.h"
#include "dialect/openai_failure.h"

namespace omni::dialect {
namespace {

constexpr std::array request_rows{
    &loss::foreign_member, &loss::foreign_item,     &loss::billing_header,  &loss::image,
    &loss::document,       &loss::document_as_text, &loss::document_name,   &loss::audio,
    &loss::video,          &loss::file_id,          &loss::media_url,       &loss::reasoning,
    &loss::seal,           &loss::cache_control,    &loss::hosted_tool,     &loss::hosted_call,
    &loss::freeform_tool,  &loss::tool_namespace,   &loss::tool_name,       &loss::tool_unnamed,
    &loss::call_id,        &loss::result_missing,   &loss::result_orphaned, &loss::result_error,
    &loss::result_media,   &loss::temperature,      &loss::top_k,           &loss::stop,
    &loss::output_limit,   &loss::thinking};
constexpr std::array reply_rows{&loss::foreign_member, &loss::foreign_item,  &loss::hosted_call,
                                &loss::call_id,        &loss::finish_reason, &loss::output_media};

class OpenAiChatCodec final : public Codec {
 public:
  chat::Dialect dialect() const override { return openai_chat::own; }

  Result<chat::Request> decode_request(const Inbound& inbound) const override {
    return openai_chat::decode_request(inbound.body);
  }
  Result<Outbound> encode_request(const chat::Request& request,
                                  const EncodeHints& hints) const override {
    return openai_chat::encode_request(request, hints);
  }
  std::variant<chat::Reply, chat::Failure> decode_reply(std::string_view body) const override {
    return openai_chat::decode_reply(body);
  }
  std::string encode_reply(const chat::Reply& reply, const ReplyStyle& style,
                           Losses& losses) const override {
    return openai_chat::encode_reply(reply, style, losses);
  }
  std::unique_ptr<StreamDecoder> stream_decoder() const override {
    return openai_chat::make_stream_decoder();
  }
  std::unique_ptr<StreamEncoder> stream_encoder(const ReplyStyle& style,
                                                std::string& out) const override {
    return openai_chat::make_stream_encoder(style, out);
  }
  chat::Failure decode_error(int status, std::string_view body) const override {
    return read_error_body(status, body);
  }
  std::string encode_error(const chat::Failure& failure) const override {
    return openai::encode_error(failure);
  }
  std::span<const LossRow* const> request_losses() const override { return request_rows; }
  std::span<const LossRow* const> reply_losses() const override { return reply_rows; }
};

}  // namespace

const Codec& openai_chat_codec() {
  static const OpenAiChatCodec codec;
  return codec;
}

}  // namespace omni::dialect
