#include "route/resolve.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "base/wildcard.h"

namespace omni::route {
namespace {

using catalog::Provider;
using catalog::Target;

constexpr std::size_t name_bytes_max = 256;
constexpr std::string_view extended_mark = "[1m]";
constexpr std::string_view combo_prefix = "combo/";
constexpr int alias_depth_max = 8;

Error refused(std::string message) { return {Error::Kind::bad_request, std::move(message)}; }

/// "provider", or "embedding provider"
std::string provider_of(std::string_view kind) {
  return std::string(kind).append(kind.empty() ? "provider" : " provider");
}

Error no_credentials(std::string_view provider, std::string_view kind) {
  if (kind == "transcription") kind = {};  // whose clients read the same words as those of chats
  return refused("No credentials for " + provider_of(kind) + ": " + std::string(provider));
}

/// The name may be mistyped, and of whom it is asked then surprises whoever wrote it.
Error no_credentials_for(std::string_view model, const Provider& provider) {
  const std::string id = provider.shown_id();
  return refused(no_credentials(id, {}).message() + ". Nobody who has an account lists the model " +
                 std::string(model) + ", and such a name without a provider goes to " + id +
                 ". To ask another, write provider/model");
}

/// What reads like a provider that only lacks an account would send its reader to look for a key.
Error nobody_called(std::string_view model, std::string_view kind) {
  const std::size_t slash = model.find('/');
  if (!kind.empty() && slash == std::string_view::npos) {
    return refused("Invalid " + std::string(kind) + " model: " + std::string(model) +
                   ". Use format: provider/model");
  }
  std::string text = "Unknown " + provider_of(kind) + ": ";
  text.append(model.substr(0, slash));
  text.append(". No provider and no account is called so, and nobody lists the model ");
  return refused(text.append(model));
}

Status check_form(std::string_view name) {
  if (name.empty()) return refused("Missing model");
  const bool control = std::ranges::any_of(
      name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (name.size() > name_bytes_max || control || name.find("../") != std::string_view::npos) {
    return refused("Invalid model format");
  }
  return Nothing{};
}

/// Endings by which a model's name switches its thinking; what stands before must be listed.
std::string_view thinking_ending(std::string_view id) {
  constexpr std::array<std::string_view, 8> endings{"-thinking", "-none", "-minimal", "-low",
                                                    "-medium",   "-high", "-xhigh",   "-max"};
  for (const std::string_view ending : endings) {
    if (id.ends_with(ending) && id.size() > ending.size()) return ending;
  }
  return {};
}

constexpr std::string_view everything = "*";

/// One name on its way to a plan.
class Resolving {
 public:
  Resolving(const Directory& directory, std::string_view kind)
      : directory_(directory), kind_(kind) {}

  Status name(std::string_view name, int depth = 0);
  Status at(const Provider& provider, std::string_view model);
  /// Off the end of a name.
  void take_mark(std::string_view& name);
  Plan take() && { return std::move(plan_); }

 private:
  using Listing = Directory::Listing;

  const Combo* combo_named(std::string_view name) const;
  /// Whom the name begins with; null where that is nobody.
  const Provider* provider_before(std::string_view name) const;
  Status choose(const Combo& combo);
  Status qualified(std::string_view name);
  Status bare(std::string_view name);
  std::vector<const Provider*> usable_of(std::vector<Listing> listings) const;
  const Provider* usable_home_that_has(std::string_view model,
                                       const std::vector<Listing>& listings) const;
  /// The provider whose own the model is by the longest pattern; of several the first that passes.
  /// Who takes everything takes what no other pattern claims.
  template <class Passes>
  const Provider* home_of(std::string_view model, Passes passes) const;
  Error whom_it_lacks(std::string_view model, const std::vector<Listing>& listings) const;
  void because(std::string reason) { plan_.reasons.push_back(std::move(reason)); }

  const Directory& directory_;
  const std::string_view kind_;
  Plan plan_;
};

void Resolving::take_mark(std::string_view& name) {
  if (!name.ends_with(extended_mark)) return;
  name.remove_suffix(extended_mark.size());
  plan_.extended_context = true;
}

Status Resolving::name(std::string_view name, int depth) {
  if (depth == alias_depth_max) return refused("Aliases lead in a circle");
  if (const Combo* combo = combo_named(name)) return choose(*combo);
  std::string_view target = directory_.exact_alias_of(name);
  const Provider* const named = provider_before(name);
  if (target.empty() && named == nullptr) target = directory_.wildcard_alias_of(name);
  if (!target.empty() && target != name) {
    because(std::string(name).append(" is an alias of ").append(target));
    return this->name(target, depth + 1);
  }
  // Many ids have a company's name before a slash: without an account there, it may be only that.
  return named != nullptr && directory_.can_answer(*named) ? qualified(name) : bare(name);
}

const Provider* Resolving::provider_before(std::string_view name) const {
  const std::size_t slash = name.find('/');
  return slash == name.npos ? nullptr : directory_.find_provider(name.substr(0, slash));
}

const Combo* Resolving::combo_named(std::string_view name) const {
  if (const Combo* combo = directory_.find_combo(name)) return combo;
  return name.starts_with(combo_prefix) ? directory_.find_combo(name.substr(combo_prefix.size()))
                                        : nullptr;
}

Status Resolving::choose(const Combo& combo) {
  if (!combo.active) {
    return Error(Error::Kind::not_found, "The combo " + combo.name + " is switched off");
  }
  if (combo.steps.empty()) {
    return Error(Error::Kind::not_found, "The combo " + combo.name + " has no models");
  }
  plan_.combo = &combo;
  return Nothing{};
}

Status Resolving::qualified(std::string_view name) {
  const std::size_t slash = name.find('/');
  const Provider& provider = *directory_.find_provider(name.substr(0, slash));
  because(std::string(name.substr(0, slash))
              .append(" names the provider ")
              .append(provider.shown_id()));
  return at(provider, name.substr(slash + 1));
}

Status Resolving::at(const Provider& provider, std::string_view model) {
  if (model.empty()) return refused("Invalid model format");
  if (!directory_.can_answer(provider)) return no_credentials(provider.shown_id(), kind_);
  PlannedTarget target;
  target.provider = &provider;
  target.model = directory_.find_model(provider, model);
  target.model_id = model;
  if (target.model == nullptr) {
    const std::string_view ending = thinking_ending(model);
    const std::string_view stem = model.substr(0, model.size() - ending.size());
    const catalog::Model* listed = ending.empty() ? nullptr : directory_.find_model(provider, stem);
    if (listed != nullptr) {
      target.model = listed;
      target.model_id = stem;
      target.ending = ending;
      because(std::string(ending).append(" switches the thinking of ").append(stem));
    } else if (!provider.any_model) {
      return Error(Error::Kind::not_found, std::string("The provider ")
                                               .append(provider.shown_id())
                                               .append(" has no model ")
                                               .append(model));
    }
  }
  plan_.targets.push_back(std::move(target));
  return Nothing{};
}

Status Resolving::bare(std::string_view name) {
  std::vector<Listing> listings = directory_.who_has(name);
  if (listings.empty()) {
    listings = directory_.who_has(name.substr(0, name.size() - thinking_ending(name).size()));
  }
  if (const Provider* home = usable_home_that_has(name, listings)) {
    because(std::string(name).append(" is one of ").append(home->shown_id()).append("'s own"));
    return at(*home, name);
  }
  const std::vector<const Provider*> usable = usable_of(listings);
  if (usable.size() == 1) {
    because(
        std::string("only ").append(usable[0]->shown_id()).append(" lists it and has an account"));
    return at(*usable[0], name);
  }
  if (usable.size() > 1) {
    const std::string first = usable[0]->prefix() + "/" + std::string(name);
    const std::string second = usable[1]->prefix() + "/" + std::string(name);
    return refused("Ambiguous model '" + std::string(name) +
                   "'. Use provider/model prefix (ex: " + first + " or " + second + ").");
  }
  const Provider* home = home_of(name, [this](const Provider& provider) {
    return provider.any_model && directory_.can_answer(provider);
  });
  if (home == nullptr || name.find('/') != std::string_view::npos) {
    return whom_it_lacks(name, listings);
  }
  because(std::string("nobody who has an account lists it; such a name without a provider goes to ")
              .append(home->shown_id()));
  return at(*home, name);
}

/// Who has it and can answer, as far as nobody does with more right.  Nobody has chosen what a
/// server of a user's own lists, so that counts only where nobody else has it; what is built in is
/// for who has nothing else.
std::vector<const Provider*> Resolving::usable_of(std::vector<Listing> listings) const {
  std::erase_if(listings,
                [this](const Listing& each) { return !directory_.can_answer(*each.provider); });
  const auto right_of = [](const Listing& each) {
    if (each.provider->category == Provider::Category::builtin) return 0;
    return each.imported ? 1 : 2;
  };
  int most = 0;
  for (const Listing& each : listings) most = std::max(most, right_of(each));
  std::vector<const Provider*> usable;
  for (const Listing& each : listings) {
    if (right_of(each) == most) usable.push_back(each.provider);
  }
  return usable;
}

const Provider* Resolving::usable_home_that_has(std::string_view model,
                                                const std::vector<Listing>& listings) const {
  return home_of(model, [&](const Provider& provider) {
    return directory_.can_answer(provider) &&
           std::ranges::find(listings, &provider, &Listing::provider) != listings.end();
  });
}

template <class Passes>
const Provider* Resolving::home_of(std::string_view model, Passes passes) const {
  const Provider* best = nullptr;
  std::size_t length = 0;
  bool claimed = false;
  for (const Provider* provider : directory_.providers()) {
    for (const std::string& pattern : provider->home_of) {
      if (!matches_wildcard(pattern, model, LetterCase::ignored)) continue;
      claimed = claimed || pattern != everything;
      if (pattern.size() <= length || !passes(*provider)) continue;
      best = provider;
      length = pattern.size();
    }
  }
  return claimed && length <= everything.size() ? nullptr : best;
}

Error Resolving::whom_it_lacks(std::string_view model, const std::vector<Listing>& listings) const {
  const std::size_t slash = model.find('/');
  const Provider* who = provider_before(model);
  if (who == nullptr && (listings.size() == 1 || (slash != model.npos && !listings.empty()))) {
    who = listings[0].provider;
  }
  if (who == nullptr && slash == model.npos && kind_.empty()) {
    const Provider* const home = home_of(model, [](const Provider&) { return true; });
    if (home != nullptr) return no_credentials_for(model, *home);
  }
  return who == nullptr ? nobody_called(model, kind_) : no_credentials(who->shown_id(), kind_);
}

}  // namespace

Result<Plan> resolve(const Directory& directory, std::string_view name, std::string_view kind) {
  Resolving resolving(directory, kind);
  resolving.take_mark(name);
  if (Status form = check_form(name); !form) return form.error();
  if (Status done = resolving.name(name); !done) return done.error();
  return std::move(resolving).take();
}

Result<Plan> resolve_at(const Directory& directory, const Provider& provider, std::string_view name,
                        std::string_view kind) {
  Resolving resolving(directory, kind);
  resolving.take_mark(name);
  if (Status form = check_form(name); !form) return form.error();
  std::string_view model = name;
  const std::size_t slash = name.find('/');
  if (slash != std::string_view::npos && directory.find_model(provider, name) == nullptr) {
    const Provider* named = directory.find_provider(name.substr(0, slash));
    if (named == &provider) {
      model = name.substr(slash + 1);
    } else if (named != nullptr) {
      std::string message = "Model \"" + std::string(name) + "\" does not belong to provider \"" +
                            provider.shown_id() + "\"";
      if (kind.empty()) message += ". Expected prefix: " + provider.prefix() + "/";
      return refused(std::move(message));
    }
  }
  if (Status done = resolving.at(provider, model); !done) return done.error();
  return std::move(resolving).take();
}

Result<Plan> resolve_for(const Directory& directory, std::string_view provider,
                         std::string_view name, std::string_view kind) {
  if (provider.empty()) return resolve(directory, name, kind);
  const Provider* named = directory.find_provider(provider);
  if (named == nullptr) {
    return refused("Unknown " + provider_of(kind) + ": " + std::string(provider));
  }
  return resolve_at(directory, *named, name, kind);
}

}  // namespace omni::route
