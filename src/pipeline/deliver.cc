#include "pipeline/deliver.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "base/redact.h"
#include "base/strings.h"
#include "net/loop.h"
#include "pipeline/progress.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;

constexpr std::size_t whole_bytes_max = std::size_t{256} << 20;
/// For what is left of an answer that is over.
constexpr Millis rest_time{200};
/// How much a stream may say before it says something that a client can use.
constexpr std::size_t preamble_bytes_max = std::size_t{1} << 20;

/// As its type says, or else as it was asked to be: there are providers that name no type for what
/// they stream.
bool is_stream(const upstream::Answer& answer, const Translation& translation) {
  std::string_view field = answer.field("content-type");
  const std::string type = to_lower(trim(cut(field, ';')));
  if (type == "text/event-stream" || type == "application/x-ndjson") return true;
  return translation.provider_streams && type != "application/json" && type != "text/html";
}

std::string_view content_type(const Draft& draft, Dialect client) {
  if (!draft.stream || draft.as_array) return "application/json";
  return client == Dialect::ollama ? "application/x-ndjson" : "text/event-stream";
}

chat::Failure upstream_failure(std::string message) {
  return chat::Failure::of(Error(Error::Kind::upstream, std::move(message)));
}

/// One answer on its way.
class Delivering {
 public:
  Delivering(const Courier& courier, net::Exchange& exchange, const Incoming& incoming,
             const Draft& draft)
      : courier_(courier), exchange_(exchange), incoming_(incoming), draft_(draft) {}

  Status prepare(const Parcel& parcel);
  net::Task<Delivery> run();

 private:
  net::Task<Result<std::string_view>> next_piece();
  net::Task<Status> keep_alive();
  /// Whether what has been seen is enough to begin.
  bool may_send() const;
  Millis pause() const;
  void listen_for_word(std::string_view piece);
  void hide_key();
  net::Task<> read_over_rest();
  bool failed_early() const { return !begun_ && interpreter_->seen().failure; }
  Status take_floor();
  Status begin();
  net::Task<Status> send();
  net::Task<> end(Delivery& delivery);
  void note_content();
  Delivery result() const;
  Delivery failed(chat::Failure failure) const;
  Delivery lost(const Error& why) const;

  const Courier& courier_;
  net::Exchange& exchange_;
  const Incoming& incoming_;
  const Draft& draft_;
  upstream::Answer* answer_ = nullptr;
  std::string id_;
  std::unique_ptr<Interpreter> interpreter_;
  std::string out_;
  const Secret* key_ = nullptr;
  net::Deadline* first_word_ = nullptr;
  Runner* runner_ = nullptr;
  std::function<void(const Delivery&)> before_end_;
  net::OutFields fields_;  // for the head, beside its own
  bool whole_ = false;     // the provider's answer is
  std::size_t bytes_read_ = 0;
  bool begun_ = false;
  std::optional<Clock::Steady> first_content_;
  bool tells_progress_ = false;
  std::optional<Progress> progress_;  // from the beginning of the stream on
};

Status Delivering::prepare(const Parcel& parcel) {
  answer_ = parcel.answer;
  before_end_ = parcel.before_end;
  key_ = parcel.key;
  first_word_ = parcel.first_word;
  runner_ = parcel.runner;
  if (parcel.fields != nullptr) fields_ = *parcel.fields;
  tells_progress_ = Progress::is_wanted(exchange_, incoming_, draft_);
  Translation& translation = *parcel.translation;
  Telling telling{.client = incoming_.dialect,
                  .client_streams = draft_.stream,
                  .provider_streams = is_stream(*answer_, translation)};
  whole_ = !telling.provider_streams;
  if (!hands_on(translation, telling)) {
    if (!translation.asked) {
      Result<chat::Request> asked = decode(incoming_, draft_);
      if (!asked) return asked.error();
      translation.asked = *std::move(asked);
    }
    id_ = new_token(courier_.random, reply_id_length);  // bytes that go by have their own
  }
  if (translation.asked) telling.style = dialect::ReplyStyle::of(*translation.asked);
  telling.style.id = id_;
  telling.style.now = to_millis(courier_.clock.wall()) / 1000;
  telling.style.include_usage = draft_.wants_usage;
  telling.style.json_array = draft_.as_array;
  telling.style.items = parcel.items;
  telling.listener = parcel.listener;
  interpreter_ = interpret(translation, telling);
  return Nothing{};
}

net::Task<Delivery> Delivering::run() {
  for (;;) {
    Result<std::string_view> piece = co_await next_piece();
    if (!piece) {
      if (is_called_off(co_await net::current_scope())) co_return lost(piece.error());
      if (!begun_) co_return failed(chat::Failure::of(piece.error()));
      break;  // the interpreter says that the answer was cut off
    }
    if (piece->empty()) break;
    bytes_read_ += piece->size();
    interpreter_->feed(*piece, out_);
    listen_for_word(*piece);
    hide_key();
    if (failed_early()) co_return failed(*interpreter_->seen().failure);
    if (bytes_read_ > whole_bytes_max && !begun_) {
      co_return failed(upstream_failure("The answer is too long"));
    }
    if (interpreter_->seen().ended) break;  // the last bytes leave together with the end
    if (may_send()) {
      note_content();
      if (progress_) progress_->tell(interpreter_->seen().deltas, out_);
      if (Status sent = co_await send(); !sent) co_return lost(sent.error());
    } else if (draft_.stream && out_.size() > preamble_bytes_max) {
      co_return failed(upstream_failure("The answer says nothing"));
    }
  }
  if (bytes_read_ == 0) co_return failed(upstream_failure("Provider returned empty content"));
  interpreter_->finish(out_);
  hide_key();
  if (failed_early()) co_return failed(*interpreter_->seen().failure);
  note_content();
  if (tells_progress_ && !progress_) progress_.emplace(courier_.clock, courier_.progress);
  if (progress_) progress_->tell_end(interpreter_->seen().deltas, out_);
  Delivery delivery = result();
  co_await end(delivery);
  if (delivery.sent) co_await read_over_rest();
  co_return delivery;
}

