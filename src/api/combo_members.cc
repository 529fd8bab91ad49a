#include "api/combo_members.h"

#include <algorithm>
#include <array>

#include "base/wildcard.h"
#include "route/resolve.h"
#include "route/strategy.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr std::size_t name_length_max = 300;
constexpr std::size_t steps_max = 100;
constexpr std::array<std::string_view, 14> strategy_names{
    "priority",       "weighted",          "round-robin", "random",        "least-used",
    "cost-optimized", "fill-first",        "p2c",         "strict-random", "auto",
    "lkgp",           "context-optimized", "usage",       "context"};

bool is_combo_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_/.-").find(c) != std::string_view::npos;
  });
}
constexpr json::Format combo_name{"combo-name", "must be of letters, digits, _, /, . and -",
                                  is_combo_name};

constexpr json::Shape share = shape::number(0, 1);
constexpr std::array weight_members{
    MemberShape{"quota", share, Presence::optional, "How little it has to do now."},
    MemberShape{"health", share, Presence::optional, "How seldom it fails."},
    MemberShape{"costInv", share, Presence::optional, "How cheap it is."},
    MemberShape{"latencyInv", share, Presence::optional, "How fast it is."},
    MemberShape{"taskFit", share, Presence::optional, "How much it can: tools, images, thought."},
    MemberShape{"stability", share, Presence::optional, "How much alike in time its answers are."},
    MemberShape{"tierPriority", share, Presence::optional, "How early it stands in the list."}};

