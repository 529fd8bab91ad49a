#pragma once

// What the tests of routes share: providers that nobody else has, and a configuration that a test
// fills as users do.

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "route/directory.h"
#include "store/settings_table.h"
#include "store/test_config.h"

namespace omni::route::testing {

/// Beside the real ones: `acme` (`ac`) and `bolt` (`bo`) list what nobody else does, `shut` takes
/// no model that is not listed.
inline std::shared_ptr<const catalog::Catalog> test_catalog() {
  static const std::array<catalog::Catalog::Document, 3> documents{{
      {"acme.json", R"({"id": "acme", "name": "Acme", "aliases": ["ac"],
         "endpoints": {"openai_chat": "https://acme.example/v1"}, "home_of": ["acme-*"],
         "models": [{"id": "acme-1", "thinking": true, "price": {"input": 1, "output": 2}},
                    {"id": "both-1"}, {"id": "team/slashed-1"}, {"id": "groq/odd-1"}]})"},
      {"bolt.json", R"({"id": "bolt", "name": "Bolt", "aliases": ["bo"],
         "endpoints": {"anthropic": "https://bolt.example/v1"}, "home_of": ["acme-pro-*"],
         "models": [{"id": "both-1"}, {"id": "acme-pro-1"}]})"},
      {"shut.json", R"({"id": "shut", "name": "Shut", "any_model": false,
         "endpoints": {"openai_chat": "https://shut.example/v1"},
         "home_of": ["shut-*"], "models": [{"id": "shut-1"}]})"},
  }};
  static const auto loaded = *catalog::Catalog::load(documents);
  return loaded;
}

class DirectoryTest : public ::testing::Test {
 protected:
  void connect(std::string provider) {
    store::Connection connection;
    connection.id = "c-" + provider;
    connection.provider = std::move(provider);
    connect(connection);
  }
  void connect(const store::Connection& connection) {
    EXPECT_TRUE(store::add_connection(session(), sealer_, connection));
  }
  void alias(std::string name, std::string target) {
    EXPECT_TRUE(store::put_model_alias(session(), {std::move(name), std::move(target)}));
  }
  void wildcard_aliases(std::string json) {
    store::Settings settings;
    settings.wildcard_aliases = json::Raw::trusted(std::move(json));
    const store::SettingWriter writer{session(), sealer_, Clock::Wall{}};
    EXPECT_TRUE(writer.store(settings, *store::find_setting("", "wildcardAliases")));
  }
  void add_node(std::string prefix, std::string type = "openai-compatible") {
    EXPECT_TRUE(store::add_provider_node(session(), {.id = "node-" + prefix,
                                                     .type = std::move(type),
                                                     .name = "Node",
                                                     .prefix = prefix,
                                                     .api_type = "chat",
                                                     .base_url = "http://10.0.0.4/v1",
                                                     .chat_path = "",
                                                     .models_path = ""}));
  }
  /// `data` as the table has it.
  void combo(const std::string& name, const std::string& data) {
    store::Combo combo{.id = "id-" + name, .name = name};
    json::Reader reader;
    store::read_combo(reader.read(data), combo);
    EXPECT_FALSE(reader.failed()) << data;
    EXPECT_TRUE(store::add_combo(session(), combo));
  }
  void change_settings(const std::function<void(store::Settings&)>& change) {
    store::Settings settings;
    change(settings);
    const store::SettingWriter writer{session(), sealer_, Clock::Wall{}};
    for (const store::SettingRow& row : store::setting_rows()) {
      EXPECT_TRUE(writer.store(settings, row));
    }
  }
  sql::Session& session() { return *config_.session; }

  /// As of now; all that was got from the last one is gone.
  const Directory& directory() {
    std::vector<json::Finding> complaints;
    auto loaded = store::Configuration::load(session(), sealer_, complaints);
    EXPECT_TRUE(loaded && complaints.empty());
    directory_ = std::make_unique<Directory>(test_catalog(), *loaded, &memory_);
    return *directory_;
  }

 private:
  store::TestConfig config_;
  SystemRandom random_;
  ComboMemory memory_;
  store::Sealer sealer_{store::MasterKey::random(random_), random_};
  std::unique_ptr<Directory> directory_;
};

}  // namespace omni::route::testing
