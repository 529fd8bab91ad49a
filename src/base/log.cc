// JSON:  {"time":"…","level":"info","event":"server.listening","url":"http://…"}
// Human: 04:05:06.789 info  server.listening url="http://…"

#include "base/log.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>

#include "base/strings.h"

namespace omni {
namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warn", "error"};

std::string_view name_of(Log::Level level) { return level_names[static_cast<std::size_t>(level)]; }

void append_double(std::string& line, double value) {
  if (!std::isfinite(value)) {  // JSON has no word for these
    line.append("null");
    return;
  }
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                          std::chars_format::general, 6);
  (void)error;  // six digits, a sign, a point and an exponent fit
  line.append(digits.data(), end);
}

}  // namespace

Log::Log(const Clock& clock, Options options, Sink sink)
    : clock_(clock), level_(options.level), format_(options.format), sink_(std::move(sink)) {}

void Log::debug(std::string_view event, Fields fields) const { write(Level::debug, event, fields); }
void Log::info(std::string_view event, Fields fields) const { write(Level::info, event, fields); }
void Log::warn(std::string_view event, Fields fields) const { write(Level::warn, event, fields); }
void Log::error(std::string_view event, Fields fields) const { write(Level::error, event, fields); }

void Log::write(Level level, std::string_view event, Fields fields) const {
  if (!wants(level)) return;
  std::string line;
  line.reserve(256);
  if (format_ == Format::json) {
    append_json(line, level, event, fields);
  } else {
    append_human(line, level, event, fields);
  }
  line.push_back('\n');
  sink_(line);
}

void Log::append_json(std::string& line, Level level, std::string_view event, Fields fields) const {
  line.append(R"({"time":")").append(iso8601(clock_.wall()));
  line.append(R"(","level":")").append(name_of(level));
  line.append(R"(","event":")");
  append_json_escaped(line, event);
  line.push_back('"');
  for (const Field& field : fields) {
    line.append(",\"");
    append_json_escaped(line, field.name_);
    line.append("\":");
    append_value(line, field);
  }
  line.push_back('}');
}

void Log::append_human(std::string& line, Level level, std::string_view event,
                       Fields fields) const {
  constexpr std::size_t clock_start = 11, clock_length = 12, level_width = 5;
  line.append(iso8601(clock_.wall()), clock_start, clock_length);
  const std::string_view level_name = name_of(level);
  line.append(" ").append(level_name).append(level_width - level_name.size() + 1, ' ');
  line.append(event);
  for (const Field& field : fields) {
    line.append(" ").append(field.name_).append("=");
    append_value(line, field);
  }
}

void Log::append_value(std::string& line, const Field& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value_)) {
    line.push_back('"');
    append_json_escaped(line, *text);
    line.push_back('"');
  } else if (const auto* integer = std::get_if<std::int64_t>(&field.value_)) {
    line.append(std::to_string(*integer));
  } else if (const auto* natural = std::get_if<std::uint64_t>(&field.value_)) {
    append_number(line, *natural);
  } else if (const auto* number = std::get_if<double>(&field.value_)) {
    append_double(line, *number);
  } else {
    line.append(std::get<bool>(field.value_) ? "true" : "false");
  }
}

void write_to_stderr(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody reads our standard error: there is no place left to say so
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace omni
