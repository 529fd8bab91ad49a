#include "pipeline/transcription_order.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "dialect/openai_chat/transcription.h"
#include "json/writer.h"
#include "net/loop.h"
#include "upstream/special/assemblyai.h"
#include "upstream/transcription.h"

namespace omni::pipeline {
namespace {

using catalog::Model;
using catalog::Target;
using chat::Failure;

constexpr std::size_t boundary_letters = 40;

// What a recording costs is known when it was heard.  Until then it is taken for one of 64 kbit/s,
// of which OpenAI makes ten tokens a second.
constexpr std::int64_t bytes_per_ms = 8;
constexpr std::int64_t ms_per_token = 100;

bool takes_recordings(const route::Directory& directory, const Target& target) {
  if (!may_be(directory, target, Model::Kind::transcription)) return false;
  if (target.provider->transcriptions) return true;
  const catalog::Endpoint* endpoint = target.provider->find_endpoint(chat::Dialect::openai_chat);
  return endpoint != nullptr && endpoint->path.empty();
}

/// A failure of whoever was asked, as clients of transcripts have always read it.
std::string write_failure(const Failure& failure) {
  std::string body;
  json::Writer out(body);
  out.begin_object().key("error").begin_object().key("message").text(failure.message);
  if (!failure.type.empty()) out.key("type").text(failure.type);
  out.key("code").integer(failure.status).end_object().end_object();
  return body;
}

}  // namespace

TranscriptionOrder::TranscriptionOrder(const Parts& parts, net::Exchange& exchange)
    : parts_(parts), exchange_(exchange), form_(parts.workers, parts.upload_folder) {}

net::Task<Status> TranscriptionOrder::read() {
  read_ = co_await form_.read(exchange_);
  if (read_) {
    asked_ = describe();
  } else if (const Error::Kind kind = read_.error().kind();
             kind == Error::Kind::cancelled || kind == Error::Kind::timed_out) {
    co_return read_;
  }
  co_return Nothing{};
}

/// Its bytes are nothing to keep.
std::string TranscriptionOrder::describe() const {
  const dialect::TranscriptionRequest& request = form_.request();
  std::string text;
  json::Writer out(text);
  out.begin_object().key("model").text(request.model).key("file").text(request.file_name);
  out.key("bytes").integer(static_cast<std::int64_t>(form_.recording().size()));
  out.key("fields").begin_array();
  for (const auto& [name, value] : request.fields) {
    out.begin_array().text(name).text(value).end_array();
  }
  out.end_array().end_object();
  return text;
}

Status TranscriptionOrder::narrow(const route::Directory& directory, route::Plan& plan) const {
  std::erase_if(plan.targets, [&directory](const route::PlannedTarget& target) {
    return !takes_recordings(directory, target);
  });
  if (!plan.targets.empty()) return Nothing{};
  return Error(Error::Kind::bad_request,
               "The model " + form_.request().model + " is no transcription model");
}

chat::Usage TranscriptionOrder::expected() const {
  chat::Usage usage;
  usage.audio_ms = static_cast<std::int64_t>(form_.recording().size()) / bytes_per_ms;
  usage.input_audio = usage.audio_ms / ms_per_token;
  return usage;
}

const account::Base* TranscriptionOrder::base_of(const account::Account& account) const {
  return upstream::transcription_base(account);
}

net::Task<> TranscriptionOrder::serve(Line& line) {
  was_served_ = true;
  dialect::TranscriptionRequest request = form_.request();
  request.model = line.target().model_id;
  auto got = co_await upstream::ask_for_transcript(
      parts_.upstream, line.destination(), {.request = &request, .bytes = &form_.recording()},
      new_token(parts_.random, boundary_letters));
  if (!got && got.error().code() == upstream::unheard_code) {
    Failure failure = Failure::of(got.error());
    failure.status = 500;
    co_return line.refuse(std::move(failure));
  }
  const std::unique_ptr<upstream::Answer> answer = co_await line.take(std::move(got));
  if (answer == nullptr) co_return;
  if (answer->field("content-type").starts_with("text/event-stream")) {
    co_await pass_on(line, *answer);
  } else {
    co_await take(line, *answer, request);
  }
}

net::Task<> TranscriptionOrder::take(Line& line, upstream::Answer& answer,
                                     const dialect::TranscriptionRequest& request) {
  std::optional<std::string> body = co_await line.read_all(answer, answer_bytes_max);
  if (!body) co_return;
  Result<dialect::TranscriptReply> reply = upstream::read_transcript(
      *line.target().provider, answer.field("content-type"), *std::move(body), request);
  if (!reply && reply.error().kind() == Error::Kind::bad_request) {
    co_return line.refuse(Failure::of(reply.error()));
  }
  if (!reply) co_return line.fail(reply.error());
  reply_ = *std::move(reply);
  if (reply_.usage) line.bring(*reply_.usage);
}

/// Once the client has the beginning nobody else is asked.
net::Task<> TranscriptionOrder::pass_on(Line& line, upstream::Answer& answer) {
  dialect::TranscriptTap tap;
  net::OutFields fields = line.fields();
  fields.add("content-type", answer.field("content-type")).add("cache-control", "no-cache");
  while (ending_) {
    const Result<std::string_view> piece = co_await answer.body().read();
    if (!piece) {
      line.fail(piece.error());
      ending_ = piece.error();
    } else if (piece->empty()) {
      break;
    } else {
      tap.feed(*piece);
      if (!exchange_.begun()) {
        line.begin();
        ending_ = exchange_.begin(200, fields);
      }
      if (ending_) ending_ = co_await exchange_.write(*piece);
    }
  }
  tap.finish();
  if (tap.usage()) line.bring(*tap.usage());
  if (!exchange_.begun()) {
    if (!line.has_failed()) {
      line.fail(Error(Error::Kind::upstream, "The provider answered nothing"));
    }
    ending_ = Nothing{};  // another may be asked
    co_return;
  }
  line.book();
  if (ending_) ending_ = co_await exchange_.finish();
}

net::Task<Status> TranscriptionOrder::reply(net::Exchange& exchange, net::OutFields fields) {
  fields.add("content-type", reply_.type);
  co_return co_await exchange.reply(200, std::move(fields), std::move(reply_.body));
}

net::Task<Status> TranscriptionOrder::refuse(net::Exchange& exchange, Failure failure,
                                             net::OutFields fields) {
  if (!was_served_) {
    co_return co_await ClientOrder::refuse(exchange, std::move(failure), std::move(fields));
  }
  co_return co_await reply_failure(exchange, failure, write_failure(failure), std::move(fields));
}

}  // namespace omni::pipeline
