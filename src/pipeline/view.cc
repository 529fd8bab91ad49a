#include "pipeline/view.h"

#include <utility>

#include "base/assert.h"

namespace omni::pipeline {
namespace {

using Mode = adapt::ThinkingPolicy::Mode;

Mode mode_named(std::string_view name) {
  if (name == "auto") return Mode::automatic;
  if (name == "custom") return Mode::custom;
  return name == "adaptive" ? Mode::adaptive : Mode::passthrough;
}

adapt::Policies policies_of(const store::Settings& settings) {
  adapt::Policies policies;
  policies.thinking = {.mode = mode_named(settings.thinking_mode),
                       .custom_budget = settings.thinking_custom_budget,
                       .effort_level = settings.thinking_effort_level};
  if (settings.system_prompt_enabled) policies.system_prompt = settings.system_prompt;
  return policies;
}

}  // namespace

View::View(std::shared_ptr<const catalog::Catalog> catalog,
           std::shared_ptr<const store::Configuration> configuration, route::ComboMemory& memory,
           const account::ProxyVariables& variables)
    : directory(std::move(catalog), std::move(configuration), &memory),
      proxies(directory.configuration().proxies, variables),
      rules(account::rules_of(directory.configuration().settings)),
      policies(policies_of(directory.configuration().settings)) {
  for (const catalog::Provider* provider : directory.providers()) {
    if (provider->category == catalog::Provider::Category::builtin)
      roster.add(*provider, nullptr, proxies);
    for (const store::Connection* connection : directory.accounts_of(*provider)) {
      roster.add(*provider, connection, proxies);
    }
  }
}

void Views::follow(store::ConfigStore& store) {
  store.add_listener([this](const std::shared_ptr<const store::Configuration>& configuration) {
    auto made = std::make_shared<const View>(catalog_, configuration, memory_, variables_);
    const std::scoped_lock lock(mutex_);
    current_ = std::move(made);
  });
}

std::shared_ptr<const View> Views::current() const {
  const std::scoped_lock lock(mutex_);
  OMNI_ASSERT(current_ != nullptr);
  return current_;
}

}  // namespace omni::pipeline