constexpr json::Shape timeout = shape::integer(1000, 3'600'000);
constexpr json::Shape hedge_wait = shape::integer(0, 600'000);
constexpr std::array hedge_members{
    MemberShape{"percent", shape::integer(0, 100), Presence::optional,
                "Of how many requests in a hundred at most; 0: never."},
    MemberShape{"afterMs", hedge_wait, Presence::optional,
                "After how long; 0: after what the model itself takes at most 19 of 20 times."},
    MemberShape{"minMs", hedge_wait, Presence::optional, "No sooner than that (500)."}};

constexpr std::array config_members{
    MemberShape{"strategy", shape::choice(strategy_names), Presence::optional,
                "Of the predecessor: counts where the combo itself does not say it."},
    MemberShape{"maxRetries", shape::integer(0, 10), Presence::optional,
                "How often a model is asked again when nobody else is left."},
    MemberShape{"retryDelayMs", shape::integer(0, 60'000), Presence::optional,
                "How long after its failure, in milliseconds."},
    MemberShape{"concurrencyPerModel", shape::integer(1, 20), Presence::optional,
                "Requests at a time beyond which round-robin prefers another model."},
    MemberShape{"maxComboDepth", shape::integer(1, 3), Presence::optional,
                "How deep combos may stand in it."},
    MemberShape{"trackMetrics", shape::boolean(), Presence::optional,
                "Shows what it does among the metrics."},
    MemberShape{"weights", shape::object(weight_members).strict(), Presence::optional,
                "How much each quality counts for auto."},
    MemberShape{"explorationRate", share, Presence::optional,
                "How often auto lets another go first."},
    MemberShape{"timeoutMs", timeout, Presence::optional,
                "How long a model may say nothing before the next is asked, in milliseconds."},
    MemberShape{
        "hedge", shape::object(hedge_members).strict(), Presence::optional,
        "Asks a second model beside one that says nothing for longer than it usually does."},
    MemberShape{
        "cacheSimilarityMin", share.or_null(), Presence::optional,
        "How alike two questions have to be for one's answer to be the other's; 0: it takes "
        "none; null: as the setting says."},
    MemberShape{"queueTimeoutMs", shape::integer(1000, 120'000), Presence::optional,
                "Of the predecessor; kept, without effect: nobody waits in a queue."},
    MemberShape{"healthCheckEnabled", shape::boolean(), Presence::optional,
                "Of the predecessor; kept, without effect."},
    MemberShape{"healthCheckTimeoutMs", shape::integer(100, 30'000), Presence::optional,
                "Of the predecessor; kept, without effect."}};

constexpr json::Shape provider_name = shape::text(1, 100).like(json::format::name);
constexpr json::Shape step = shape::any();
/// Nobody shall believe that it has an effect.
constexpr json::Shape nothing = shape::text(0, 0).or_null();
constexpr std::array changing{
    MemberShape{"name", shape::text(1, 100).like(combo_name), Presence::optional,
                "What clients write as the model."},
    MemberShape{"models", shape::list(step, 0, steps_max), Presence::optional,
                "Models or other combos: names, or objects with model or comboName, and weight."},
    MemberShape{"strategy", shape::choice(strategy_names), Presence::optional,
                "How it chooses among them."},
    MemberShape{"config", shape::object(config_members).strict(), Presence::optional,
                "What is other than the settings for all combos say."},
    MemberShape{"allowedProviders", shape::list(provider_name, 0, steps_max), Presence::optional,
                "Providers that it may use; none: all."},
    MemberShape{"system_message", nothing, Presence::optional,
                "Of the predecessor; not done here, so it must be empty."},
    MemberShape{"tool_filter_regex", nothing, Presence::optional,
                "Of the predecessor; not done here, so it must be empty."},
    MemberShape{"context_length", shape::integer(1000, 2'000'000), Presence::optional,
                "What lists say of it in the place of what its models have."},
    MemberShape{"isActive", shape::boolean(), Presence::optional, "It can be used."},
    MemberShape{"isHidden", shape::boolean(), Presence::optional, "It is left out of lists."}};

const auto beginning = [] {
  auto all = changing;
  all[0].presence = all[1].presence = Presence::required;
  return all;
}();

constexpr std::array<std::string_view, 2> kinds{"model", "combo-ref"};
constexpr json::Shape model_name = shape::text(1, name_length_max);
constexpr json::Shape tag = shape::text(1, 100);
constexpr std::array step_members{MemberShape{"id", shape::text(1, name_length_max)},
                                  MemberShape{"kind", shape::choice(kinds)},
                                  MemberShape{"model", model_name},
                                  MemberShape{"comboName", model_name},
                                  MemberShape{"provider", provider_name},
                                  MemberShape{"providerId", provider_name},
                                  MemberShape{"connectionId", shape::text(1, 100).or_null()},
                                  MemberShape{"weight", shape::number(0, 100)},
                                  MemberShape{"timeoutMs", timeout},
                                  MemberShape{"label", shape::text(0, 200)},
                                  MemberShape{"tags", shape::list(tag, 0, 20)}};
constexpr json::Shape step_object = shape::object(step_members);

/// Whose it is can be told by its name.  That somebody takes all that is nobody's does not count:
/// while he has no account, it is more likely mistyped.
bool is_claimed(const route::Directory& directory, std::string_view model) {
  return std::ranges::any_of(directory.providers(), [&](const catalog::Provider* provider) {
    return std::ranges::any_of(provider->home_of, [&](const std::string& pattern) {
      return pattern != "*" && matches_wildcard(pattern, model, LetterCase::ignored);
    });
  });
}

bool is_known(const route::Directory& directory, std::string_view name) {
  const std::size_t slash = name.find('/');
  const bool has_slash = slash != name.npos;
  return directory.find_combo(name) != nullptr ||
         (has_slash && directory.find_provider(name.substr(0, slash)) != nullptr) ||
         !directory.exact_alias_of(name).empty() || !directory.wildcard_alias_of(name).empty() ||
         !directory.who_has(name).empty() || (!has_slash && is_claimed(directory, name)) ||
         route::resolve(directory, name);
}

}  // namespace

std::span<const MemberShape> combo_members() { return changing; }
std::span<const MemberShape> members_of_new_combo() { return beginning; }

std::vector<json::Finding> check_models(json::Value body) {
  std::size_t place = 0;
  for (const json::Value model : body.find("models").items()) {
    const std::string name = "models[" + std::to_string(place++) + "]";
    const bool is_text = model.kind() == json::Kind::text;
    std::vector<json::Finding> findings =
        json::check(is_text ? model_name : step_object, model, name);
    const bool names_one = is_text || model.kind() != json::Kind::object || model.find("model") ||
                           model.find("comboName");
    if (!names_one) findings.push_back({name, "needs a model or a comboName"});
    if (!findings.empty()) return findings;
  }
  return {};
}

Status check_steps(const route::Directory& directory, const store::Combo& combo) {
  std::size_t place = 0;
  for (const store::ComboStep& each : combo.steps) {
    const std::string member = "models[" + std::to_string(place++) + "]: ";
    if (!each.provider.empty()) {
      if (directory.find_provider(each.provider) != nullptr) continue;
      return Error(Error::Kind::bad_request, member + "Unknown provider: " + each.provider);
    }
    if (each.model.empty() || is_known(directory, each.model)) continue;
    return Error(Error::Kind::bad_request,
                 member + "no provider, combo or alias is called so, and nobody lists the model " +
                     each.model);
  }
  return Nothing{};
}

void apply_combo_members(store::Combo& combo, json::Value body) {
  store::read_combo(body, combo);
  if (!combo.strategy.empty()) combo.strategy = route::strategy_named(combo.strategy).name;
}

}  // namespace omni::api
