#include "identity/zone_rule.h"

#include <algorithm>

#include "base/strings.h"

namespace omni::identity {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

/// Takes the text apart from left to right; after the first thing that does not fit, all fails.
class ZoneRule::Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool good() const { return good_; }
  bool done() const { return rest_.empty(); }

  bool accept(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// `CET` or `<+0330>`; what it says does not matter.
  void skip_name() {
    if (accept('<')) {
      const std::size_t end = rest_.find('>');
      if (end == std::string_view::npos) return fail();
      rest_.remove_prefix(end + 1);
      return;
    }
    const auto end = std::ranges::find_if_not(rest_, is_letter);
    if (end - rest_.begin() < 3) return fail();
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.begin()));
  }

  unsigned number(unsigned from, unsigned to) {
    const auto end = std::ranges::find_if_not(rest_, is_digit);
    const auto digits = static_cast<std::size_t>(end - rest_.begin());
    const std::optional<std::uint64_t> value = parse_unsigned(rest_.substr(0, digits));
    if (!value || *value < from || *value > to) return fail(), from;
    rest_.remove_prefix(digits);
    return static_cast<unsigned>(*value);
  }

  /// `[+-]h[:m[:s]]`
  seconds time() {
    const int sign = accept('-') ? -1 : 1;
    if (sign > 0) accept('+');
    seconds time = hours{number(0, 167)};
    if (accept(':')) time += minutes{number(0, 59)};
    if (accept(':')) time += seconds{number(0, 59)};
    return sign * time;
  }

  Change change() {
    Change change;
    if (accept('M')) {
      change.kind = Change::Kind::month_week_day;
      change.month = number(1, 12);
      expect('.');
      change.week = number(1, 5);
      expect('.');
      change.day = number(0, 6);
    } else if (accept('J')) {
      change.kind = Change::Kind::day_of_365;
      change.day = number(1, 365);
    } else {
      change.day = number(0, 365);
    }
    if (accept('/')) change.time = time();
    return change;
  }

  void expect(char c) {
    if (!accept(c)) fail();
  }

 private:
  void fail() {
    good_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool good_ = true;
};

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) {
  Reader reader(text);
  ZoneRule rule;
  reader.skip_name();
  rule.standard_ = -reader.time();  // POSIX counts westward
  if (reader.good() && !reader.done()) {
    Summer summer{.offset = rule.standard_ + hours{1}, .begin = {}, .end = {}};
    reader.skip_name();
    if (!reader.accept(',')) {
      summer.offset = -reader.time();
      reader.expect(',');
    }
    summer.begin = reader.change();
    reader.expect(',');
    summer.end = reader.change();
    rule.summer_ = summer;
  }
  if (!reader.good() || !reader.done()) return std::nullopt;
  return rule;
}

sys_seconds ZoneRule::Change::of(std::chrono::year year) const {
  if (kind == Kind::month_week_day) {
    const std::chrono::weekday weekday(day);
    const auto date = year / std::chrono::month(month);
    return week == 5 ? sys_days(date / weekday[std::chrono::last]) + time
                     : sys_days(date / weekday[week]) + time;
  }
  const sys_days first = year / std::chrono::January / 1;
  if (kind == Kind::day_of_year) return first + days{day} + time;
  const bool after_leap_day = year.is_leap() && day >= 60;  // which J does not count
  return first + days{day - (after_leap_day ? 0U : 1U)} + time;
}

seconds ZoneRule::offset_at(sys_seconds time) const {
  if (!summer_) return standard_;
  const auto today = std::chrono::floor<days>(time + standard_);
  const std::chrono::year year = std::chrono::year_month_day(today).year();
  const seconds summer_offset = summer_->offset;
  const sys_seconds begin = summer_->begin.of(year) - standard_;
  const sys_seconds end = summer_->end.of(year) - summer_offset;
  const bool in_summer = begin < end ? begin <= time && time < end  // else the south
                                     : time < end || begin <= time;
  return in_summer ? summer_offset : standard_;
}

}  // namespace omni::identity
