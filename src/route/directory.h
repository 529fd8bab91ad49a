#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "catalog/catalog.h"
#include "route/combo.h"
#include "store/configuration.h"

namespace omni::route {

/// Who could answer, as of one moment: the catalogue together with what users have added to it, and
/// the accounts that are in use.  Made anew at every change of the configuration; read by any
/// thread.
class Directory {
 public:
  /// Without a memory its combos begin anew.
  Directory(std::shared_ptr<const catalog::Catalog> catalog,
            std::shared_ptr<const store::Configuration> configuration,
            ComboMemory* memory = nullptr);
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  const store::Configuration& configuration() const { return *configuration_; }

  /// Those of the catalogue, then those that users have defined.
  const std::vector<const catalog::Provider*>& providers() const { return providers_; }
  /// By id, alias or prefix, in any case of letters.
  const catalog::Provider* find_provider(std::string_view name) const;
  /// Active ones, the most wanted first.
  std::span<const store::Connection* const> accounts_of(const catalog::Provider& provider) const;
  /// Whether there is an account, or none is needed.
  bool can_answer(const catalog::Provider& provider) const;
  bool anyone_has_an_account() const { return !accounts_.empty(); }

  /// Listed in the catalogue or added by a user; null where neither.
  const catalog::Model* find_model(const catalog::Provider& provider, std::string_view id) const;
  /// Of one provider, those that users have hidden left out, user-added ones last.
  std::vector<const catalog::Model*> models_of(const catalog::Provider& provider) const;
  bool was_added(const catalog::Provider& provider, const catalog::Model& model) const;
  struct Listing {
    const catalog::Provider* provider = nullptr;
    const catalog::Model* model = nullptr;
    bool imported = false;  // only the server of a user's own provider says so
  };
  /// Everybody who has a model of exactly that id.
  std::vector<Listing> who_has(std::string_view model) const;

  /// What a name stands for, if somebody has said so; empty: for itself.
  std::string_view exact_alias_of(std::string_view name) const;
  /// The same by the aliases with `*` and `?`: the one that says most about the name.
  std::string_view wildcard_alias_of(std::string_view name) const;

  /// In their order; those as well that are switched off.
  const std::deque<Combo>& combos() const { return combos_; }
  /// Null where there is none.
  const Combo* find_combo(std::string_view name) const;

  /// What a user says that it costs, or else the catalogue; null where nobody knows.
  const catalog::Price* price_of(const catalog::Provider& provider, std::string_view model) const;

 private:
  using Key = std::pair<const catalog::Provider*, std::string>;

  void add_nodes();
  void add_models();
  void add_accounts();
  void add_prices();
  void add_aliases();

  std::shared_ptr<const catalog::Catalog> catalog_;
  std::shared_ptr<const store::Configuration> configuration_;
  std::deque<catalog::Provider> nodes_;
  std::vector<const catalog::Provider*> providers_;
  std::unordered_map<std::string, const catalog::Provider*> nodes_by_name_;
  std::unordered_map<const catalog::Provider*, std::vector<const store::Connection*>> accounts_;
  std::map<const catalog::Provider*, std::deque<catalog::Model>> added_;
  std::set<Key> hidden_, imported_;
  std::map<Key, catalog::Price> prices_;
  std::vector<store::ModelAlias> aliases_;
  ComboMemory own_memory_;  // where nobody has given one
  std::deque<Combo> combos_;
  std::unordered_map<std::string_view, const Combo*> combos_by_name_;
};

}  // namespace omni::route
