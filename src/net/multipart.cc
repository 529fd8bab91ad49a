// multipart/form-data, read strictly:
//
//     [preamble CRLF] "--" boundary CRLF
//     Content-Disposition: form-data; name="file"; filename="a.txt" CRLF
//     Content-Type: text/plain CRLF
//     CRLF
//     data CRLF "--" boundary (CRLF next part | "--" [CRLF epilogue])
//
// A CR stands in the delimiter only at its beginning, so the delimiter overlaps with nothing but
// itself: a match that breaks off is data as a whole, and only the last CR of a piece of input can
// begin one that goes on in the next.

#include "net/multipart.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "base/strings.h"
#include "net/fields.h"
#include "net/url.h"

namespace omni::net {
namespace {

constexpr std::size_t boundary_bytes_max = 70;
constexpr std::size_t ignored_bytes_max = 4096;
constexpr std::size_t name_bytes_max = 256;
constexpr std::size_t filename_bytes_max = 1024;
constexpr std::size_t content_type_bytes_max = 256;

Error refused(std::string why) { return {Error::Kind::bad_request, std::move(why)}; }
Error too_large(std::string why) { return {Error::Kind::too_large, std::move(why)}; }

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool consists_of(std::string_view text, std::string_view extra) {
  return std::all_of(text.begin(), text.end(), [extra](char c) {
    return is_alphanumeric(c) || extra.find(c) != std::string_view::npos;
  });
}

bool is_boundary(std::string_view text) {
  return !text.empty() && text.size() <= boundary_bytes_max && text.back() != ' ' &&
         consists_of(text, "'()+_,-./:=? ");
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

struct Parameter {
  std::string_view name;
  std::string value;
};

/// The inside of the quoted string that `rest` begins with.  Only quotes and backslashes can be
/// escaped: browsers and curl write any other backslash as it is.
Result<std::string> cut_quoted(std::string_view& rest) {
  std::string value;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return value;
    }
    const bool escape =
        rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\');
    if (escape) ++i;
    value.push_back(rest[i]);
  }
  return refused("a quoted parameter of a header field has no end");
}

/// Cuts `; name=value` off `rest`, the parameters of a header field; nothing at their end.
Result<std::optional<Parameter>> cut_parameter(std::string_view& rest) {
  const auto malformed = [] { return refused("a parameter of a header field is malformed"); };
  rest = trim(rest);
  if (rest.empty()) return std::optional<Parameter>();
  if (rest.front() != ';') return malformed();
  rest = trim(rest.substr(1));
  if (rest.empty()) return std::optional<Parameter>();
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos) return malformed();
  Parameter parameter{.name = rest.substr(0, equals), .value = {}};
  rest.remove_prefix(equals + 1);
  if (!is_token(parameter.name)) return malformed();
  if (rest.starts_with('"')) {
    Result<std::string> value = cut_quoted(rest);
    if (!value) return std::move(value).error();
    parameter.value = *std::move(value);
  } else {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    parameter.value = trim(rest.substr(0, end));
    rest.remove_prefix(end);
    const bool plain = parameter.value.find_first_of(" \t\"") == std::string::npos;
    if (parameter.value.empty() || !plain) return malformed();
  }
  return std::optional<Parameter>(std::move(parameter));
}

/// The value before the parameters, which `field` becomes.
std::string_view cut_value(std::string_view& field) {
  const std::size_t end = std::min(field.find(';'), field.size());
  const std::string_view value = trim(field.substr(0, end));
  field.remove_prefix(end);
  return value;
}

/// RFC 5987: UTF-8'language'percent-encoded.
std::optional<std::string> decode_extended(std::string_view text) {
  const std::string_view charset = cut(text, '\'');
  const std::size_t language_end = text.find('\'');
  if (!equals_ignoring_case(charset, "utf-8") || language_end == std::string_view::npos) {
    return std::nullopt;
  }
  return percent_decode(text.substr(language_end + 1));
}

/// What a client may put into a name or a file name.
Status check_text(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) return too_large("a name in the head of a part is too long");
  if (has_control(text)) return refused("a name in the head of a part holds a control character");
  if (!is_utf8(text)) return refused("a name in the head of a part is not valid UTF-8");
  return Nothing{};
}

/// Keeps the first value of a parameter; a second one would be for another reader.
Status keep(std::optional<std::string>& place, std::string value, std::size_t bytes_max) {
  if (place) return refused("the Content-Disposition of a part has a parameter twice");
  if (Status status = check_text(value, bytes_max); !status) return status;
  place = std::move(value);
  return Nothing{};
}

