#include "pipeline/interpreter.h"

#include <utility>
#include <variant>

#include "chat/collector.h"
#include "chat/tee.h"
#include "dialect/tap.h"

namespace omni::pipeline {
namespace {

using dialect::Losses;
using dialect::Seen;

/// Ends a stream that is handed on, or keeps it open, in the dialect's own words.
void append_heartbeat(const Telling& telling, std::string& out) {
  dialect::codec_for(telling.client).stream_encoder(telling.style, out)->heartbeat();
}

/// A stream that goes by as bytes.
class StreamForwarder final : public Interpreter {
 public:
  StreamForwarder(const Translation& translation, const Telling& telling)
      : telling_(telling),
        watch_(translation.adaptation.watch_events()),
        listeners_(watch_.get(), telling.listener),
        tap_(telling.client, telling.style, &listeners_) {}

  void feed(std::string_view bytes, std::string& out) override { tap_.feed(bytes, out); }
  void finish(std::string& out) override { tap_.finish(out); }
  const Seen& seen() const override { return tap_.seen(); }
  void heartbeat(std::string& out) override {
    append_heartbeat(telling_, out);  // only whole frames go by, so this one is between two
  }
  const Losses& losses() const override { return losses_; }

 private:
  const Telling telling_;
  const std::unique_ptr<chat::EventSink> watch_;
  chat::Tee listeners_;
  dialect::Tap tap_;
  Losses losses_;
};

/// A whole answer that goes by as bytes.
class WholeForwarder final : public Interpreter {
 public:
  WholeForwarder(const Translation& translation, const Telling& telling)
      : dialect_(telling.client),
        watch_(translation.adaptation.watch_events()),
        listeners_(watch_.get(), telling.listener) {}

  void feed(std::string_view bytes, std::string& out) override { out += bytes; }
  void finish(std::string& out) override {
    seen_ = dialect::look_at_reply(dialect_, out, &listeners_);
  }
  const Seen& seen() const override { return seen_; }
  void heartbeat(std::string&) override {}
  const Losses& losses() const override { return losses_; }

 private:
  const chat::Dialect dialect_;
  const std::unique_ptr<chat::EventSink> watch_;
  chat::Tee listeners_;
  Seen seen_;
  Losses losses_;
};

/// What stands between the provider's events and the client: quirks, names of tools, and who takes
/// notes.  `end` gets the events.
class Passage {
 public:
  Passage(const Translation& translation, const Telling& telling, chat::EventSink& end)
      : listeners_(&end, telling.listener),
        witness_(&listeners_),
        restored_(translation.outbound.names, witness_),
        chain_(translation.adaptation.adapt_events(*translation.asked, restored_)) {}

  chat::EventSink& entry() { return *chain_; }
  const Seen& seen() const { return witness_.seen(); }

 private:
  chat::Tee listeners_;
  dialect::Witness witness_;
  dialect::RestoreSink restored_;
  std::unique_ptr<adapt::EventChain> chain_;
};

/// The answer's source: bytes of a stream, or of a whole answer that is told once it is here.
class Source {
 public:
  Source(chat::Dialect provider, const Telling& telling)
      : codec_(dialect::codec_for(provider)),
        decoder_(telling.provider_streams ? codec_.stream_decoder() : nullptr) {}

  void feed(std::string_view bytes, chat::EventSink& sink) {
    if (decoder_ != nullptr) {
      decoder_->feed(bytes, sink);
    } else {
      whole_ += bytes;
    }
  }

  void finish(chat::EventSink& sink) {
    if (decoder_ != nullptr) return decoder_->finish(sink);
    const auto decoded = codec_.decode_reply(whole_);
    if (const auto* failure = std::get_if<chat::Failure>(&decoded)) {
      sink.on(chat::ReplyFailed{*failure});
    } else {
      chat::replay(std::get<chat::Reply>(decoded), sink);
    }
  }

 private:
  const dialect::Codec& codec_;
  std::unique_ptr<dialect::StreamDecoder> decoder_;
  std::string whole_;
};

/// Any answer to a client that streams.
class StreamTranslator final : public Interpreter {
 public:
  StreamTranslator(const Translation& translation, const Telling& telling)
      : encoder_(dialect::codec_for(telling.client).stream_encoder(telling.style, out_)),
        passage_(translation, telling, *encoder_),
        source_(translation.base->dialect, telling) {}

  void feed(std::string_view bytes, std::string& out) override {
    source_.feed(bytes, passage_.entry());
    pass(out);
  }
  void finish(std::string& out) override {
    source_.finish(passage_.entry());
    pass(out);
  }
  const Seen& seen() const override { return passage_.seen(); }
  void heartbeat(std::string& out) override {
    encoder_->heartbeat();
    pass(out);
  }
  const Losses& losses() const override { return encoder_->losses(); }

 private:
  void pass(std::string& out) {
    if (out.empty()) {
      std::swap(out, out_);
    } else {
      out += std::exchange(out_, {});
    }
  }

  std::string out_;
  std::unique_ptr<dialect::StreamEncoder> encoder_;
  Passage passage_;
  Source source_;
};

/// Any answer to a client that wants it whole.
class WholeTranslator final : public Interpreter {
 public:
  WholeTranslator(const Translation& translation, const Telling& telling)
      : telling_(telling),
        passage_(translation, telling, collector_),
        source_(translation.base->dialect, telling) {}

  void feed(std::string_view bytes, std::string& /*out*/) override {
    source_.feed(bytes, passage_.entry());
  }
  void finish(std::string& out) override {
    source_.finish(passage_.entry());
    if (seen().failure) return;
    out += dialect::codec_for(telling_.client)
               .encode_reply(std::move(collector_).take(), telling_.style, losses_);
  }
  const Seen& seen() const override { return passage_.seen(); }
  void heartbeat(std::string&) override {}
  const Losses& losses() const override { return losses_; }

 private:
  const Telling telling_;
  chat::Collector collector_;
  Passage passage_;
  Source source_;
  Losses losses_;
};

}  // namespace

bool hands_on(const Translation& translation, const Telling& telling) {
  return translation.byte_lane && telling.client_streams == telling.provider_streams;
}

std::unique_ptr<Interpreter> interpret(const Translation& translation, const Telling& telling) {
  if (hands_on(translation, telling)) {
    if (telling.client_streams) return std::make_unique<StreamForwarder>(translation, telling);
    return std::make_unique<WholeForwarder>(translation, telling);
  }
  if (telling.client_streams) return std::make_unique<StreamTranslator>(translation, telling);
  return std::make_unique<WholeTranslator>(translation, telling);
}

}  // namespace omni::pipeline
