#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "identity/zone_rule.h"

namespace omni::identity {

inline constexpr std::string_view zoneinfo_folder = "/usr/share/zoneinfo";

/// A time zone of the machine's zoneinfo (RFC 8536).  Read by ourselves, since the C library knows
/// one zone for the whole process.
class TimeZone {
 public:
  /// `Europe/Berlin`.  UTC is there even where the machine has no zones.
  static Result<std::shared_ptr<const TimeZone>> load(
      std::string_view name, const std::string& folder = std::string(zoneinfo_folder));
  /// The bytes of a file.  Nothing for what is malformed, of version 1, or counts leap seconds.
  static std::optional<TimeZone> parse(std::string_view file);

  /// What is added to UTC to get the local time.
  std::chrono::seconds offset_at(std::chrono::sys_seconds time) const;

 private:
  struct Span {
    std::chrono::sys_seconds begin;
    std::chrono::seconds offset;
  };

  std::vector<Span> spans_;        // in order; the first begins before all time
  std::optional<ZoneRule> after_;  // for times of the last span
};

/// The zones that somebody has asked for, each read from its file once.
class Zones {
 public:
  explicit Zones(std::string folder = std::string(zoneinfo_folder)) : folder_(std::move(folder)) {}

  Result<std::shared_ptr<const TimeZone>> find(std::string_view name);

 private:
  std::string folder_;
  std::map<std::string, std::shared_ptr<const TimeZone>, std::less<>> found_;
};

}  // namespace omni::identity