Status read_disposition(std::string_view field, PartHead& head) {
  if (!equals_ignoring_case(cut_value(field), "form-data")) {
    return refused("the Content-Disposition of a part is not form-data");
  }
  std::optional<std::string> name;
  std::optional<std::string> extended;
  for (;;) {
    Result<std::optional<Parameter>> next = cut_parameter(field);
    if (!next) return std::move(next).error();
    if (!*next) break;
    Parameter& parameter = **next;
    Status status = Nothing{};
    if (equals_ignoring_case(parameter.name, "name")) {
      status = keep(name, std::move(parameter.value), name_bytes_max);
    } else if (equals_ignoring_case(parameter.name, "filename")) {
      status = keep(head.filename, std::move(parameter.value), filename_bytes_max);
    } else if (equals_ignoring_case(parameter.name, "filename*")) {
      std::optional<std::string> decoded = decode_extended(parameter.value);
      if (!decoded) return refused("the filename* of a part is not percent-encoded UTF-8");
      status = keep(extended, *std::move(decoded), filename_bytes_max);
    }
    if (!status) return status;
  }
  if (!name || name->empty()) return refused("a part has no name");
  head.name = *std::move(name);
  if (extended) head.filename = std::move(extended);
  return Nothing{};
}

Status read_content_type(std::string_view field, PartHead& head) {
  if (field.size() > content_type_bytes_max) {
    return too_large("the Content-Type of a part is too long");
  }
  if (!is_utf8(field)) return refused("the Content-Type of a part is not valid UTF-8");
  head.content_type = field;
  return Nothing{};
}

struct Field {
  std::string_view name;
  std::string_view value;
};

/// Cuts a line off `head`, whose every line ends with CRLF.
Result<Field> cut_field(std::string_view& head) {
  const std::size_t end = head.find("\r\n");
  const std::string_view line = head.substr(0, end);
  head.remove_prefix(end + 2);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return refused("the head of a part holds a line that is no header field");
  }
  const auto is_control = [](char c) { return c != '\t' && has_control({&c, 1}); };
  if (std::any_of(line.begin(), line.end(), is_control)) {
    return refused("the head of a part holds a control character or a bare LF");
  }
  return Field{.name = line.substr(0, colon), .value = trim(line.substr(colon + 1))};
}

Result<PartHead> parse_part_head(std::string_view text) {
  PartHead head;
  bool has_disposition = false;
  bool has_content_type = false;
  while (!text.empty()) {
    const Result<Field> field = cut_field(text);
    if (!field) return field.error();
    Status status = Nothing{};
    if (equals_ignoring_case(field->name, "content-disposition")) {
      if (std::exchange(has_disposition, true)) {
        return refused("a part has two Content-Disposition fields");
      }
      status = read_disposition(field->value, head);
    } else if (equals_ignoring_case(field->name, "content-type")) {
      if (std::exchange(has_content_type, true)) {
        return refused("a part has two Content-Type fields");
      }
      status = read_content_type(field->value, head);
    } else if (equals_ignoring_case(field->name, "content-transfer-encoding")) {
      // The others mean that the data would have to be decoded, which nobody has sent since 2015.
      const std::string coding = to_lower(field->value);
      if (coding != "binary" && coding != "8bit" && coding != "7bit") {
        return refused("a part has a Content-Transfer-Encoding that is not binary");
      }
    }
    if (!status) return std::move(status).error();
  }
  if (!has_disposition) return refused("a part has no Content-Disposition");
  return head;
}

}  // namespace

Result<std::string> multipart_boundary(std::string_view content_type) {
  if (!equals_ignoring_case(cut_value(content_type), "multipart/form-data")) {
    return refused("the Content-Type is not multipart/form-data");
  }
  std::optional<std::string> boundary;
  for (;;) {
    Result<std::optional<Parameter>> parameter = cut_parameter(content_type);
    if (!parameter) return std::move(parameter).error();
    if (!*parameter) break;
    if (!equals_ignoring_case((*parameter)->name, "boundary")) continue;
    if (boundary) return refused("the Content-Type has two boundaries");
    boundary = std::move((*parameter)->value);
  }
  if (!boundary) return refused("the Content-Type has no boundary");
  if (!is_boundary(*boundary)) return refused("the boundary of the Content-Type is malformed");
  return *std::move(boundary);
}

MultipartParser::MultipartParser(const std::string& boundary, PartSink& sink,
                                 MultipartLimits limits)
    : delimiter_("\r\n--" + boundary), sink_(sink), limits_(limits) {
  OMNI_ASSERT(is_boundary(boundary));
  expect_boundary();
}

Status MultipartParser::feed(std::string_view in) {
  while (!in.empty()) {
    if (Status status = advance(in); !status) {
      state_ = State::failed;
      return status;
    }
  }
  return Nothing{};
}

