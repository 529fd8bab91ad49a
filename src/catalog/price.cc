// Dollars are read digit by digit: what a file says is what is charged.

#include "catalog/price.h"

#include <algorithm>

#include "base/strings.h"

namespace omni::catalog {
namespace {

constexpr int decimals = 6;  // of a dollar for a million tokens, to the pico-dollar for one
constexpr Rate one_dollar = 1'000'000;
constexpr Rate rate_max = 1'000'000 * one_dollar;
constexpr std::size_t rate_digits_max = 13;
constexpr std::uint64_t exponent_max = 100;

/// `digits` times ten to the power of `exponent`; no digits are zero.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the digits at the head of `rest` away.
std::string_view take_digits(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
  const std::string_view digits = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(digits.size());
  return digits;
}

bool take(std::string_view& rest, std::string_view any_of) {
  if (rest.empty() || any_of.find(rest.front()) == std::string_view::npos) return false;
  rest.remove_prefix(1);
  return true;
}

/// What stands behind the digits: nothing, or "e-7".
std::optional<int> read_exponent(std::string_view rest) {
  if (rest.empty()) return 0;
  if (!take(rest, "eE")) return std::nullopt;
  const bool negative = rest.starts_with('-');
  take(rest, "+-");
  const std::optional<std::uint64_t> size = parse_unsigned(rest);
  if (!size || *size > exponent_max) return std::nullopt;
  const int exponent = static_cast<int>(*size);
  return negative ? -exponent : exponent;
}

std::optional<Decimal> read_decimal(std::string_view text) {
  const std::string_view whole = take_digits(text);
  std::string_view fraction;
  if (whole.empty()) return std::nullopt;
  if (take(text, ".")) {
    fraction = take_digits(text);
    if (fraction.empty()) return std::nullopt;
  }
  const std::optional<int> exponent = read_exponent(text);
  if (!exponent) return std::nullopt;
  Decimal read{std::string(whole).append(fraction), *exponent - static_cast<int>(fraction.size())};
  const std::size_t last = read.digits.find_last_not_of('0');
  if (last == std::string::npos) return Decimal{};
  read.exponent += static_cast<int>(read.digits.size() - 1 - last);
  read.digits.erase(last + 1);
  read.digits.erase(0, read.digits.find_first_not_of('0'));
  return read;
}

Error refused(std::string_view text, std::string_view why) {
  constexpr std::size_t shown_max = 40;
  std::string message = "price \"";
  append_json_escaped(message, text.substr(0, shown_max));
  return {Error::Kind::bad_request, message.append("\" ").append(why)};
}

}  // namespace

Result<Rate> parse_rate(std::string_view dollars) {
  constexpr std::size_t text_bytes_max = 100;
  std::optional<Decimal> decimal;
  if (dollars.size() <= text_bytes_max) decimal = read_decimal(dollars);
  if (!decimal) return refused(dollars, "must be dollars for a million tokens, such as 2.5");
  if (decimal->digits.empty()) return Rate{0};
  const int zeros = decimal->exponent + decimals;
  if (zeros < 0) return refused(dollars, "has more than six decimals");
  Rate rate = 0;
  if (decimal->digits.size() + static_cast<std::size_t>(zeros) <= rate_digits_max) {
    for (const char c : decimal->digits.append(static_cast<std::size_t>(zeros), '0')) {
      rate = rate * 10 + (c - '0');
    }
    if (rate <= rate_max) return rate;
  }
  return refused(dollars, "is more than a million dollars");
}

std::string write_rate(Rate rate) {
  std::string text;
  append_number(text, static_cast<std::uint64_t>(rate / one_dollar));
  const Rate fraction = rate % one_dollar;
  if (fraction == 0) return text;
  const std::string digits = std::to_string(one_dollar + fraction).substr(1);
  return text.append(".").append(digits, 0, digits.find_last_not_of('0') + 1);
}

}  // namespace omni::catalog
