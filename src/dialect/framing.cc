// Every byte is looked at twice, by memchr for LF and for CR, however the bytes are cut up: a line
// that has begun is kept as a copy that is never scanned again, and an event that has begun as the
// fields read so far.

#include "dialect/framing.h"

#include <algorithm>

#include "base/strings.h"

namespace omni::dialect {
namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";

}  // namespace

void LineSplitter::feed(std::string_view bytes) {
  offset_ += bytes_.size();
  bytes_ = bytes;
  at_ = 0;
  lf_ = std::min(bytes.find('\n'), bytes.size());
}

/// Of the line at at_, or the end of the bytes.
std::size_t LineSplitter::find_end() {
  if (lf_ < at_) lf_ = std::min(bytes_.find('\n', at_), bytes_.size());
  if (ends_ == Ends::lf) return lf_;
  const std::size_t cr = bytes_.substr(at_, lf_ - at_).find('\r');
  return cr == std::string_view::npos ? lf_ : at_ + cr;
}

void LineSplitter::skip_lf_of_crlf() {
  if (!after_cr_ || at_ == bytes_.size()) return;
  if (bytes_[at_] == '\n') ++at_;
  after_cr_ = false;
}

std::optional<std::string_view> LineSplitter::next() {
  if (too_long_) return std::nullopt;
  skip_lf_of_crlf();
  const std::size_t end = find_end();
  const bool ended = end < bytes_.size();
  if (!ended && !(finished_ && (has_begun_ || at_ < end))) return std::nullopt;
  std::string_view line = bytes_.substr(at_, end - at_);
  at_ = end;
  if (ended) {
    ++at_;
    after_cr_ = bytes_[end] == '\r';
    skip_lf_of_crlf();
  }
  if (has_begun_) {
    begun_.append(line);
    line = begun_;
    has_begun_ = false;
  }
  too_long_ = line.size() > frame_bytes_max;
  if (too_long_) return std::nullopt;
  if (first_ && line.starts_with(bom)) line.remove_prefix(bom.size());
  first_ = false;
  return line;
}

void LineSplitter::keep() {
  const std::string_view rest = bytes_.substr(at_);
  if (!rest.empty() && !too_long_) {
    if (!has_begun_) begun_.clear();
    has_begun_ = true;
    begun_.append(rest);
    too_long_ = begun_.size() > frame_bytes_max;
  }
  feed({});
}

std::optional<SseReader::Event> SseReader::next() {
  while (!too_long()) {
    const std::optional<std::string_view> line = lines_.next();
    if (!line) {
      const bool between = !has_data_ && name_.empty() && !lines_.has_begun();
      if (between) begin_ = lines_.offset();  // comments are no part of what follows them
      keep();
      return lines_.finished() && !too_long() ? complete() : std::nullopt;
    }
    if (!line->empty()) {
      take(*line);
    } else if (const std::optional<Event> event = complete()) {
      return event;
    }
  }
  return std::nullopt;
}

/// Of a line there is a field's name, a colon, perhaps a blank, and its value.  A line that begins
/// with a colon is a comment; other fields than these two tell nothing about an event.
void SseReader::take(std::string_view line) {
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string_view field = line.substr(0, colon);
  std::string_view value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    take_data(value);
  } else if (field == "event") {
    name_ = value;
  }
}

void SseReader::take_data(std::string_view value) {
  if (!has_data_) {
    has_data_ = true;
    data_ = value;
    return;
  }
  if (data_.data() != kept_data_.data()) kept_data_.assign(data_);
  kept_data_.append("\n").append(value);
  data_ = kept_data_;
  too_long_ = data_.size() > frame_bytes_max;
}

std::optional<SseReader::Event> SseReader::complete() {
  const Event event{name_, has_data_ ? data_ : std::string_view{}, begin_, lines_.offset()};
  name_ = {};
  data_ = {};
  has_data_ = false;
  begin_ = event.end;
  return event.data.empty() ? std::nullopt : std::optional(event);
}

/// Lets go of the bytes, so that what has begun needs a place of its own.
void SseReader::keep() {
  if (name_.data() != kept_name_.data()) kept_name_.assign(name_);
  if (has_data_ && data_.data() != kept_data_.data()) kept_data_.assign(data_);
  name_ = kept_name_;
  if (has_data_) data_ = kept_data_;
  lines_.keep();
}

std::optional<std::string_view> LineReader::next() {
  while (const std::optional<std::string_view> line = lines_.next()) {
    if (const std::string_view document = trim(*line); !document.empty()) return document;
  }
  lines_.keep();
  return std::nullopt;
}

void flatten(std::string& text, std::size_t from) {
  const auto is_line_end = [](char c) { return c == '\n' || c == '\r'; };
  std::replace_if(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), is_line_end, ' ');
}

}  // namespace omni::dialect
