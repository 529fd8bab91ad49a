#include "pipeline/notices.h"

#include "json/writer.h"
#include "meter/call_members.h"
#include "meter/watch.h"

namespace omni::pipeline {
namespace {

using meter::Topic;

bool is_watched(const Parts& parts, const Inquiry& inquiry) {
  return parts.watch.feed.wants(Topic::request) && !inquiry.permit().keeps_no_log();
}

}  // namespace

void tell_started(const Parts& parts, const Inquiry& inquiry, std::string_view request_id) {
  if (!is_watched(parts, inquiry)) return;
  std::string text;
  json::Writer out(text);
  out.begin_object().key("id").text(request_id);
  out.key("timestamp").text(iso8601(parts.clock.wall()));
  out.key("sourceFormat").text(name_of(inquiry.incoming().dialect));
  out.key("requestedModel").text(inquiry.draft().model);
  out.key("stream").boolean(inquiry.draft().stream);
  out.key("apiKeyId").text(inquiry.permit().key_id()).end_object();
  parts.watch.feed.tell(Topic::request, "request.started", text);
}

void tell_asked(const Parts& parts, const Inquiry& inquiry, const Attempted& attempt,
                std::uint64_t number) {
  if (!is_watched(parts, inquiry)) return;
  std::string text;
  json::Writer out(text);
  out.begin_object().key("id").text(attempt.request_id);
  out.key("attempt").integer(static_cast<std::int64_t>(number));
  out.key("provider").text(attempt.target->provider->shown_id());
  out.key("model").text(attempt.target->model_id);
  out.key("connectionId").text(attempt.account->id()).end_object();
  parts.watch.feed.tell(Topic::request, "request.updated", text);
}

void tell_finished(const Parts& parts, const store::CallRow& row) {
  if (!parts.watch.feed.wants(Topic::request)) return;
  std::string text;
  json::Writer out(text);
  out.begin_object().key("id").text(row.request_id);
  meter::write_call(out, row, parts.clock.wall());
  out.end_object();
  parts.watch.feed.tell(Topic::request, "request.finished", text);
}

}  // namespace omni::pipeline
