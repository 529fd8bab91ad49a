#include "api/price_members.h"

#include <algorithm>
#include <array>

namespace omni::api {
namespace {

using catalog::Price;
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
    RateMember{"input_image", "input_image", &Rates::input_image},
    RateMember{"output_image", "output_image", &Rates::output_image},
    RateMember{"image", "image", &Rates::image},
    RateMember{"minute", "minute", &Rates::minute},
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

using NameOf = std::string_view RateMember::*;

void write_rates(json::Writer& writer, const Rates& rates, NameOf name) {
  for (const RateMember& member : members) {
    const std::optional<Rate>& rate = rates.*member.rate;
    if (rate) writer.key(member.*name).raw(catalog::write_rate(*rate));
  }
}

void write(json::Writer& writer, const Price& price, NameOf name) {
  writer.begin_object();
  write_rates(writer, price.rates, name);
  if (!price.tiers.empty()) writer.key("tiers").begin_array();
  for (const Price::Tier& tier : price.tiers) {
    writer.begin_object();
    if (tier.above_tokens > 0) writer.key("above_tokens").integer(tier.above_tokens);
    if (tier.service) writer.key("service").text(name_of(*tier.service));
    if (tier.from != Clock::Wall()) writer.key("from").text(iso8601(tier.from));
    write_rates(writer, tier.rates, name);
    writer.end_object();
  }
  if (!price.tiers.empty()) writer.end_array();
  writer.end_object();
}

Status read_rate(std::string_view name, json::Value value, Rates& rates) {
  const RateMember* const member = find_member(name);
  if (member == nullptr) return refused(name, "is no price");
  if (value.kind() != json::Kind::number) return refused(name, "must be a number");
  const Result<Rate> rate = catalog::parse_rate(value.slice());
  if (!rate) return refused(name, rate.error().message());
  rates.*member->rate = *rate;
  return Nothing{};
}

/// What the catalogue has to say of it is said when the price is whole.
Status read_tier(json::Value object, Price::Tier& tier) {
  if (object.kind() != json::Kind::object) return refused("tiers", "must be objects");
  for (const auto [name, value] : object.members()) {
    if (name == "above_tokens" && value.kind() == json::Kind::number) {
      tier.above_tokens = value.integer();
    } else if (name == "service" && value.kind() == json::Kind::text) {
      tier.service = chat::service_of(value.text());
      if (name_of(*tier.service) != value.text()) return refused(name, "is none that is known");
    } else if (name == "from" && value.kind() == json::Kind::text) {
      const auto from = parse_iso8601(value.text());
      if (!from) return refused(name, "must be a time such as 2026-12-01T00:00:00Z");
      tier.from = *from;
    } else if (Status read = read_rate(name, value, tier.rates); !read) {
      return read;
    }
  }
  return Nothing{};
}

Status read_tiers(json::Value list, Price& price) {
  constexpr std::size_t tiers_max = 100;
  if (list.kind() != json::Kind::array) return refused("tiers", "must be a list");
  price.tiers.clear();
  for (const json::Value item : list.items()) {
    if (price.tiers.size() == tiers_max) return refused("tiers", "are too many");
    if (Status read = read_tier(item, price.tiers.emplace_back()); !read) return read;
  }
  if (price.tiers.empty()) return Nothing{};
  const Result<Price> whole = catalog::parse_price(stored_price(price).text());
  return whole ? Status(Nothing{}) : Status(whole.error());
}

}  // namespace

Status read_price(json::Value object, Price& price) {
  if (object.kind() != json::Kind::object) return refused("price", "must be an object");
  for (const auto [name, value] : object.members()) {
    Status read = name == "tiers" ? read_tiers(value, price) : read_rate(name, value, price.rates);
    if (!read) return read;
  }
  return Nothing{};
}

void write_price(json::Writer& writer, const Price& price) {
  write(writer, price, &RateMember::shown);
}

json::Raw stored_price(const Price& price) {
  std::string text;
  json::Writer writer(text);
  write(writer, price, &RateMember::stored);
  return json::Raw::trusted(std::move(text));
}

}  // namespace omni::api
