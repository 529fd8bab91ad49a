#include "identity/time_zone.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "base/strings.h"

namespace omni::identity {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::size_t file_bytes_max = 64 * 1024;
constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t type_bytes = 6;

/// Big-endian numbers, one after the other; whoever takes has asked whether so much is there.
class Bytes {
 public:
  explicit Bytes(std::string_view rest) : rest_(rest) {}

  std::size_t size() const { return rest_.size(); }
  std::string_view rest() const { return rest_; }
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::uint64_t number(std::size_t count) {
    std::uint64_t value = 0;
    for (const char byte : take(count)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  std::int32_t number32() { return static_cast<std::int32_t>(number(4)); }
  std::int64_t number64() { return static_cast<std::int64_t>(number(8)); }

 private:
  std::string_view rest_;
};

struct Header {
  char version = 0;
  std::size_t utc_marks = 0, standard_marks = 0, leaps = 0, times = 0, types = 0, name_bytes = 0;

  /// Of what follows, in which a time takes so many bytes.
  std::size_t body_bytes(std::size_t time_bytes) const {
    return times * (time_bytes + 1) + types * type_bytes + name_bytes + leaps * (time_bytes + 4) +
           standard_marks + utc_marks;
  }
};

std::optional<Header> take_header(Bytes& bytes) {
  static constexpr std::size_t header_bytes = 44;
  if (bytes.size() < header_bytes || bytes.take(4) != "TZif") return std::nullopt;
  Header header;
  header.version = static_cast<char>(bytes.number(1));
  bytes.take(15);
  for (std::size_t* const count : {&header.utc_marks, &header.standard_marks, &header.leaps,
                                   &header.times, &header.types, &header.name_bytes}) {
    *count = bytes.number(4);
    if (*count > file_bytes_max) return std::nullopt;
  }
  return header;
}

/// `Area/City`: nothing that leads out of the folder, for dots are not among the characters.
bool is_zone_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-' || c == '/';
  };
  return !name.empty() && name.size() <= name_bytes_max && std::ranges::all_of(name, fits);
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes(file_bytes_max + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad() || in.gcount() < 1 || !in.eof()) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

}  // namespace

Result<std::shared_ptr<const TimeZone>> TimeZone::load(std::string_view name,
                                                       const std::string& folder) {
  if (name == "UTC" || name == "Etc/UTC") {
    TimeZone utc;
    utc.spans_ = {{sys_seconds::min(), seconds{0}}};
    return std::make_shared<const TimeZone>(std::move(utc));
  }
  if (!is_zone_name(name)) {
    return Error{Error::Kind::bad_request, "a time zone is named like Europe/Berlin"};
  }
  const std::optional<std::string> file = read_file(folder + "/" + std::string(name));
  std::optional<TimeZone> zone = file ? parse(*file) : std::nullopt;
  if (!zone) {
    std::string message("this machine knows no time zone ");
    message.append(name).append("; its zones come with the package tzdata");
    return Error{Error::Kind::bad_request, std::move(message)};
  }
  return std::make_shared<const TimeZone>(*std::move(zone));
}

std::optional<TimeZone> TimeZone::parse(std::string_view file) {
  Bytes bytes(file);
  // Everything comes twice: first with times of 4 bytes for old readers, then with 8.
  const std::optional<Header> old = take_header(bytes);
  if (!old || old->version < '2' || bytes.size() < old->body_bytes(4)) return std::nullopt;
  bytes.take(old->body_bytes(4));
  const std::optional<Header> header = take_header(bytes);
  if (!header || bytes.size() < header->body_bytes(8)) return std::nullopt;
  if (header->types == 0 || header->leaps > 0) return std::nullopt;

  Bytes times(bytes.take(header->times * 8));
  const std::string_view types_of_times = bytes.take(header->times);
  std::vector<seconds> offsets(header->types);
  for (seconds& offset : offsets) {
    offset = seconds{bytes.number32()};
    bytes.take(type_bytes - 4);
  }
  TimeZone zone;
  zone.spans_.push_back({sys_seconds::min(), offsets.front()});
  for (const char index : types_of_times) {
    const auto type = static_cast<unsigned char>(index);
    const sys_seconds begin{seconds{times.number64()}};
    if (type >= offsets.size() || begin < zone.spans_.back().begin) return std::nullopt;
    zone.spans_.push_back({begin, offsets[type]});
  }
  bytes.take(header->name_bytes + header->standard_marks + header->utc_marks);

  std::string_view footer = bytes.rest();
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n') return std::nullopt;
  footer = footer.substr(1, footer.size() - 2);
  if (footer.empty()) return zone;
  zone.after_ = ZoneRule::parse(footer);
  if (!zone.after_) return std::nullopt;
  return zone;
}

seconds TimeZone::offset_at(sys_seconds time) const {
  const auto next = std::ranges::upper_bound(spans_, time, {}, &Span::begin);
  if (next == spans_.end() && after_) return after_->offset_at(time);
  return std::prev(next)->offset;
}

Result<std::shared_ptr<const TimeZone>> Zones::find(std::string_view name) {
  const auto known = found_.find(name);
  if (known != found_.end()) return known->second;
  auto loaded = TimeZone::load(name, folder_);
  if (loaded) found_.emplace(name, *loaded);
  return loaded;
}

}  // namespace omni::identity