Status MultipartParser::finish() const {
  if (state_ == State::closed || state_ == State::epilogue) return Nothing{};
  return refused("the multipart body has no closing boundary");
}

Status MultipartParser::advance(std::string_view& in) {
  switch (state_) {
    case State::preamble:
    case State::data:
      return take_content(in);
    case State::head:
      return take_head(in);
    case State::epilogue:
      return take_epilogue(in);
    case State::failed:
      return refused("the multipart body is already refused");
    default:
      return take_boundary_end(in);
  }
}

/// At the beginning of the body and after the empty line of a part, the end of the line before is
/// there already: a boundary may follow at once.
void MultipartParser::expect_boundary() { matched_ = assumed_ = 2; }

Status MultipartParser::take_content(std::string_view& in) {
  while (matched_ > 0) {
    if (in.empty()) return Nothing{};
    if (in.front() == delimiter_[matched_]) {
      in.remove_prefix(1);
      if (++matched_ == delimiter_.size()) return end_content();
      continue;
    }
    const auto matched = std::string_view(delimiter_).substr(0, std::exchange(matched_, 0));
    Status status = content(matched.substr(std::exchange(assumed_, 0)));
    if (!status) return status;
  }
  // find() would stop at every CR, at a hundredth of the speed where there is nothing else.
  const void* found = memmem(in.data(), in.size(), delimiter_.data(), delimiter_.size());
  if (found != nullptr) {
    const auto size = static_cast<std::size_t>(static_cast<const char*>(found) - in.data());
    Status status = content(in.substr(0, size));
    in.remove_prefix(size + delimiter_.size());
    return status ? end_content() : status;
  }
  // The delimiter is not in `in`, so at most all but one byte of it are at the end.
  const std::string_view tail = in.substr(in.size() - std::min(in.size(), delimiter_.size() - 1));
  const std::size_t cr = tail.rfind('\r');
  if (cr != std::string_view::npos && delimiter_.starts_with(tail.substr(cr))) {
    matched_ = tail.size() - cr;
  }
  const std::string_view data = in.substr(0, in.size() - matched_);
  in = {};
  return content(data);
}

Status MultipartParser::take_boundary_end(std::string_view& in) {
  const char c = in.front();
  in.remove_prefix(1);
  if (state_ == State::boundary && c == '\r') {
    state_ = State::boundary_cr;
  } else if (state_ == State::boundary && c == '-') {
    state_ = State::boundary_dash;
  } else if (state_ == State::boundary_cr && c == '\n') {
    state_ = State::head;
  } else if (state_ == State::boundary_dash && c == '-') {
    state_ = State::closed;
  } else if (state_ == State::closed && c == '\r') {
    state_ = State::closed_cr;
  } else if (state_ == State::closed_cr && c == '\n') {
    state_ = State::epilogue;
  } else {
    return refused("a boundary of the multipart body is not followed by CRLF or --");
  }
  return Nothing{};
}

Status MultipartParser::take_head(std::string_view& in) {
  const std::size_t before = head_.size();
  const std::size_t bytes_max = limits_.head_bytes_max + 2;  // with the empty line
  head_.append(in.substr(0, bytes_max - before));
  if (head_.starts_with("\r\n")) return refused("a part has no head");
  const std::size_t end = head_.find("\r\n\r\n", before - std::min<std::size_t>(before, 3));
  if (end == std::string::npos) {
    if (head_.size() == bytes_max) return too_large("the head of a part is too long");
    in = {};
    return Nothing{};
  }
  in.remove_prefix(end + 4 - before);
  head_.resize(end + 2);
  return begin_part();
}

Status MultipartParser::take_epilogue(std::string_view& in) {
  const std::size_t size = in.size();
  in = {};
  return ignore(size);
}

Status MultipartParser::begin_part() {
  if (parts_ == limits_.parts_max) return too_large("the multipart body has too many parts");
  ++parts_;
  const Result<PartHead> head = parse_part_head(head_);
  if (!head) return head.error();
  head_.clear();
  state_ = State::data;
  expect_boundary();
  return sink_.part_begin(*head);
}

Status MultipartParser::content(std::string_view data) {
  if (data.empty()) return Nothing{};
  return state_ == State::data ? sink_.part_data(data) : ignore(data.size());
}

Status MultipartParser::end_content() {
  const bool in_part = state_ == State::data;
  state_ = State::boundary;
  matched_ = assumed_ = 0;
  return in_part ? sink_.part_end() : Nothing{};
}

Status MultipartParser::ignore(std::size_t bytes) {
  ignored_ += bytes;
  if (ignored_ <= ignored_bytes_max) return Nothing{};
  return too_large("the multipart body has too much before or after its parts");
}

}  // namespace omni::net
