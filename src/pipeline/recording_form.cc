#include "pipeline/recording_form.h"

#include <utility>

#include "base/strings.h"

namespace omni::pipeline {
namespace {

using Kind = net::FormReader::Item::Kind;

Error invalid() { return {Error::Kind::bad_request, "Invalid multipart form data"}; }

/// The words of the contract for what is no form; whatever else went wrong says so itself.
Error told(const Error& error) {
  const bool malformed = error.kind() == Error::Kind::bad_request ||
                         error.kind() == Error::Kind::unsupported_media;
  return malformed ? invalid() : error;
}

}  // namespace

net::Task<Status> RecordingForm::read(net::Exchange& exchange) {
  const net::MultipartLimits limits{.parts_max = fields_max + 1};
  const auto reader =
      net::FormReader::open(exchange.request().field("content-type"), exchange.body(), limits);
  if (!reader) co_return told(reader.error());
  if (Status read = co_await read_parts(**reader); !read) co_return read;
  co_return check();
}

net::Task<Status> RecordingForm::read_parts(net::FormReader& reader) {
  for (;;) {
    const Result<net::FormReader::Item> item = co_await reader.next();
    if (!item) co_return told(item.error());
    Status taken = Nothing{};
    switch (item->kind) {
      case Kind::part:
        taken = begin(item->head);
        break;
      case Kind::data:
        taken = co_await take(item->data);
        break;
      case Kind::part_end:
        taken = end();
        break;
      case Kind::end:
        co_return taken;
    }
    if (!taken) co_return taken;
  }
}

Status RecordingForm::begin(const net::PartHead& head) {
  name_ = head.name;
  in_file_ = head.name == "file";
  if (!in_file_) return Nothing{};
  if (std::exchange(has_file_, true)) return invalid();  // which of the two?
  request_.file_name = head.filename.value_or("");
  request_.media_type = head.content_type;
  return Nothing{};
}

net::Task<Status> RecordingForm::take(std::string_view data) {
  if (in_file_) co_return co_await recording_.add(data);
  if (value_.size() + data.size() > field_bytes_max) {
    co_return Error(Error::Kind::too_large, "A field of the form is too long");
  }
  value_.append(data);
  co_return Nothing{};
}

Status RecordingForm::end() {
  if (std::exchange(in_file_, false)) return Nothing{};
  const std::string value = std::exchange(value_, {});
  if (!is_utf8(value)) return invalid();
  if (name_ != "model") return dialect::add_field(name_, value, request_);
  request_.model = value;
  return Nothing{};
}

Status RecordingForm::check() const {
  if (request_.model.empty()) return Error(Error::Kind::bad_request, "Missing model");
  if (recording_.size() > 0) return Nothing{};
  return Error(Error::Kind::bad_request, "file is required");
}

}  // namespace omni::pipeline
