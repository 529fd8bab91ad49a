// Message heads.  Beast's parser reads the lines; what it lets pass and a strict reader must not
// (lists of lengths, codings other than chunked, HTTP/1.0 with a coding, two hosts) is refused
// here.

#include "net/head.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>

#include "base/strings.h"

namespace omni::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BeastView = boost::beast::string_view;

std::string_view view(BeastView text) { return {text.data(), text.size()}; }

/// Beast's parser with all of the call-backs that a head does not need left empty.
template <bool is_request>
class HeadParser : public http::basic_parser<is_request> {
 public:
  error_code read(std::string_view text) {
    error_code error;
    this->header_limit(head_bytes_max + 1);
    this->body_limit(boost::none);  // a route's, and checked where the body is read
    this->put(boost::asio::buffer(text.data(), text.size()), error);
    if (!error && !this->is_header_done()) error = http::error::partial_message;
    return error;
  }

 protected:
  void on_request_impl(http::verb, BeastView, BeastView, int, error_code&) override {}
  void on_response_impl(int, BeastView, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastView, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}
};

/// One Content-Length of digits only: "+5", "5, 5" and "0x5" are lengths to some and not to others.
std::optional<std::uint64_t> strict_length(std::string_view value) { return parse_unsigned(value); }

/// What all Connection fields of a head say together.
struct ConnectionWish {
  bool close = false;
  bool keep_alive = false;

  void add(std::string_view value) {
    close = close || list_has_token(value, "close");
    keep_alive = keep_alive || list_has_token(value, "keep-alive");
  }
  bool persists(bool http11) const { return !close && (http11 || keep_alive); }
};

/// A host with or without a port, roughly: nothing that could be read as another part of a URL.
bool is_host(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~%:[]").find(c) != std::string_view::npos;
  });
}

bool looks_like_other_version(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\r'));
  const std::size_t space = line.rfind(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view version = line.substr(space + 1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return version.size() == 8 && version.starts_with("HTTP/") && digit(version[5]) &&
         version[6] == '.' && digit(version[7]) && version != "HTTP/1.1" && version != "HTTP/1.0";
}

}  // namespace

HeadScanner::Found HeadScanner::scan(std::string_view text) {
  constexpr Refusal bare_lf{400, "a line of the head ends in a bare LF"};
  constexpr Refusal folded{400, "folded header lines are not accepted"};
  text = text.substr(0, head_bytes_max);  // what lies behind has no say, however much came at once
  for (;;) {
    const std::string_view rest = text.substr(line_start_);
    if (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) return {0, folded};
    const std::size_t newline = rest.find('\n');
    if (newline == std::string_view::npos) break;
    if (newline == 0 || rest[newline - 1] != '\r') return {0, bare_lf};
    line_start_ += newline + 1;
    if (newline == 1 && line_start_ > 2) return {line_start_, std::nullopt};
  }
  if (text.size() < head_bytes_max) return {};
  if (line_start_ == 0) return {0, Refusal{414, "the request line is too long"}};
  return {0, Refusal{431, "the request head is too large"}};
}

struct RequestHead::Parser final : HeadParser<true> {
  explicit Parser(RequestHead& head_being_read) : head(head_being_read) {}

  void on_request_impl(http::verb, BeastView method, BeastView target, int version,
                       error_code&) override {
    head.method_ = view(method);
    head.target_ = view(target);
    head.http11_ = version == 11;
  }
  void on_field_impl(http::field, BeastView name, BeastView value, error_code&) override {
    head.fields_.add({view(name), view(value)});
  }

  RequestHead& head;
};

std::optional<Refusal> RequestHead::parse(std::string_view text) {
  text_.assign(text);
  fields_.clear();
  framing_ = {};
  expects_continue_ = false;
  Parser parser(*this);
  const error_code error = parser.read(text_);
  if (error == http::error::bad_version && looks_like_other_version(text_)) {
    return Refusal{505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  }
  if (error) return Refusal{400, "the request head is malformed"};
  if (std::optional<Refusal> refusal = split_target()) return refusal;
  return check_fields();
}

void RequestHead::release() {
  constexpr std::size_t kept_bytes_max = 4 * 1024;
  if (text_.capacity() <= kept_bytes_max && fields_.size() <= kept_bytes_max / sizeof(Field))
    return;
  text_ = {};
  fields_.release();
}

std::optional<Refusal> RequestHead::split_target() {
  constexpr Refusal malformed{400, "the request target is malformed"};
  const bool clean = std::all_of(target_.begin(), target_.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7f && c != '#';
  });
  if (!clean) return malformed;
  std::string_view rest = target_;
  bool absolute = false;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (absolute || !equals_ignoring_case(rest.substr(0, scheme.size()), scheme)) continue;
    absolute = true;
    rest.remove_prefix(scheme.size());
    const std::size_t authority = std::min(rest.find_first_of("/?"), rest.size());
    if (authority == 0 || !is_host(rest.substr(0, authority))) return malformed;
    rest.remove_prefix(authority);
  }
  path_ = cut(rest, '?');
  query_ = rest;
  if (absolute && path_.empty()) path_ = "/";
  const bool asterisk = target_ == "*" && method_ == "OPTIONS";
  return asterisk || path_.starts_with('/') ? std::nullopt : std::optional(malformed);
}

