#include "pipeline/recollection.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "base/ids.h"
#include "base/strings.h"
#include "identity/caller.h"
#include "meter/cost.h"
#include "net/handoff.h"
#include "pipeline/route_fields.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using recall::Found;

/// Of an answer that is written down for whoever waits for it.
constexpr std::size_t memo_bytes_max = std::size_t{4} << 20;

/// For the database, which is mostly done in less than one: then it is quicker to ask.
constexpr Millis archive_patience{100};

/// Brings what is found over to the loop of who waits.
class Ear final : public recall::Follower {
 public:
  explicit Ear(net::Handoff<Found>::Giver giver) : giver_(std::move(giver)) {}
  void hear(Found found) override { giver_.give(std::move(found)); }

 private:
  net::Handoff<Found>::Giver giver_;
};

/// A place among those who wait, which is left when its holder goes.
struct Seat {
  Seat(recall::Answers& answers, const std::string& print) : among(answers), wanted(print) {}
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat() {
    if (place) among.leave(wanted, *place);
  }

  recall::Answers& among;
  const std::string& wanted;
  std::optional<std::uint64_t> place = std::nullopt;
};

bool is_zero(std::string_view number) {
  return number.starts_with('0') &&
         number.substr(0, number.find_first_of("eE")).find_first_not_of("0.") == number.npos;
}

/// Whether the temperature may be zero or, where nothing is said of it, `absent`.  Most requests
/// say something else, and are not read any closer.
bool may_be_certain(const json::Envelope& body, bool absent) {
  if (const json::Envelope::Member* temperature = body.find("temperature")) {
    return is_zero(temperature->value) || (absent && temperature->value == "null");
  }
  constexpr std::array<std::string_view, 3> places{"generationConfig", "generation_config",
                                                   "options"};
  const auto names_it = [&](std::string_view place) {
    const json::Envelope::Member* member = body.find(place);
    return member != nullptr && member->value.find("\"temperature\"") != std::string_view::npos;
  };
  return absent || std::ranges::any_of(places, names_it);
}

/// Whether the same question again would be answered in the same way.
bool is_settled(const chat::Reply& reply) {
  return std::ranges::all_of(reply.choices, [](const chat::Choice& choice) {
    return choice.finish == chat::Finish::stop || choice.finish == chat::Finish::tool_calls;
  });
}

/// Everything about a target that shapes its answer.
std::string description_of(const catalog::Target& target) {
  std::string text = target.provider->id + "\n" + target.model_id + "\n" + target.ending + "\n" +
                     target.connection + "\n";
  if (target.output_tokens_max) text += std::to_string(*target.output_tokens_max);
  return text;
}

std::string_view repeat_key(const net::RequestHead& request) {
  const std::string_view key = request.field("idempotency-key");
  return key.empty() ? request.field("x-request-id") : key;
}

}  // namespace

Recollection::Recollection(const Parts& parts, const net::Exchange& exchange,
                           const Inquiry& inquiry, Entry entry)
    : parts_(parts),
      exchange_(exchange),
      inquiry_(inquiry),
      entry_(entry),
      began_(parts.clock.steady()) {}

Millis Recollection::waited() const {
  return std::chrono::duration_cast<Millis>(parts_.clock.steady() - began_);
}

net::Task<Status> Recollection::look() {
  const net::RequestHead& request = exchange_.request();
  const std::string_view key = repeat_key(request);
  const bool may_cache =
      settings().semantic_cache_enabled &&
      may_be_certain(inquiry_.draft().body, settings().semantic_cache_absent_as_zero) &&
      !equals_ignoring_case(request.field("x-omniroute-no-cache"), "true");
  if (key.empty() && !may_cache) co_return Nothing{};
  Result<chat::Request> asked = decode(inquiry_.incoming(), inquiry_.draft());
  if (!asked) co_return Nothing{};  // whoever translates it says why
  asked_ = *std::move(asked);
  if (!key.empty()) claim_repeats(key);
  if (may_cache) claim_cache();
  for (Claim& claim : claims_) {
    Result<std::optional<Found>> found = co_await find(claim);
    if (!found) co_return found.error();
    if (!*found) continue;
    if (auto* lead = std::get_if<recall::Lead>(&**found)) {
      claim.lead.emplace(std::move(*lead));
      if (Status looked = co_await look_further(claim); !looked) co_return looked;
    } else {
      answer_ = std::get<recall::Shared>(**found);
    }
    if (answer_ == nullptr) continue;
    source_ = claim.source;
    break;
  }
  if (answer_ == nullptr) co_return Nothing{};
  for (Claim& claim : claims_) {
    if (claim.lead) claim.lead->bring(answer_, claim.lifetime);
  }
  co_return Nothing{};
}

