#include "pipeline/forward_order.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/assert.h"
#include "base/strings.h"
#include "dialect/framing.h"
#include "dialect/gemini/image.h"
#include "dialect/service_usage.h"
#include "json/scratch_reader.h"
#include "json/writer.h"
#include "pipeline/attempt.h"
#include "pipeline/draft.h"
#include "pipeline/token_estimate.h"

namespace omni::pipeline {
namespace {

using catalog::Model;
using catalog::Target;
using chat::Dialect;

constexpr std::int64_t images_max = 10;
/// Of an answer of which nobody says how long it may be, and of an image.
constexpr std::int64_t output_tokens_unsaid = 4096, tokens_of_image = 6000;
/// What clients say is not calculated with beyond that.
constexpr std::int64_t tokens_max = 1'000'000'000;

constexpr std::array<std::string_view, 1> prompt{"prompt"}, input{"input"};
constexpr std::array<std::string_view, 2> ranking{"query", "documents"};

constexpr std::array<Forward, 5> forwards{{
    {.path = "/images/generations",
     .kind = "image",
     .models = Model::Kind::image,
     .required = prompt,
     .missing = "Prompt is required for image model: {}",
     .makes_images = true},
    {.path = "/audio/speech",
     .kind = "speech",
     .models = Model::Kind::speech,
     .required = input,
     .speaks = true,
     .estimates = true},
    {.path = "/moderations",
     .kind = "moderation",
     .models = Model::Kind::chat,
     .required = input,
     .usual_model = "openai/omni-moderation-latest"},
    {.path = "/rerank", .kind = "rerank", .models = Model::Kind::rerank, .required = ranking},
    {.path = "/completions",
     .kind = "completion",
     .models = Model::Kind::chat,
     .required = prompt,
     .estimates = true},
}};

std::int64_t tokens_in(std::size_t bytes) {
  return static_cast<std::int64_t>(bytes) / characters_per_token + 1;
}

std::optional<chat::Usage> usage_in(json::Value answer, bool of_images) {
  std::optional<chat::Usage> usage = dialect::read_service_usage(answer.find("usage"));
  if (!of_images) return usage;
  std::int64_t images = answer.find("b64_json") ? 1 : 0;  // an event has one
  for ([[maybe_unused]] const json::Value image : answer.find("data").items()) ++images;
  if (!usage && images == 0) return usage;
  if (!usage) usage.emplace();
  usage->images = images;
  // Where it is tokens that are told, those of the answer are of images.
  usage->output_image += std::exchange(usage->output_text, 0);
  return usage;
}

/// What an answer of good status says failed.
std::optional<chat::Failure> failure_in(json::Value answer, std::string_view body) {
  if (answer.kind() != json::Kind::object || !answer.find("error")) return std::nullopt;
  return dialect::codec_for(Dialect::openai_chat).decode_error(502, body);
}

/// Follows a stream of events: whether it has said something, what failed, and what was used.
class EventWatch {
 public:
  explicit EventWatch(bool of_images) : of_images_(of_images) {}

  void feed(std::string_view bytes) {
    reader_.feed(bytes);
    take();
  }
  void finish() {
    reader_.finish();
    take();
  }
  bool has_event() const { return has_event_; }
  const std::optional<chat::Failure>& failure() const { return failure_; }
  const std::optional<chat::Usage>& usage() const { return usage_; }
  std::size_t text_bytes() const { return text_bytes_; }

 private:
  void take() {
    while (const auto event = reader_.next()) {
      has_event_ = true;
      read(event->data);
    }
  }
  void read(std::string_view data) {
    const json::ScratchReader reader;
    const json::Value root = reader->read(data);
    if (root.kind() != json::Kind::object) return;
    if (auto failed = failure_in(root, data)) failure_ = std::move(failed);
    if (auto used = usage_in(root, of_images_)) usage_ = used;
    for (const json::Value choice : root.find("choices").items()) {
      if (const json::Value text = choice.find("text")) text_bytes_ += text.text().size();
    }
  }

