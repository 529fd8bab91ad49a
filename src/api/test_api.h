#pragma once

// What the tests of the groups share: an installation in a folder of its own, behind a gate that
// believes what a request says about its sender.

#include <gtest/gtest.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "api/change.h"
#include "api/route.h"
#include "api/test_explainer.h"
#include "api/test_prober.h"
#include "identity/key_text.h"
#include "meter/watch.h"
#include "net/test_net.h"
#include "store/secrets_table.h"
#include "store/settings_table.h"
#include "store/test_folder.h"

namespace omni::api::testing {

/// `x-caller: session` says who asks (visitor, client, session, token, owner; none: nobody), `x-id`
/// which of them, `x-from` from where.  Roles are not looked at.
class BelievingGate final : public net::Gate {
 public:
  explicit BelievingGate(const store::ConfigStore& store) : store_(store) {}
  net::Task<Status> admit(net::Exchange& exchange, const net::Route& route) override;

 private:
  const store::ConfigStore& store_;
};

struct TestAnswer {
  int status = 0;
  std::string head, body;

  /// The value of a field; empty where there is none.
  std::string field(std::string_view name) const;
};

/// A client's side of one request.
struct Ask {
  std::string method = "GET", path;
  std::string body = {};
  std::string caller = "session", id = "s", from = {};
  std::string fields = {};  // whole lines, with their ends
};

/// The catalogue with `acme` in it, which takes keys, `bin`, which needs none, `tenant`, whose
/// address needs a name, and `login`, which takes none.
std::shared_ptr<const catalog::Catalog> test_catalog();

class ApiTest : public ::testing::Test {
 protected:
  ApiTest();
  ~ApiTest() override;

  /// Once, before the first request.
  void serve(std::vector<Route> routes);
  TestAnswer ask(const Ask& ask);
  TestAnswer get(std::string path) { return ask({.path = std::move(path)}); }
  TestAnswer send(std::string method, std::string path, std::string body) {
    return ask({.method = std::move(method), .path = std::move(path), .body = std::move(body)});
  }

  void write(const store::Database::Work& work) { EXPECT_TRUE(store_->database().write_now(work)); }
  /// The first column of all rows, with blanks between.
  std::string select(const std::string& statement);
  /// "action actor target" of all rows of the audit, the newest first, with ", " between.
  std::string audit();
  void set_password(std::string hash);
  void log_in(std::string id);
  std::string everything_stored();

  store::TestFolder folder_;
  ManualClock clock_{*parse_iso8601("2026-03-01T10:00:00Z")};
  SystemRandom random_;
  net::testing::World world_;
  std::mutex log_mutex_;
  std::string log_lines_;
  Log log_{clock_, {.level = Log::Level::debug}, [this](std::string_view line) {
             const std::lock_guard lock(log_mutex_);
             log_lines_ += line;
           }};
  meter::Budgets budgets_{clock_, log_};
  recall::Recall recall_{clock_, {}};
  std::unique_ptr<store::Database> usage_database_;
  std::unique_ptr<store::UsageLog> usage_log_;
  std::unique_ptr<store::ConfigStore> store_;
  store::Backups backups_{{.database = folder_.file("config.sqlite"),
                           .folder = folder_.file("db_backups"),
                           .retention = {}},
                          clock_};
  identity::Lockout lockout_{clock_};
  net::Workers workers_{2};
  std::shared_ptr<const catalog::Catalog> catalog_ = test_catalog();
  FakeProber prober_;
  FakeExplainer explainer_;
  route::ComboMemory combo_memory_;
  account::Accounts accounts_{clock_, random_};
  account::Breakers breakers_{clock_};
  account::Sessions sessions_{clock_};
  meter::Watch watch_{clock_};
  std::unique_ptr<Surroundings> with_;
  std::unique_ptr<Changes> changes_;
  std::unique_ptr<BelievingGate> gate_;
  std::unique_ptr<net::Router> router_;
  std::unique_ptr<net::testing::TestServer> server_;
};

/// Of the password "correct horse", at a cost that suits tests.
extern const std::string_view test_password_hash;

}  // namespace omni::api::testing