/// What both kinds have in common: whose it is, what is asked, and what of the head shapes the
/// answer.
recall::Print Recollection::print_of(std::string_view purpose) const {
  recall::Print print;
  print.add(purpose).add(entry_.provider).add(inquiry_.draft().model).add(*asked_);
  if (entry_.dialect != Dialect::anthropic) return print;
  for (const net::Field& field : exchange_.request().fields()) {
    if (equals_ignoring_case(field.name, "anthropic-beta") ||
        equals_ignoring_case(field.name, "anthropic-version")) {
      print.add(field.name).add(field.value);
    }
  }
  return print;
}

void Recollection::claim_repeats(std::string_view key) {
  const std::int64_t window = settings().idempotency_window_ms;
  claims_.push_back({.answers = &parts_.recall.repeats,
                     .source = "idempotency",
                     .print = print_of("repeat").add(identity::holder_of(exchange_)).add(key).hex(),
                     .lifetime = Millis{inquiry_.permit().keeps_no_log() ? 0 : window},
                     .patience = net::forever});
}

void Recollection::claim_cache() {
  if (inquiry_.permit().keeps_no_log()) return;
  const auto& temperature = asked_->sampling.temperature;
  if (temperature ? *temperature != 0 : !settings().semantic_cache_absent_as_zero) return;
  recall::Print print = print_of("cache");
  print.add(settings().semantic_cache_scope == "shared" ? "" : identity::holder_of(exchange_));
  const adapt::Policies& policies = inquiry_.view().policies;
  print.add(policies.system_prompt).add(std::to_string(static_cast<int>(policies.thinking.mode)));
  print.add(std::to_string(policies.thinking.custom_budget)).add(policies.thinking.effort_level);
  print.add(inquiry_.plan().extended_context ? "1m" : "");
  std::vector<std::string> targets;  // a combo draws them in another order each time
  for (const catalog::Target& target : inquiry_.plan().targets) {
    targets.push_back(description_of(target));
  }
  std::ranges::sort(targets);
  for (const std::string& target : targets) print.add(target);
  claims_.push_back({.answers = &parts_.recall.cache,
                     .source = "semantic",
                     .print = print.hex(),
                     .lifetime = parts_.recall.lifetime(settings()),
                     .patience = parts_.patience,
                     .archive = &parts_.recall.archive});
  resemblance_ = Resemblance::of(parts_, exchange_, inquiry_, *asked_, std::move(print));
}

/// Nothing where another request takes too long to bring it.
net::Task<Result<std::optional<Found>>> Recollection::find(const Claim& claim) const {
  net::Scope& scope = co_await net::current_scope();
  net::Handoff<Found> handoff(scope.loop());
  Seat seat(*claim.answers, claim.print);
  std::optional<Found> found = claim.answers->find(claim.print, [&](std::uint64_t place) {
    seat.place = place;
    return std::make_unique<Ear>(handoff.giver());
  });
  if (found) co_return found;
  Result<Found> heard =
      co_await net::within(claim.patience, "an answer that another request gets", handoff.take());
  if (scope.cancelled()) co_return scope.why();
  if (!heard || std::holds_alternative<recall::Unanswered>(*heard)) {
    co_return std::optional<Found>();
  }
  co_return std::optional<Found>(*std::move(heard));
}

/// Who has the duty to bring it to the cache looks elsewhere before anybody is asked.
net::Task<Status> Recollection::look_further(Claim& claim) {
  if (claim.archive == nullptr) co_return Nothing{};
  const Status looked = co_await look_in_archive(claim);
  if (!looked || answer_ != nullptr || resemblance_ == nullptr) co_return looked;
  Result<recall::Shared> alike = co_await resemblance_->find();
  if (!alike) co_return alike.error();
  if (*alike == nullptr) co_return Nothing{};
  answer_ = *std::move(alike);
  claim.source = "similar";
  claim.lifetime = Millis{0};  // it goes with the question that it was given to
  co_return Nothing{};
}

