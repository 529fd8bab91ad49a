#include "api/test_api.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/strings.h"
#include "store/migrations.h"
#include "store/sql/sqlite.h"

namespace omni::api::testing {
namespace {

using identity::Caller;

Caller::Kind kind_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Caller::Kind>, 5> kinds{{
      {"visitor", Caller::Kind::visitor},
      {"client", Caller::Kind::client},
      {"session", Caller::Kind::session},
      {"token", Caller::Kind::token},
      {"owner", Caller::Kind::owner},
  }};
  const auto found = std::ranges::find(kinds, name, [](const auto& kind) { return kind.first; });
  return found == kinds.end() ? Caller::Kind::anonymous : found->second;
}

std::unique_ptr<store::Database> open_usage(const std::string& path) {
  auto writer = *sql::open_sqlite(path);
  EXPECT_TRUE(store::migrate(*writer, store::migrations_of("usage")));
  return std::make_unique<store::Database>(
      std::move(writer), *sql::open_sqlite(path, {.read_only = true}), store::Database::Options{});
}

}  // namespace

const std::string_view test_password_hash =
    "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";

net::Task<Status> BelievingGate::admit(net::Exchange& exchange, const net::Route&) {
  const net::RequestHead& request = exchange.request();
  auto caller = std::make_unique<Caller>();
  caller->kind = kind_of(request.field("x-caller"));
  caller->id = request.field("x-id");
  caller->actor = request.field("x-caller");
  const std::string_view from = request.field("x-from");
  if (caller->kind != Caller::Kind::owner) {
    caller->client.address = identity::parse_address(from.empty() ? "127.0.0.1" : from);
  }
  caller->client.encrypted = !request.field("x-encrypted").empty();
  caller->configuration = store_.current();
  exchange.set_caller(std::move(caller));
  exchange.set_id("r-1");
  co_return Nothing{};
}

std::string TestAnswer::field(std::string_view name) const {
  const std::string wanted = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(wanted);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + wanted.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

std::shared_ptr<const catalog::Catalog> test_catalog() {
  static const std::vector<catalog::Catalog::Document> files{
      {"acme", R"({"id":"acme","name":"Acme","aliases":["ac"],"category":"api_key",
        "env":["ACME_API_KEY"],"endpoints":{"openai_chat":"https://api.acme.example/v1"},
        "models":[
          {"id":"large","name":"Large","context_tokens":1000,"output_tokens":100,"tools":true,
           "images":true,"price":{"input":2.5,"output":10,"cache_read":0.25}},
          {"id":"shared","name":"Shared"},
          {"id":"embed","name":"Embed","kind":"embedding"}]})"},
      {"bin", R"({"id":"bin","name":"Bin","category":"local","auth":{"scheme":"none"},
        "private_address":true,"endpoints":{"ollama":"http://127.0.0.1:11434"},
        "models_path":"/api/tags","models":[{"id":"shared","name":"Shared"}]})"},
      {"tenant", R"({"id":"tenant","name":"Tenant","category":"api_key",
        "endpoints":{"openai_chat":"https://{resource}.example/v1"}})"},
      {"login", R"({"id":"login","name":"Login","category":"oauth",
        "endpoints":{"openai_chat":"https://login.example/v1"},
        "quota":{"form":"claude","url":"/api/usage"}})"}};
  const auto loaded = catalog::Catalog::load(files);
  EXPECT_TRUE(loaded) << loaded.error().message();
  return *loaded;
}

ApiTest::ApiTest() {
  auto opened = store::ConfigStore::open({folder_.path(), Secret()}, random_, log_);
  EXPECT_TRUE(opened) << opened.error().message();
  store_ = *std::move(opened);
  usage_database_ = open_usage(folder_.file("usage.sqlite"));
  EXPECT_TRUE(recall_.archive.follow(*usage_database_));
  usage_log_ = std::make_unique<store::UsageLog>(
      store::UsageLog::Surroundings{*usage_database_, clock_, log_}, store::UsageLog::Options{});
  budgets_.follow(*store_, *usage_log_);
  with_.reset(new Surroundings{*store_, backups_, workers_, lockout_, clock_, random_, log_,
                               *catalog_, prober_, explainer_, combo_memory_, accounts_, breakers_,
                               sessions_, recall_, budgets_, watch_, *usage_database_});
  changes_ = std::make_unique<Changes>(*with_, Changes::AutoBackup::off);
  gate_ = std::make_unique<BelievingGate>(*store_);
}

ApiTest::~ApiTest() = default;

void ApiTest::serve(std::vector<Route> routes) {
  router_ = std::make_unique<net::Router>(dispatch(std::move(routes)), gate_.get());
  server_ = std::make_unique<net::testing::TestServer>(
      world_, [this](net::Exchange& exchange) { return router_->handle(exchange); });
}

TestAnswer ApiTest::ask(const Ask& ask) {
  net::testing::RawClient client(server_->port());
  std::string head = ask.method + " " + ask.path + " HTTP/1.1\r\nhost: localhost\r\n";
  head += "x-caller: " + ask.caller + "\r\nx-id: " + ask.id + "\r\n" + ask.fields;
  if (!ask.from.empty()) head += "x-from: " + ask.from + "\r\n";
  head += "content-length: " + std::to_string(ask.body.size()) + "\r\nconnection: close\r\n\r\n";
  client.send(head + ask.body);
  const std::string all = client.read_answer();
  TestAnswer answer;
  const std::size_t end = all.find("\r\n\r\n");
  if (end == std::string::npos) return answer;
  answer.head = all.substr(0, end + 2);
  answer.body = all.substr(end + 4);
  answer.status = std::stoi(all.substr(9, 3));
  return answer;
}

std::string ApiTest::select(const std::string& statement) {
  std::string found;
  EXPECT_TRUE(store_->database().read_now([&](sql::Session& session) {
    return session.run(statement, {}, [&](const sql::Row& row) {
      found += (found.empty() ? "" : " ") + std::string(row.text(0));
    });
  }));
  return found;
}

std::string ApiTest::audit() {
  std::string found;
  EXPECT_TRUE(store_->database().read_now([&](sql::Session& session) -> Status {
    const auto total = store::find_audit_entries(session, {}, [&](const auto& entry) {
      found += (found.empty() ? "" : ", ") + entry.action + " " + entry.actor;
      if (!entry.target.empty()) found += " " + entry.target;
    });
    return total ? Status(Nothing{}) : Status(total.error());
  }));
  return found;
}

void ApiTest::set_password(std::string hash) {
  write([&](sql::Session& session) {
    return store::store_secret(session, store_->sealer(), store::password_hash, Secret(hash));
  });
}

void ApiTest::log_in(std::string id) {
  write([&](sql::Session& session) {
    return store::add_login_session(session, {.id_hash = id,
                                              .created_at = clock_.wall(),
                                              .expires_at = clock_.wall() + std::chrono::hours(1),
                                              .last_used_at = clock_.wall(),
                                              .address = "192.0.2.1",
                                              .user_agent = "test"});
  });
}

std::string ApiTest::everything_stored() {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
    if (entry.is_regular_file()) all += store::read_file(entry.path().string());
  }
  return all;
}

}  // namespace omni::api::testing
