#include "pipeline/forward_order.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
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

constexpr std::int64_t pieces_max = 10;

constexpr std::array<std::string_view, 1> prompt{"prompt"}, input{"input"};
constexpr std::array<std::string_view, 2> ranking{"query", "documents"};

constexpr std::array<Forward, 5> forwards{{
    {.path = "/images/generations",
     .kind = "image",
     .models = Model::Kind::image,
     .required = prompt,
     .missing = "Prompt is required for image model: {}",
     .makes_images = true},
    {.path = "/audio/speech", .kind = "speech", .models = Model::Kind::speech, .required = input},
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

/// Keeps what a stream of events says was used.
class UsageWatch {
 public:
  void feed(std::string_view bytes) {
    reader_.feed(bytes);
    while (const auto event = reader_.next()) {
      if (event->data.find("\"usage\"") != std::string_view::npos) read(event->data);
    }
  }
  const std::optional<chat::Usage>& usage() const { return usage_; }

 private:
  void read(std::string_view data) {
    const json::ScratchReader reader;
    const json::Value root = reader->read(data);
    if (root.kind() != json::Kind::object) return;
    if (auto read = dialect::read_service_usage(root.find("usage"))) usage_ = read;
  }

  dialect::SseReader reader_;
  std::optional<chat::Usage> usage_;
};

bool is_json(std::string_view content_type) {
  return content_type.empty() || content_type.find("json") != std::string_view::npos;
}

/// The time stands in every list of images, also where the provider says none.
std::string with_time(const json::Envelope& answer, Clock::Wall now) {
  return answer.splice({{"created", json::Raw::trusted(std::to_string(to_millis(now) / 1000))}});
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
  if (const json::Value n = root.find("n"); n && forward_.makes_images) {
    pieces_ = n.integer();
    if (pieces_ < 1 || pieces_ > pieces_max) n.refuse("expected a number from 1 to 10");
  }
  if (Status read = reader->finish(); !read) return read;
  if (model_.empty()) return Error(Error::Kind::bad_request, "Missing model");
  return check_members();
}

Status ForwardOrder::check_members() const {
  for (const std::string_view name : forward_.required) {
    const json::Envelope::Member* member = envelope_->find(name);
    const bool said = member != nullptr && member->value != "null" && member->value != "\"\"";
    if (said) continue;
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

Status ForwardOrder::narrow(route::Plan& plan) const {
  const auto fits = [this](const Target& target) {
    const bool by_chat = forward_.makes_images && target.provider->endpoints.size() == 1 &&
                         target.provider->endpoints.front().dialect == Dialect::gemini;
    if (target.model != nullptr && target.model->kind != forward_.models) {
      if (!by_chat || target.model->kind != Model::Kind::chat) return false;
    }
    return std::ranges::any_of(target.provider->endpoints, [this](const catalog::Endpoint& each) {
      return each.path.empty() && serves(each.dialect);
    });
  };
  std::erase_if(plan.targets, [&](const route::PlannedTarget& target) { return !fits(target); });
  if (!plan.targets.empty()) return Nothing{};
  return Error(Error::Kind::bad_request,
               "The model " + model_ + " is no " + std::string(forward_.kind) + " model");
}

chat::Usage ForwardOrder::expected() const {
  chat::Usage usage{.input_fresh = tokens_in(body_.size())};
  if (forward_.makes_images) usage.images = pieces_;
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
  if (is_json(answer->field("content-type"))) {
    co_await take_whole(line, *answer);
  } else {
    co_await pass_on(line, *answer);
  }
}

net::Task<> ForwardOrder::take_whole(Line& line, upstream::Answer& answer) {
  std::optional<std::string> body = co_await line.read_all(answer, answer_bytes_max);
  if (!body) co_return;
  const Result<json::Envelope> whole = json::Envelope::scan(*body);
  if (!whole) co_return line.fail(Error(Error::Kind::upstream, "The provider answered no object"));
  std::optional<chat::Usage> usage;
  {
    const json::ScratchReader reader;
    const json::Value root = reader->read(*body, Error::Kind::upstream);
    usage = dialect::read_service_usage(root.find("usage"));
    if (forward_.makes_images) {
      std::int64_t images = 0;
      for ([[maybe_unused]] const json::Value image : root.at("data").items()) ++images;
      if (!usage) usage.emplace().images = images;
      // Where it is tokens that are told, those of the answer are of images.
      usage->output_image += std::exchange(usage->output_text, 0);
    }
    if (Status read = reader->finish(); !read) co_return line.fail(read.error());
  }
  if (usage) {
    line.bring(*usage);
  } else if (forward_.estimates) {
    line.bring_about(about(body->size()));
  }
  answer_ = forward_.makes_images && whole->find("created") == nullptr
                ? with_time(*whole, line.clock().wall())
                : *std::move(body);
}

chat::Usage ForwardOrder::about(std::size_t answer_bytes) const {
  return {.input_fresh = tokens_in(body_.size()), .output_text = tokens_in(answer_bytes)};
}

/// Sound, or events of a stream.  Once the client has the beginning nobody else is asked.
net::Task<> ForwardOrder::pass_on(Line& line, upstream::Answer& answer) {
  UsageWatch watch;
  const std::string type(answer.field("content-type"));
  const bool events = type.find("event-stream") != std::string::npos;
  std::size_t bytes = 0;
  for (;;) {
    const Result<std::string_view> piece = co_await answer.body().read();
    if (!piece) {
      line.fail(piece.error());
      ending_ = piece.error();
      break;
    }
    if (piece->empty()) break;
    if (events) watch.feed(*piece);
    bytes += piece->size();
    if (!exchange_.begun()) {
      line.begin();
      net::OutFields fields = line.fields();
      fields.add("content-type", type);
      if (Status begun = exchange_.begin(200, fields); !begun) ending_ = begun.error();
    }
    if (ending_) ending_ = co_await exchange_.write(*piece);
    if (!ending_) break;
  }
  if (bytes == 0 && !line.has_failed()) {
    line.fail(Error(Error::Kind::upstream, "The provider answered nothing"));
  }
  if (watch.usage()) {
    line.bring(*watch.usage());
  } else if (bytes > 0 && forward_.estimates) {
    line.bring_about(about(bytes));
  }
  if (bytes == 0) co_return;
  line.book();
  if (ending_) ending_ = co_await exchange_.finish();
}

net::Task<> ForwardOrder::make_by_gemini(Line& line) {
  std::string body;
  json::Writer out(body);
  out.begin_object().key("created").integer(to_millis(line.clock().wall()) / 1000);
  out.key("data").begin_array();
  for (std::int64_t i = 0; i < pieces_; ++i) {
    dialect::Outbound outbound;
    {
      const json::ScratchReader reader;
      outbound = dialect::gemini::ask_for_image(reader->read(body_), line.target().model_id);
    }
    const std::unique_ptr<upstream::Answer> answer = co_await line.ask(outbound);
    if (answer == nullptr) co_return;
    const std::optional<std::string> said = co_await line.read_all(*answer, answer_bytes_max);
    if (!said) co_return;
    const auto made = dialect::gemini::read_images(*said);
    if (!made) co_return line.fail(made.error());
    line.bring(made->usage);
    for (const std::string& image : made->images) {
      out.begin_object().key("b64_json").text(image).end_object();
    }
  }
  out.end_array().end_object();
  answer_ = std::move(body);
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
