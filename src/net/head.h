#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/fields.h"

namespace omni::net {

inline constexpr std::size_t head_bytes_max = 64 * 1024;
inline constexpr std::size_t fields_max = 256;

/// How the end of a body is found.
struct Framing {
  enum class Kind : std::uint8_t { none, length, chunked, to_close };
  Kind kind = Kind::none;
  std::uint64_t length = 0;
};

/// Why a message is refused, with the status that says so to a client.
struct Refusal {
  int status;
  std::string_view why;
};

/// Finds the end of a head in bytes that arrive piecemeal, and refuses on the way what parsers
/// disagree about: a line that ends in a bare LF, and one that continues the line before.
class HeadScanner {
 public:
  struct Found {
    std::size_t head_bytes = 0;  // 0: not complete yet
    std::optional<Refusal> refusal;
  };
  /// `text` is all that has come of the head so far, from its first byte.
  Found scan(std::string_view text);

 private:
  std::size_t line_start_ = 0;
};

/// The head of a request.  Views point into the text that it keeps, so it does not move.
class RequestHead {
 public:
  RequestHead() = default;
  RequestHead(const RequestHead&) = delete;
  RequestHead& operator=(const RequestHead&) = delete;

  /// Takes a complete head as HeadScanner found it.  Strict: a message whose extent two readers
  /// could see differently is refused.
  std::optional<Refusal> parse(std::string_view text);

  std::string_view method() const { return method_; }
  /// Gives back what a large head took; the next parse starts anew.
  void release();

  /// As the client wrote it.
  std::string_view target() const { return target_; }
  /// Without query and without the authority of an absolute target; still percent-encoded.
  std::string_view path() const { return path_; }
  std::string_view query() const { return query_; }
  const Fields& fields() const { return fields_; }
  std::string_view field(std::string_view name) const { return fields_.find(name).value_or(""); }
  const Framing& framing() const { return framing_; }
  bool http11() const { return http11_; }
  bool keep_alive() const { return keep_alive_; }
  bool expects_continue() const { return expects_continue_; }

 private:
  struct Parser;

  std::optional<Refusal> check_fields();
  std::optional<Refusal> check_transfer_encoding(std::string_view value);
  std::optional<Refusal> split_target();

  std::string text_;
  std::string_view method_, target_, path_, query_;
  Fields fields_;
  Framing framing_;
  bool http11_ = true;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
};

/// The head of an answer; as RequestHead.
class ResponseHead {
 public:
  ResponseHead() = default;
  ResponseHead(const ResponseHead&) = delete;
  ResponseHead& operator=(const ResponseHead&) = delete;

  /// The method matters: the answer to HEAD has no body whatever its fields say.
  Status parse(std::string_view text, std::string_view request_method);

  int status() const { return status_; }
  const Fields& fields() const { return fields_; }
  std::string_view field(std::string_view name) const { return fields_.find(name).value_or(""); }
  const Framing& framing() const { return framing_; }
  bool keep_alive() const { return keep_alive_; }

 private:
  struct Parser;

  Status check_fields(std::string_view request_method);

  std::string text_;
  int status_ = 0;
  Fields fields_;
  Framing framing_;
  bool http11_ = true;
  bool keep_alive_ = true;
};

/// `{"error":{"message":…,"type":…}}`, with the name of the kind as type; with the error's code and
/// the exchange's id as `correlation_id` where there are such.
std::string error_json(const Error& error, std::string_view id = {});

/// "Not Found" for 404; "Unknown" for what has no name.
std::string_view reason_phrase(int status);

}  // namespace omni::net
