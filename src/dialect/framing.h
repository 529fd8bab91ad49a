#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace omni::dialect {

/// The longest event or line that we take from a provider: an image of some megabytes in base64.
inline constexpr std::size_t frame_bytes_max = std::size_t{32} << 20;

/// Cuts bytes that come in any pieces into lines.  A line is a view of the bytes as they were fed,
/// or of a copy of it where it came in several pieces.
class LineSplitter {
 public:
  /// What ends a line: LF and CRLF, or a CR alone as well.
  enum class Ends : std::uint8_t { lf, any };

  explicit LineSplitter(Ends ends) : ends_(ends) {}

  void feed(std::string_view bytes);
  void finish() { finished_ = true; }
  bool finished() const { return finished_; }
  /// Without its end.  A view until the next feed() or keep().
  std::optional<std::string_view> next();
  /// Keeps the line that has begun and lets go of the bytes.
  void keep();
  /// Whether such a line is kept.
  bool has_begun() const { return has_begun_; }

  /// Bytes up to and with the end of the last line, since the first one fed.
  std::uint64_t offset() const { return offset_ + at_; }
  bool too_long() const { return too_long_; }

 private:
  std::size_t find_end();
  void skip_lf_of_crlf();

  Ends ends_;
  std::string_view bytes_;
  std::size_t at_ = 0;        // what came before is done with
  std::size_t lf_ = 0;        // the first LF from at_ on, or the end
  std::uint64_t offset_ = 0;  // of bytes_
  std::string begun_;         // a line's first pieces
  bool has_begun_ = false;
  bool after_cr_ = false;  // an LF belongs to the CR before it
  bool first_ = true;      // no line yet, so there may be a BOM
  bool finished_ = false;
  bool too_long_ = false;
};

/// Takes server-sent events out of bytes that come in any pieces: lines ended by LF, CR or CRLF,
/// a BOM, comments, several data lines, no blank after the colon, no blank line at the end.
///
///     reader.feed(bytes);
///     while (auto event = reader.next()) …
///
/// Borrows the bytes until next() has given nothing; views end with the next call.  What was not
/// taken by then is lost with the next feed().  Events without data are left out.
class SseReader {
 public:
  struct Event {
    std::string_view name;  // empty where there was no event line
    std::string_view data;  // lines joined by LF, never empty
    /// Where its lines stand among all bytes fed, with the blank line.
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  SseReader() = default;
  SseReader(const SseReader&) = delete;
  SseReader& operator=(const SseReader&) = delete;

  void feed(std::string_view bytes) { lines_.feed(bytes); }
  /// No more bytes will come: what is left is an event even without its blank line.
  void finish() { lines_.finish(); }
  std::optional<Event> next();
  /// Where the lines begin, among all bytes fed, that have not become an event yet.
  std::uint64_t begin() const { return begin_; }
  /// An event grew beyond frame_bytes_max; nothing comes any more.
  bool too_long() const { return too_long_ || lines_.too_long(); }

 private:
  void take(std::string_view line);
  void take_data(std::string_view value);
  std::optional<Event> complete();
  void keep();

  LineSplitter lines_{LineSplitter::Ends::any};
  std::string_view name_, data_;       // of the event that has begun
  std::string kept_name_, kept_data_;  // what they are views of once the bytes are gone
  std::uint64_t begin_ = 0;
  bool has_data_ = false;
  bool too_long_ = false;
};

/// The same for one JSON document a line.  Blank lines are left out.
class LineReader {
 public:
  void feed(std::string_view bytes) { lines_.feed(bytes); }
  void finish() { lines_.finish(); }
  /// Without the blanks around it.
  std::optional<std::string_view> next();
  bool too_long() const { return lines_.too_long(); }

 private:
  LineSplitter lines_{LineSplitter::Ends::lf};
};

/// Makes one line of the JSON that `text` holds from `from` on.  What others wrote may have line
/// ends between its values, which would end an event or a line of ours too early.
void flatten(std::string& text, std::size_t from);

}  // namespace omni::dialect
