#include "dialect/ollama/codec.h"

#include "dialect/error_body.h"
#include "dialect/ollama/reply.h"
#include "dialect/ollama/request.h"
#include "dialect/ollama/wire.h"

namespace omni::dialect {
namespace {

class OllamaCodec final : public Codec {
 public:
  chat::Dialect dialect() const override { return ollama::own; }

  Result<chat::Request> decode_request(const Inbound& inbound) const override {
    return ollama::decode_request(inbound);
  }
  Result<Outbound> encode_request(const chat::Request& request,
                                  const EncodeHints& hints) const override {
    return ollama::encode_request(request, hints);
  }
  std::variant<chat::Reply, chat::Failure> decode_reply(std::string_view body) const override {
    return ollama::decode_reply(body);
  }
  std::string encode_reply(const chat::Reply& reply, const ReplyStyle& style,
                           Losses& losses) const override {
    return ollama::encode_reply(reply, style, losses);
  }
  std::unique_ptr<StreamDecoder> stream_decoder() const override {
    return ollama::stream_decoder();
  }
  std::unique_ptr<StreamEncoder> stream_encoder(const ReplyStyle& style,
                                                std::string& out) const override {
    return ollama::stream_encoder(style, out);
  }
  chat::Failure decode_error(int status, std::string_view body) const override {
    return read_error_body(status, body);
  }
  std::string encode_error(const chat::Failure& failure) const override {
    return ollama::encode_error(failure);
  }
  std::span<const LossRow* const> request_losses() const override {
    return ollama::request_losses();
  }
  std::span<const LossRow* const> reply_losses() const override { return ollama::reply_losses(); }
};

}  // namespace

const Codec& ollama_codec() {
  static const OllamaCodec codec;
  return codec;
}

}  // namespace omni::dialect
