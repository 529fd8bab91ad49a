// Gemini's generateContent and streamGenerateContent, as clients and providers speak it.

#include "dialect/gemini/codec.h"

#include <array>

#include "dialect/gemini/failure.h"
#include "dialect/gemini/reply.h"
#include "dialect/gemini/request.h"
#include "dialect/gemini/stream.h"

namespace omni::dialect {
namespace {

constexpr std::array<const LossRow*, 37> of_requests{
    &loss::foreign_member, &loss::foreign_item,     &loss::billing_header,   &loss::system_moved,
    &loss::speaker_name,   &loss::first_turn_added, &loss::refusal_as_text,  &loss::image_detail,
    &loss::image,          &loss::document,         &loss::document_as_text, &loss::document_name,
    &loss::file_id,        &loss::media_url,        &loss::reasoning,        &loss::seal,
    &loss::cache_control,  &loss::hosted_tool,      &loss::hosted_call,      &loss::freeform_tool,
    &loss::tool_namespace, &loss::tool_name,        &loss::tool_strict,      &loss::tool_schema,
    &loss::tool_unnamed,   &loss::parallel_calls,   &loss::broken_arguments, &loss::call_id,
    &loss::result_missing, &loss::result_orphaned,  &loss::result_media,     &loss::seed,
    &loss::stop,           &loss::end_user,         &loss::output_limit,     &loss::thinking,
    &loss::output_format,
};

constexpr std::array<const LossRow*, 11> of_replies{
    &loss::foreign_member,   &loss::foreign_item,  &loss::refusal_as_text, &loss::image_detail,
    &loss::document_as_text, &loss::document_name, &loss::file_id,         &loss::hosted_call,
    &loss::broken_arguments, &loss::finish_reason, &loss::cache_control,
};

class GeminiCodec final : public Codec {
 public:
  chat::Dialect dialect() const override { return gemini::own; }

  Result<chat::Request> decode_request(const Inbound& inbound) const override {
    return gemini::decode_request(inbound);
  }
  Result<Outbound> encode_request(const chat::Request& request,
                                  const EncodeHints& hints) const override {
    return gemini::encode_request(request, hints);
  }
  std::variant<chat::Reply, chat::Failure> decode_reply(std::string_view body) const override {
    return gemini::decode_reply(body);
  }
  std::string encode_reply(const chat::Reply& reply, const ReplyStyle& style,
                           Losses& losses) const override {
    return gemini::encode_reply(reply, style, losses);
  }
  std::unique_ptr<StreamDecoder> stream_decoder() const override {
    return gemini::stream_decoder();
  }
  std::unique_ptr<StreamEncoder> stream_encoder(const ReplyStyle& style,
                                                std::string& out) const override {
    return gemini::stream_encoder(style, out);
  }
  chat::Failure decode_error(int status, std::string_view body) const override {
    return gemini::decode_error(status, body);
  }
  std::string encode_error(const chat::Failure& failure) const override {
    return gemini::encode_error(failure);
  }
  std::span<const LossRow* const> request_losses() const override { return of_requests; }
  std::span<const LossRow* const> reply_losses() const override { return of_replies; }
};

}  // namespace

const Codec& gemini_codec() {
  static const GeminiCodec codec;
  return codec;
}

}  // namespace omni::dialect
