#include "dialect/anthropic/codec.h"

#include "dialect/anthropic/failure.h"
#include "dialect/anthropic/reply.h"
#include "dialect/anthropic/request.h"
#include "dialect/anthropic/stream.h"
#include "dialect/error_body.h"

namespace omni::dialect {
namespace {

class Anthropic final : public Codec {
 public:
  chat::Dialect dialect() const override { return chat::Dialect::anthropic; }

  Result<chat::Request> decode_request(const Inbound& inbound) const override {
    return anthropic::decode_request(inbound);
  }
  Result<Outbound> encode_request(const chat::Request& request,
                                  const EncodeHints& hints) const override {
    return anthropic::encode_request(request, hints);
  }

  std::variant<chat::Reply, chat::Failure> decode_reply(std::string_view body) const override {
    return anthropic::decode_reply(body);
  }
  std::string encode_reply(const chat::Reply& reply, const ReplyStyle& style,
                           Losses& losses) const override {
    return anthropic::encode_reply(reply, style, losses);
  }

  std::unique_ptr<StreamDecoder> stream_decoder() const override {
    return anthropic::make_stream_decoder();
  }
  std::unique_ptr<StreamEncoder> stream_encoder(const ReplyStyle& style,
                                                std::string& out) const override {
    return anthropic::make_stream_encoder(style, out);
  }

  chat::Failure decode_error(int status, std::string_view body) const override {
    return read_error_body(status, body);
  }
  std::string encode_error(const chat::Failure& failure) const override {
    return anthropic::encode_error(failure);
  }

  std::span<const LossRow* const> request_losses() const override {
    return anthropic::request_losses();
  }
  std::span<const LossRow* const> reply_losses() const override {
    return anthropic::reply_losses();
  }
};

}  // namespace

const Codec& anthropic_codec() {
  static const Anthropic codec;
  return codec;
}

}  // namespace omni::dialect