std::optional<Refusal> RequestHead::check_fields() {
  if (fields_.size() > fields_max) return Refusal{431, "the request has too many fields"};
  int hosts = 0, lengths = 0, codings = 0;
  ConnectionWish connection;
  for (const Field& field : fields_) {
    if (equals_ignoring_case(field.name, "host")) {
      if (!is_host(field.value) || ++hosts > 1) return Refusal{400, "exactly one Host is needed"};
    } else if (equals_ignoring_case(field.name, "content-length")) {
      const std::optional<std::uint64_t> length = strict_length(field.value);
      if (!length || ++lengths > 1) return Refusal{400, "Content-Length is malformed or repeated"};
      framing_ = {*length > 0 ? Framing::Kind::length : Framing::Kind::none, *length};
    } else if (equals_ignoring_case(field.name, "transfer-encoding")) {
      if (++codings > 1) return Refusal{400, "Transfer-Encoding is repeated"};
      if (std::optional<Refusal> refusal = check_transfer_encoding(field.value)) return refusal;
    } else if (equals_ignoring_case(field.name, "connection")) {
      connection.add(field.value);
    } else if (equals_ignoring_case(field.name, "expect")) {
      if (!equals_ignoring_case(field.value, "100-continue")) {
        return Refusal{417, "only the expectation 100-continue is understood"};
      }
      expects_continue_ = http11_;
    }
  }
  if (lengths > 0 && codings > 0) {
    return Refusal{400, "Content-Length and Transfer-Encoding exclude each other"};
  }
  if (hosts == 0 && http11_) return Refusal{400, "exactly one Host is needed"};
  keep_alive_ = connection.persists(http11_);
  return std::nullopt;
}

std::optional<Refusal> RequestHead::check_transfer_encoding(std::string_view value) {
  if (!http11_) return Refusal{400, "HTTP/1.0 knows no Transfer-Encoding"};
  if (equals_ignoring_case(value, "chunked")) {
    framing_ = {Framing::Kind::chunked, 0};
    return std::nullopt;
  }
  const std::size_t comma = value.rfind(',');
  const std::string_view last =
      trim(comma == std::string_view::npos ? value : value.substr(comma + 1));
  if (!equals_ignoring_case(last, "chunked")) {
    return Refusal{400, "the last transfer coding must be chunked"};
  }
  return Refusal{501, "chunked is the only transfer coding accepted"};
}

struct ResponseHead::Parser final : HeadParser<false> {
  explicit Parser(ResponseHead& head_being_read) : head(head_being_read) {}

  void on_response_impl(int status, BeastView, int version, error_code&) override {
    head.status_ = status;
    head.http11_ = version == 11;
  }
  void on_field_impl(http::field, BeastView name, BeastView value, error_code&) override {
    head.fields_.add({view(name), view(value)});
  }

  ResponseHead& head;
};

Status ResponseHead::parse(std::string_view text, std::string_view request_method) {
  text_.assign(text);
  fields_.clear();
  Parser parser(*this);
  if (parser.read(text_)) {
    return Error(Error::Kind::upstream, "the upstream's answer has a malformed head");
  }
  return check_fields(request_method);
}

Status ResponseHead::check_fields(std::string_view request_method) {
  const Error unclear(Error::Kind::upstream, "the upstream's answer has an unclear length");
  framing_ = {Framing::Kind::to_close, 0};
  bool chunked = false;
  std::optional<std::uint64_t> length;
  ConnectionWish connection;
  for (const Field& field : fields_) {
    if (equals_ignoring_case(field.name, "content-length")) {
      const std::optional<std::uint64_t> value = strict_length(field.value);
      if (!value || (length && *length != *value)) return unclear;
      length = value;
    } else if (equals_ignoring_case(field.name, "transfer-encoding")) {
      if (chunked || !equals_ignoring_case(field.value, "chunked")) return unclear;
      chunked = true;
    } else if (equals_ignoring_case(field.name, "connection")) {
      connection.add(field.value);
    }
  }
  if (chunked && (length || !http11_)) return unclear;
  if (length) framing_ = {*length > 0 ? Framing::Kind::length : Framing::Kind::none, *length};
  if (chunked) framing_ = {Framing::Kind::chunked, 0};
  const bool bodiless = status_ < 200 || status_ == 204 || status_ == 304;
  if (bodiless || request_method == "HEAD") framing_ = {};
  keep_alive_ = connection.persists(http11_) && framing_.kind != Framing::Kind::to_close;
  return Nothing{};
}

std::string error_json(const Error& error, std::string_view id) {
  std::string json = R"({"error":{"message":")";
  append_json_escaped(json, error.message());
  json.append(R"(","type":")").append(name_of(error.kind()));
  if (!error.code().empty()) json.append(R"(","code":")").append(error.code());
  if (!id.empty()) append_json_escaped(json.append(R"(","correlation_id":")"), id);
  json.append(R"("}})");
  return json;
}

std::string_view reason_phrase(int status) {
  struct Row {
    int status;
    std::string_view phrase;
  };
  static constexpr std::array<Row, 40> rows{{
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {402, "Payment Required"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {421, "Misdirected Request"},
      {422, "Unprocessable Content"},
      {425, "Too Early"},
      {428, "Precondition Required"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {499, "Client Closed Request"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
  }};
  const auto found =
      std::lower_bound(rows.begin(), rows.end(), status,
                       [](const Row& row, int wanted) { return row.status < wanted; });
  return found != rows.end() && found->status == status ? found->phrase : "Unknown";
}

}  // namespace omni::net
