#include "api/price_members.h"

#include <algorithm>
#include <array>

namespace omni::api {
namespace {

using catalog::Rate;
using catalog::Rates;

struct RateMember {
  std::string_view shown, stored;
  std::optional<Rate> Rates::*rate;
};
constexpr std::array members{
    RateMember{"input", "input", &Rates::input},
    RateMember{"output", "output", &Rates::output},
    RateMember{"cached", "cache_read", &Rates::cache_read},
    RateMember{"reasoning", "reasoning", &Rates::reasoning},
    RateMember{"cache_creation", "cache_write", &Rates::cache_write},
    RateMember{"cache_creation_1h", "cache_write_1h", &Rates::cache_write_1h},
    RateMember{"input_audio", "input_audio", &Rates::input_audio},
    RateMember{"output_audio", "output_audio", &Rates::output_audio},
};

const RateMember* find_member(std::string_view name) {
  const auto found = std::ranges::find_if(members, [&](const RateMember& member) {
    return member.shown == name || member.stored == name;
  });
  return found == members.end() ? nullptr : &*found;
}

Error refused(std::string_view name, std::string_view why) {
  return {Error::Kind::bad_request, std::string(name).append(": ").append(why)};
}

void write(json::Writer& writer, const Rates& rates, std::string_view RateMember::*name) {
  writer.begin_object();
  for (const RateMember& member : members) {
    const std::optional<Rate>& rate = rates.*member.rate;
    if (rate) writer.key(member.*name).raw(catalog::write_rate(*rate));
  }
  writer.end_object();
}

}  // namespace

Status read_rates(json::Value object, Rates& rates) {
  if (object.kind() != json::Kind::object) return refused("price", "must be an object");
  for (const auto [name, value] : object.members()) {
    const RateMember* const member = find_member(name);
    if (member == nullptr) return refused(name, "is no price");
    if (value.kind() != json::Kind::number) return refused(name, "must be a number");
    const Result<Rate> rate = catalog::parse_rate(value.slice());
    if (!rate) return refused(name, rate.error().message());
    rates.*member->rate = *rate;
  }
  return Nothing{};
}

void write_rates(json::Writer& writer, const Rates& rates) {
  write(writer, rates, &RateMember::shown);
}

json::Raw stored_rates(const Rates& rates) {
  std::string text;
  json::Writer writer(text);
  write(writer, rates, &RateMember::stored);
  return json::Raw::trusted(std::move(text));
}

}  // namespace omni::api