/// But not for long.
net::Task<Status> Recollection::look_in_archive(Claim& claim) {
  if (!claim.archive->has(claim.print)) co_return Nothing{};
  using Kept = std::optional<recall::Kept>;
  net::Scope& scope = co_await net::current_scope();
  net::Handoff<Kept> handoff(scope.loop());
  auto giver = std::make_shared<const net::Handoff<Kept>::Giver>(handoff.giver());
  claim.archive->find(claim.print,
                      [giver = std::move(giver)](Kept kept) { giver->give(std::move(kept)); });
  Result<Kept> found =
      co_await net::within(archive_patience, "an answer that is kept", handoff.take());
  if (scope.cancelled()) co_return scope.why();
  // It may have been forgotten meanwhile.
  if (!found || !*found || !claim.archive->has(claim.print)) co_return Nothing{};
  answer_ = (*found)->answer;
  std::exchange(claim.lead, std::nullopt)->bring_back(**std::move(found));
  co_return Nothing{};
}

net::Task<Status> Recollection::tell(net::Exchange& exchange) const {
  const Draft& draft = inquiry_.draft();
  const Dialect client = inquiry_.incoming().dialect;
  const std::string id =
      answer_->id.empty() ? new_token(parts_.random, reply_id_length) : answer_->id;
  ItemKeeper keeper(parts_.items, inquiry_.item_owner());
  dialect::ReplyStyle style = dialect::ReplyStyle::of(*asked_);
  style.id = id;
  style.now = answer_->time_s;
  style.include_usage = draft.wants_usage;
  style.json_array = draft.as_array;
  style.items = inquiry_.keeps_items() ? &keeper : nullptr;
  const std::string_view model = answer_->model;
  const std::size_t slash = model.find('/');
  net::OutFields fields = route_fields(
      inquiry_.view(), inquiry_.plan(),
      {.provider = model.substr(0, slash), .model = model.substr(slash + 1), .took = waited()});
  // A request that comes again was not looked up in the cache: neither HIT nor MISS is true of it.
  const bool repeated = source_ == "idempotency";
  fields.add(repeated ? "x-omniroute-idempotent" : "x-omniroute-cache", repeated ? "true" : "HIT");
  std::string out;
  if (!draft.stream) {
    dialect::Losses losses;
    out = dialect::codec_for(client).encode_reply(answer_->reply, style, losses);
    fields.add("content-type", "application/json");
    co_return co_await exchange.reply(200, std::move(fields), std::move(out));
  }
  chat::replay(answer_->reply, *dialect::codec_for(client).stream_encoder(style, out));
  fields = stream_fields(draft, client, std::move(fields));
  if (Status begun = exchange.begin(200, fields); !begun) co_return begun;
  co_return co_await exchange.finish(out);
}

std::unique_ptr<recall::Memo> Recollection::open_memo() const {
  const auto leads = [](const Claim& claim) { return claim.lead.has_value(); };
  if (std::ranges::none_of(claims_, leads)) return nullptr;
  return std::make_unique<recall::Memo>(memo_bytes_max);
}

void Recollection::keep(const catalog::Target& target, const Delivery& delivery,
                        recall::Memo* memo) {
  if (memo == nullptr || delivery.failure || !delivery.sent) return;
  std::optional<chat::Reply> reply = memo->take();
  if (!reply) return;
  const bool settled = is_settled(*reply);
  const Clock::Wall now = parts_.clock.wall();
  recall::Answer answer{.reply = *std::move(reply),
                        .id = delivery.id,
                        .time_s = to_millis(now) / 1000,
                        .model = target.provider->shown_id() + "/" + target.model_id,
                        .bytes = memo->bytes()};
  const catalog::Price* price =
      inquiry_.view().directory.price_of(*target.provider, target.model_id);
  if (price != nullptr && answer.reply.usage) {
    const chat::Usage& usage = *answer.reply.usage;
    answer.cost_nano = meter::cost_of(meter::rates_for(*price, usage, now), usage);
  }
  const auto shared = std::make_shared<const recall::Answer>(std::move(answer));
  for (Claim& claim : claims_) {
    const bool fits = claim.answers != &parts_.recall.cache || settled;
    if (!fits || !claim.lead) continue;
    std::exchange(claim.lead, std::nullopt)->bring(shared, claim.lifetime);
    if (claim.archive == nullptr) continue;
    claim.archive->keep(claim.print, shared, claim.lifetime);
    if (resemblance_ != nullptr) resemblance_->keep(claim.print, claim.lifetime);
  }
}

}  // namespace omni::pipeline
