#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "base/clock.h"
#include "base/secret.h"

namespace omni {

/// Writes events: a name and fields, one line each.  One failure is one line, written where it is
/// decided and nowhere else.  Safe from any thread.
class Log {
 public:
  enum class Level : std::uint8_t { debug, info, warn, error, off };
  enum class Format : std::uint8_t { json, human };

  /// A named value.  A Secret becomes `***`; that it is one is all that a log may know.
  class Field {
   public:
    Field(std::string_view name, std::string_view text) : name_(name), value_(text) {}
    Field(std::string_view name, const char* text) : name_(name), value_(std::string_view(text)) {}
    Field(std::string_view name, const std::string& text)
        : name_(name), value_(std::string_view(text)) {}
    Field(std::string_view name, bool value) : name_(name), value_(value) {}
    Field(std::string_view name, double value) : name_(name), value_(value) {}
    template <std::integral Number>
    Field(std::string_view name, Number value)
        : name_(name), value_(static_cast<Widest<Number>>(value)) {}
    Field(std::string_view name, const Secret&) : name_(name), value_(std::string_view("***")) {}

   private:
    friend class Log;
    template <class Number>
    using Widest = std::conditional_t<std::unsigned_integral<Number>, std::uint64_t, std::int64_t>;

    std::string_view name_;
    std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value_;
  };
  using Fields = std::initializer_list<Field>;
  /// Receives whole lines, with the newline.
  using Sink = std::function<void(std::string_view line)>;

  struct Options {
    Level level = Level::info;
    Format format = Format::json;
  };

  Log(const Clock& clock, Options options, Sink sink);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// From now on, and of any thread.
  void set_level(Level level) { level_.store(level, std::memory_order_relaxed); }
  bool wants(Level level) const { return level >= level_.load(std::memory_order_relaxed); }
  void debug(std::string_view event, Fields fields = {}) const;
  void info(std::string_view event, Fields fields = {}) const;
  void warn(std::string_view event, Fields fields = {}) const;
  void error(std::string_view event, Fields fields = {}) const;

 private:
  void write(Level level, std::string_view event, Fields fields) const;
  void append_json(std::string& line, Level level, std::string_view event, Fields fields) const;
  void append_human(std::string& line, Level level, std::string_view event, Fields fields) const;
  static void append_value(std::string& line, const Field& field);

  const Clock& clock_;
  std::atomic<Level> level_;
  const Format format_;
  Sink sink_;
};

/// One write(2) a line to standard error, so that lines of several threads never mix.
void write_to_stderr(std::string_view line);

}  // namespace omni