/// The next bytes of the provider; meanwhile the client sees that somebody is there.
net::Task<Result<std::string_view>> Delivering::next_piece() {
  if (!draft_.stream) co_return co_await answer_->body().read();
  net::Scope& outer = co_await net::current_scope();
  for (Millis silent{0};;) {
    const Millis patience = std::min(pause(), courier_.idle_max - silent);
    net::Scope waiting(outer);
    const net::Deadline deadline(waiting, patience, "the upstream fell silent");
    Result<std::string_view> piece = co_await answer_->body().read().in(waiting);
    if (piece || outer.cancelled() || !waiting.cancelled()) co_return piece;
    silent += patience;
    if (silent >= courier_.idle_max) co_return piece;
    if (Status alive = co_await keep_alive(); !alive) co_return alive.error();
  }
}

net::Task<Status> Delivering::keep_alive() {
  if (!begun_) co_return Nothing{};
  if (progress_) progress_->tell(interpreter_->seen().deltas, out_);
  if (out_.empty()) interpreter_->heartbeat(out_);
  co_return co_await send();
}

/// How long the client hears nothing.
Millis Delivering::pause() const {
  if (!progress_) return courier_.heartbeat;
  return std::clamp(progress_->due_in(), Millis{1}, courier_.heartbeat);
}

bool Delivering::may_send() const {
  const dialect::Seen& seen = interpreter_->seen();
  return draft_.stream && (begun_ || seen.content);
}

/// A whole answer begins to be said with the first of its bytes that is no blank: there are
/// providers that send blanks while they think.
void Delivering::listen_for_word(std::string_view piece) {
  if (first_word_ == nullptr) return;
  if (!interpreter_->seen().content && !(whole_ && !trim(piece).empty())) return;
  std::exchange(first_word_, nullptr)->lift();
}

/// What failed may have been told in words of the provider that hold the key.
void Delivering::hide_key() {
  if (interpreter_->seen().failure && key_ != nullptr) hide(*key_, out_);
}

/// The end of the answer, so that the connection can be used again.
net::Task<> Delivering::read_over_rest() {
  net::Scope rest(co_await net::current_scope());
  const net::Deadline deadline(rest, rest_time, "rest of an answer");
  while (!answer_->body().done()) {
    const Result<std::string_view> piece = co_await answer_->body().read().in(rest);
    if (!piece || piece->empty()) co_return;
  }
}

Status Delivering::take_floor() {
  if (!runner_->take_floor()) return Error(Error::Kind::cancelled, "Another answered first");
  begun_ = true;
  return Nothing{};
}

Status Delivering::begin() {
  if (Status mine = take_floor(); !mine) return mine;
  if (tells_progress_) {
    fields_.add("x-omniroute-progress", "enabled");
    if (!progress_) progress_.emplace(courier_.clock, courier_.progress);
  }
  return exchange_.begin(200, stream_fields(draft_, incoming_.dialect, std::move(fields_)));
}

net::Task<Status> Delivering::send() {
  if (!begun_) {
    if (Status begun = begin(); !begun) co_return begun.error();
  }
  if (out_.empty()) co_return Nothing{};
  Status written = co_await exchange_.write(out_);
  out_.clear();
  co_return written;
}

net::Task<> Delivering::end(Delivery& delivery) {
  net::OutFields fields;
  if (!begun_ && draft_.stream) {
    delivery.sent = begin();
  } else if (!begun_) {
    fields = std::move(fields_);
    fields.add("content-type", "application/json");
    fields.add("x-omniroute-cache", "MISS");
    delivery.sent = take_floor();
  }
  delivery.begun = begun_;
  if (!delivery.sent) co_return;
  if (before_end_) before_end_(delivery);
  delivery.sent = draft_.stream ? co_await exchange_.finish(out_)
                                : co_await exchange_.reply(200, std::move(fields), std::move(out_));
}

void Delivering::note_content() {
  if (!first_content_ && interpreter_->seen().content) first_content_ = courier_.clock.steady();
}

Delivery Delivering::result() const {
  Delivery delivery;
  delivery.begun = begun_;
  delivery.seen = interpreter_->seen();
  delivery.failure = delivery.seen.failure;
  delivery.first_content = first_content_;
  delivery.losses = interpreter_->losses();
  delivery.id = id_;
  return delivery;
}

Delivery Delivering::failed(chat::Failure failure) const {
  Delivery delivery = result();
  delivery.failure = std::move(failure);
  return delivery;
}

Delivery Delivering::lost(const Error& why) const {
  Delivery delivery = result();
  delivery.sent = why;
  return delivery;
}

}  // namespace

net::OutFields stream_fields(const Draft& draft, Dialect client, net::OutFields fields) {
  fields.add("content-type", content_type(draft, client));
  fields.add("cache-control", "no-cache");
  fields.add("x-accel-buffering", "no");
  return fields;
}

net::Task<Delivery> deliver(const Courier& courier, net::Exchange& exchange,
                            const Incoming& incoming, const Draft& draft, Parcel parcel) {
  Delivering delivering(courier, exchange, incoming, draft);
  if (Status prepared = delivering.prepare(parcel); !prepared) {
    co_return Delivery{.failure = chat::Failure::of(prepared.error())};
  }
  co_return co_await delivering.run();
}

}  // namespace omni::pipeline
