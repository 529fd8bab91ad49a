// Models in files of the catalogue, their prices among them.

#include <algorithm>
#include <array>

#include "catalog/file.h"
#include "catalog/members.h"
#include "json/format.h"
#include "json/scratch_reader.h"

namespace omni::catalog {
namespace {

using json::Value;

constexpr std::int64_t count_max = 1'000'000'000;
constexpr std::size_t id_bytes_max = 256;

std::int64_t read_count(Value value) {
  const std::int64_t count = value.integer();
  if (count < 0 || count > count_max) value.refuse("must be from 0 to 1000000000");
  return count;
}

/// A rate of what has rates.
template <class Priced, std::optional<Rate> Rates::*rate>
void read_rate(Priced& into, Value value) {
  if (value.kind() != json::Kind::number) return value.refuse("expected a number");
  const Result<Rate> read = parse_rate(value.slice());
  if (!read) return value.refuse(read.error().message());
  into.rates.*rate = *read;
}

/// The rows of all rates and some more.
template <class Priced, class... More>
constexpr std::array<MemberRow<Priced>, 12 + sizeof...(More)> rows_of(More... more) {
  return {{{"input", read_rate<Priced, &Rates::input>},
           {"output", read_rate<Priced, &Rates::output>},
           {"cache_read", read_rate<Priced, &Rates::cache_read>},
           {"cache_write", read_rate<Priced, &Rates::cache_write>},
           {"cache_write_1h", read_rate<Priced, &Rates::cache_write_1h>},
           {"reasoning", read_rate<Priced, &Rates::reasoning>},
           {"input_audio", read_rate<Priced, &Rates::input_audio>},
           {"output_audio", read_rate<Priced, &Rates::output_audio>},
           {"input_image", read_rate<Priced, &Rates::input_image>},
           {"output_image", read_rate<Priced, &Rates::output_image>},
           {"image", read_rate<Priced, &Rates::image>},
           {"minute", read_rate<Priced, &Rates::minute>},
           more...}};
}

void read_service(Price::Tier& tier, Value value) {
  const chat::Service service = chat::service_of(value.text());
  if (name_of(service) != value.text()) value.refuse("must be standard, flex, batch or priority");
  tier.service = service;
}

void read_from(Price::Tier& tier, Value value) {
  const std::optional<Clock::Wall> time = parse_iso8601(value.text());
  if (!time) return value.refuse("must be a time such as 2026-03-19T00:00:00Z");
  tier.from = *time;
}

using TierRow = MemberRow<Price::Tier>;
constexpr std::array tier_rows = rows_of<Price::Tier>(
    TierRow{"above_tokens",
            [](Price::Tier& tier, Value value) { tier.above_tokens = read_count(value); }},
    TierRow{"service", read_service}, TierRow{"from", read_from});

/// Of two for the same service from the same time on, the first would never hold otherwise.
bool hides(const Price::Tier& later, const Price::Tier& earlier) {
  return later.service == earlier.service && later.from == earlier.from &&
         later.above_tokens <= earlier.above_tokens;
}

void read_tiers(Price& price, Value list) {
  for (const Value item : list.items()) {
    Price::Tier tier;
    read_members<Price::Tier>(item, tier_rows, tier);
    if (hides(tier, Price::Tier()) ||
        std::ranges::any_of(price.tiers, [&](const auto& other) { return hides(tier, other); })) {
      item.refuse("must be above more tokens than what came before");
    }
    if (tier.rates == Rates{}) item.refuse("has no price");
    price.tiers.push_back(tier);
  }
}

constexpr std::array price_rows = rows_of<Price>(MemberRow<Price>{"tiers", read_tiers});

/// The price as a whole, for half of one beside half of another is nobody's.
void read_price(Model& model, Value value) {
  if (value.is_null()) return model.price.reset();
  Price price;
  read_members<Price>(value, price_rows, price);
  if (price == Price{}) value.refuse("has no price");
  model.price = std::move(price);
}

void read_id(Model& model, Value value) {
  const std::string_view id = value.text();
  const auto odd = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
  if (id.empty() || id.size() > id_bytes_max || std::any_of(id.begin(), id.end(), odd)) {
    value.refuse("must be of 1 to 256 bytes without blanks");
  }
  model.id = id;
}

void read_name(Model& model, Value value) {
  model.name = value.text();
  if (!json::format::name.fits(model.name)) value.refuse(json::format::name.words);
}

void read_released(Model& model, Value value) {
  const std::string_view date = value.text();
  constexpr std::string_view form = "0000-00-00";
  const auto same = [](char c, char wanted) {
    return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
  };
  if (!std::equal(date.begin(), date.end(), form.begin(), form.end(), same)) {
    value.refuse("must be a date such as 2026-03-19");
  }
  model.released = date;
}

template <bool Model::*member>
void read_flag(Model& model, Value value) {
  model.*member = value.boolean();
}

template <std::int64_t Model::*member>
void read_number(Model& model, Value value) {
  model.*member = read_count(value);
}

constexpr std::array<MemberRow<Model>, 17> rows{{
    {"id", read_id},
    {"name", read_name},
    {"kind", [](Model& model, Value value) { model.kind = read_word(value, kind_named); }},
    {"context_tokens", read_number<&Model::context_tokens>},
    {"output_tokens", read_number<&Model::output_tokens>},
    {"tools", read_flag<&Model::tools>},
    {"images", read_flag<&Model::images>},
    {"documents", read_flag<&Model::documents>},
    {"audio", read_flag<&Model::audio>},
    {"thinking", read_flag<&Model::thinking>},
    {"deprecated", read_flag<&Model::deprecated>},
    {"dimensions", read_number<&Model::dimensions>},
    {"sizes", [](Model& model, Value value) { model.sizes = read_texts(value); }},
    {"dialects", [](Model& model, Value value) { model.dialects = read_dialects(value); }},
    {"quirks", [](Model& model, Value value) { model.quirks = read_quirks(value); }},
    {"released", read_released},
    {"price", read_price},
}};

std::size_t count(Value list) {
  std::size_t items = 0;
  for (const Value item : list.items()) items += item ? 1 : 0;
  return items;
}

}  // namespace

void read_models(Value list, Provider& provider) {
  std::vector<bool> changed(provider.models.size());
  provider.models.reserve(provider.models.size() + count(list));
  for (const Value item : list.items()) {
    const Model* known = nullptr;
    if (!changed.empty()) known = provider.find_model(item.at("id").text());
    if (known == nullptr) known = &provider.models.emplace_back();
    const auto place = static_cast<std::size_t>(known - provider.models.data());
    if (place < changed.size()) {
      if (changed[place]) item.refuse("is a model that this list has already");
      changed[place] = true;
    }
    Model& model = provider.models[place];
    read_members<Model>(item, rows, model);
    if (item && model.id.empty()) item.refuse("member \"id\" is missing");
    if (model.name.empty()) model.name = model.id;
  }
  if (list && !provider.index()) list.refuse("has two models of one id");
}

std::vector<std::string_view> model_members() { return names_of<Model>(rows); }

std::vector<std::string_view> price_members() {
  std::vector<std::string_view> names = names_of<Price>(price_rows);
  names.push_back(tier_rows.back().name);
  return names;
}

Result<Price> parse_price(std::string_view json) {
  json::ScratchReader reader;
  Model model;
  read_price(model, reader->read(json));
  if (Status read = reader->finish(); !read) return read.error();
  if (!model.price) return Error(Error::Kind::bad_request, "has no price");
  return *std::move(model.price);
}

}  // namespace omni::catalog