  const bool of_images_;
  dialect::SseReader reader_;
  bool has_event_ = false;
  std::optional<chat::Failure> failure_;
  std::optional<chat::Usage> usage_;
  std::size_t text_bytes_ = 0;
};

bool is_of(std::string_view content_type, std::string_view wanted) {
  const std::string lower = to_lower(content_type.substr(0, content_type.find(';')));
  return trim(lower).starts_with(wanted);
}

/// Of an answer of Gemini's.
constexpr std::size_t image_bytes_max = std::size_t{32} << 20;

/// What clients of streams read of one that ends too soon.
std::string broken_off() {
  const Error error(Error::Kind::upstream, "The provider's answer broke off");
  return "data: " +
         dialect::codec_for(Dialect::openai_chat).encode_error(chat::Failure::of(error)) + "\n\n";
}

net::OutFields event_fields(const Line& line) {
  net::OutFields fields = line.fields();
  fields.add("content-type", "text/event-stream").add("cache-control", "no-cache");
  fields.add("x-accel-buffering", "no");
  return fields;
}

/// The time stands in every list of images, also where the provider says none.
std::string with_time(std::string_view answer, Clock::Wall now) {
  const json::Raw time = json::Raw::trusted(std::to_string(to_millis(now) / 1000));
  return json::Envelope::scan(answer)->splice({{"created", time}});
}

bool has_time(json::Value answer) {
  for (const auto [key, value] : answer.members()) {
    if (key == "created") return true;
  }
  return false;
}

}  // namespace

const Forward& forward_at(std::string_view pattern) {
  const auto* const found = std::ranges::find_if(
      forwards, [pattern](const Forward& each) { return pattern.ends_with(each.path); });
  OMNI_ASSERT(found != forwards.end());
  return *found;
}

Status ForwardOrder::understand() {
  Result<json::Envelope> envelope = json::Envelope::scan(body_);
  if (!envelope) return no_object(body_);
  envelope_ = *std::move(envelope);
  const json::ScratchReader reader;
  const json::Value root = reader->read(body_);
  model_ = forward_.usual_model;
  if (const json::Value model = root.find("model")) model_ = model.text();
  if (const json::Value stream = root.find("stream")) streams_ = stream.boolean();
  for (const std::string_view name : {"n", "best_of"}) {
    const json::Value said = root.find(name);
    if (!said || forward_.speaks) continue;
    pieces_ = std::max(pieces_, said.integer());
    if (said.integer() < 1) said.refuse("expected a number from 1 on");
    if (forward_.makes_images && pieces_ > images_max) said.refuse("expected 10 at most");
  }
  output_tokens_max_ = forward_.speaks || forward_.makes_images ? 0 : output_tokens_unsaid;
  if (const json::Value most = root.find("max_tokens")) output_tokens_max_ = most.integer();
  if (Status read = reader->finish(); !read) return read;
  if (model_.empty()) return Error(Error::Kind::bad_request, "Missing model");
  return check_members();
}

/// Of what the model reads.
std::size_t ForwardOrder::said_bytes() const {
  std::size_t bytes = 0;
  for (const std::string_view name : forward_.required) {
    const json::Envelope::Member* member = envelope_->find(name);
    if (member != nullptr) bytes += member->value.size();
  }
  return bytes;
}

Status ForwardOrder::check_members() const {
  for (const std::string_view name : forward_.required) {
    const json::Envelope::Member* member = envelope_->find(name);
    const bool said = member != nullptr && member->value != "null" && member->value != "\"\"";
    if (said && (!forward_.makes_images || member->value.front() == '"')) continue;
    std::string message(forward_.missing);
    if (const std::size_t gap = message.find("{}"); gap != message.npos) {
      message.replace(gap, 2, model_);
    }
    if (message.empty()) message = "Missing required field: " + std::string(name);
    return Error(Error::Kind::bad_request, std::move(message));
  }
  return Nothing{};
}

/// Gemini's models make images within a conversation.
bool ForwardOrder::serves(Dialect dialect) const {
  if (dialect == Dialect::openai_chat || dialect == Dialect::openai_responses) return true;
  return forward_.makes_images && dialect == Dialect::gemini;
}

bool ForwardOrder::is_served_by(const route::Directory& directory, const Target& target) const {
  const auto& endpoints = target.provider->endpoints;
  const bool in_chats = forward_.makes_images && endpoints.size() == 1 &&
                        endpoints.front().dialect == Dialect::gemini;
  if (!may_be(directory, target, forward_.models) &&
      !(in_chats && target.model->kind == Model::Kind::chat)) {
    return false;
  }
  return std::ranges::any_of(endpoints, [this](const catalog::Endpoint& each) {
    return each.path.empty() && serves(each.dialect);
  });
}

Status ForwardOrder::narrow(const route::Directory& directory, route::Plan& plan) const {
  std::erase_if(plan.targets, [&](const route::PlannedTarget& target) {
    return !is_served_by(directory, target);
  });
  if (!plan.targets.empty()) return Nothing{};
  return Error(Error::Kind::bad_request,
               "The model " + model_ + " is no " + std::string(forward_.kind) + " model");
}

chat::Usage ForwardOrder::expected() const {
  chat::Usage usage{.input_fresh = tokens_in(said_bytes())};
  const std::int64_t pieces = std::min(pieces_, tokens_max);
  usage.output_text =
      std::min(std::clamp<std::int64_t>(output_tokens_max_, 0, tokens_max), tokens_max / pieces) *
      pieces;
  if (forward_.makes_images) {
    usage.images = pieces;
    usage.output_image = pieces * tokens_of_image;
  }
  return usage;
}

const account::Base* ForwardOrder::base_of(const account::Account& account) const {
  const auto found = std::ranges::find_if(account.bases, [this](const account::Base& base) {
    return base.chat_path.empty() && serves(base.dialect);
  });
  return found == account.bases.end() ? nullptr : &*found;
}

net::Task<> ForwardOrder::serve(Line& line) {
  if (line.base().dialect == Dialect::gemini) co_return co_await make_by_gemini(line);
  co_await forward(line);
}

net::Task<> ForwardOrder::forward(Line& line) {
  dialect::Outbound outbound;
  outbound.path = forward_.path;
  outbound.body = envelope_->splice({{"model", json::Raw::quote(line.target().model_id)}});
  const std::unique_ptr<upstream::Answer> answer = co_await line.ask(outbound);
  if (answer == nullptr) co_return;
  const std::string_view type = answer->field("content-type");
  const bool sound = is_of(type, "audio/") || is_of(type, "application/octet-stream");
  if (is_of(type, "text/event-stream")) {
    co_await pass_on_events(line, *answer);
  } else if (forward_.speaks && sound) {
    co_await pass_on_sound(line, *answer);
  } else {
    co_await take_whole(line, *answer);
  }
}

/// A page of a proxy's is no answer, whatever its status.
net::Task<> ForwardOrder::take_whole(Line& line, upstream::Answer& answer) {
  std::optional<std::string> body = co_await line.read_all(answer, answer_bytes_max);
  if (!body) co_return;
  std::optional<chat::Usage> usage;
  bool lacks_time = false;
  {
    const json::ScratchReader reader;
    const json::Value root = reader->read(*body, Error::Kind::upstream);
    if (root.kind() != json::Kind::object) {
      co_return line.fail(
          chat::Failure::of(Error(Error::Kind::upstream, "The provider answered no JSON object")));
    }
    lacks_time = forward_.makes_images && !has_time(root);
    if (auto failed = failure_in(root, *body)) co_return line.fail(*std::move(failed));
    if (forward_.makes_images) root.at("data");
    usage = usage_in(root, forward_.makes_images);
    if (Status read = reader->finish(); !read) co_return line.fail(chat::Failure::of(read.error()));
  }
  if (usage) {
    line.bring(*usage);
  } else if (forward_.estimates) {
    line.bring_about(about(body->size()));
  }
  answer_ = lacks_time ? with_time(*body, line.clock().wall()) : *std::move(body);
}

/// What an answer so long has used; of sound that is what was said.
chat::Usage ForwardOrder::about(std::size_t answer_bytes) const {
  chat::Usage usage{.input_fresh = tokens_in(said_bytes())};
  if (!forward_.speaks) usage.output_text = tokens_in(answer_bytes);
  return usage;
}

/// Nobody else is asked from here on.
void ForwardOrder::begin(Line& line, const net::OutFields& fields) {
  line.begin();
  ending_ = exchange_.begin(200, fields);
}

/// False where the client takes no more.
net::Task<bool> ForwardOrder::write(Line& line, std::string_view bytes) {
  if (ending_) ending_ = co_await exchange_.write(bytes);
  if (!ending_) line.fail(client_left());
  co_return static_cast<bool>(ending_);
}

/// The books are written before the client has the end.
net::Task<> ForwardOrder::end(Line& line) {
  line.book();
  if (ending_) ending_ = co_await exchange_.finish();
}

/// One that breaks off has no end.
net::Task<> ForwardOrder::pass_on_sound(Line& line, upstream::Answer& answer) {
  for (;;) {
    const Result<std::string_view> piece = co_await answer.body().read();
    if (!piece) {
      line.fail(piece.error());
      if (exchange_.begun()) ending_ = piece.error();
      break;
    }
    if (piece->empty()) break;
    if (!exchange_.begun()) {
      net::OutFields fields = line.fields();
      fields.add("content-type", answer.field("content-type"));
      begin(line, fields);
    }
    if (!co_await write(line, *piece)) break;
  }
  if (!exchange_.begun()) {
    if (!line.has_failed()) {
      line.fail(Error(Error::Kind::upstream, "The provider answered nothing"));
    }
    co_return;
  }
  line.bring_about(about(0));
  co_await end(line);
}

/// Nothing goes out before an event is here that is no failure; what fails after that is told as
/// one.
net::Task<> ForwardOrder::pass_on_events(Line& line, upstream::Answer& answer) {
  EventWatch watch(forward_.makes_images);
  std::string held;
  for (;;) {
    const Result<std::string_view> piece = co_await answer.body().read();
    if (!piece) {
      line.fail(piece.error());
      break;
    }
    if (piece->empty()) {
      watch.finish();
      break;
    }
    watch.feed(*piece);
    if (exchange_.begun()) {
      if (!co_await write(line, *piece)) break;
      continue;
    }
    held += *piece;
    if (watch.failure() || held.size() > answer_bytes_max) break;
    if (!watch.has_event()) continue;
    begin(line, event_fields(line));
    if (!co_await write(line, std::exchange(held, {}))) break;
  }
  if (!exchange_.begun()) {
    if (watch.failure()) co_return line.fail(*watch.failure());
    if (!line.has_failed()) {
      line.fail(Error(Error::Kind::upstream, "The provider answered nothing"));
    }
    co_return;
  }
  if (line.has_failed() && ending_) {
    ending_ = co_await exchange_.write(broken_off());
  }
  if (watch.usage()) {
    line.bring(*watch.usage());
  } else if (forward_.estimates) {
    line.bring_about(about(watch.text_bytes()));
  }
  co_await end(line);
}

/// What is made stays made when the next account of the same model goes on.
net::Task<> ForwardOrder::make_by_gemini(Line& line) {
  const std::string model = line.target().provider->shown_id() + "/" + line.target().model_id;
  if (streams_) {
    const Error error(Error::Kind::bad_request,
                      "This model's images come whole: ask without stream");
    co_return line.refuse(chat::Failure::of(error));
  }
  if (std::exchange(made_by_, model) != model) images_.clear();
  while (std::ssize(images_) < pieces_ && !line.has_failed()) co_await make_one_by_gemini(line);
  if (line.has_failed()) co_return;
  answer_.clear();
  json::Writer out(answer_);
  out.begin_object().key("created").integer(to_millis(line.clock().wall()) / 1000);
  out.key("data").begin_array();
  for (const std::string& image : images_) {
    out.begin_object().key("b64_json").text(image).end_object();
  }
  out.end_array().end_object();
}

net::Task<> ForwardOrder::make_one_by_gemini(Line& line) {
  const Result<dialect::Outbound> outbound =
      dialect::gemini::ask_for_image(body_, line.target().model_id);
  if (!outbound) co_return line.refuse(chat::Failure::of(outbound.error()));
  const std::unique_ptr<upstream::Answer> answer = co_await line.ask(*outbound);
  if (answer == nullptr) co_return;
  const std::optional<std::string> said = co_await line.read_all(*answer, image_bytes_max);
  if (!said) co_return;
  auto made = dialect::gemini::read_images(*said);
  if (!made) co_return line.refuse(chat::Failure::of(made.error()));
  line.bring(made->usage);
  std::ranges::move(made->images, std::back_inserter(images_));
}

net::Task<Status> ForwardOrder::reply(net::Exchange& exchange, net::OutFields fields) {
  fields.add("content-type", "application/json");
  co_return co_await exchange.reply(200, std::move(fields), std::move(answer_));
}

/// Clients of images have always read it so.
void ForwardOrder::phrase(chat::Failure& failure) const {
  if (forward_.makes_images) failure.type = failure.code = "upstream_error";
}

}  // namespace omni::pipeline
