#include "meter/exposition.h"

#include <array>
#include <charconv>

namespace omni::meter {
namespace {

constexpr std::array<std::string_view, 3> type_names{"counter", "gauge", "histogram"};

std::string number(double value) {
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  (void)error;  // the shortest spelling of a double fits
  return {digits.data(), end};
}

void append_quoted(std::string& out, std::string_view value) {
  out.push_back('"');
  for (const char c : value) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') {
      out.append("\\n");
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void append_label(std::string& out, char before, std::string_view name, std::string_view value) {
  out.append(1, before).append(name).append("=");
  append_quoted(out, value);
}

}  // namespace

Exposition& Exposition::family(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  out_.append("# HELP ").append(name).append(" ").append(help);
  out_.append("\n# TYPE ").append(name).append(" ");
  out_.append(type_names.at(static_cast<std::size_t>(type))).append("\n");
  return *this;
}

void Exposition::line(std::string_view end_of_name, Labels labels, std::string_view limit,
                      double value) {
  out_.append(name_).append(end_of_name);
  char before = '{';
  for (const auto& [name, text] : labels)
    append_label(out_, std::exchange(before, ','), name, text);
  if (!limit.empty()) append_label(out_, std::exchange(before, ','), "le", limit);
  if (before == ',') out_.push_back('}');
  out_.append(" ").append(number(value)).append("\n");
}

Exposition& Exposition::sample(Labels labels, double value) {
  line("", labels, "", value);
  return *this;
}

Exposition& Exposition::spread(Labels labels, const Spread& spread) {
  std::int64_t count = 0;
  const auto ends = store::Histogram::ends_ms();
  for (std::size_t i = 0; i < spread.histogram.counts().size(); ++i) {
    count += spread.histogram.counts()[i];
    const bool last = i == ends.size();
    line("_bucket", labels, last ? "+Inf" : number(static_cast<double>(ends[i]) / 1000),
         static_cast<double>(count));
  }
  line("_sum", labels, "", static_cast<double>(spread.sum.count()) / 1000);
  line("_count", labels, "", static_cast<double>(count));
  return *this;
}

}  // namespace omni::meter
