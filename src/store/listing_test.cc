#include "store/listing.h"

#include <gtest/gtest.h>

#include "store/test_config.h"

namespace omni::store {
namespace {

TEST(Listing, ShowsAccountsWithoutWhatOpensThem) {
  const TestConfig config;
  EXPECT_TRUE(config.session->run_script(
      "INSERT INTO provider_connections (id, provider, auth_type, name, api_key, access_token, "
      "created_at, updated_at) VALUES ('c', 'groq', 'api_key', 'work', 'canary', 'canary', 0, 0)"));
  EXPECT_EQ(list_connections(*config.session)->text(),
            R"([{"id":"c","provider":"groq","authType":"api_key","name":"work","email":"",)"
            R"("isActive":true,"priority":1,"createdAt":"1970-01-01T00:00:00.000Z"}])");
}

TEST(Listing, ShowsCombosInTheirOrder) {
  const TestConfig config;
  EXPECT_TRUE(config.session->run_script(
      "INSERT INTO combos (id, name, data, sort_order, created_at, updated_at) VALUES "
      "('a', 'second', '{\"x\":1}', 2, 0, 0), ('b', 'first', '{}', 1, 0, 0)"));
  EXPECT_EQ(list_combos(*config.session)->text(),
            R"([{"id":"b","name":"first","data":{}},{"id":"a","name":"second","data":{"x":1}}])");
}

}  // namespace
}  // namespace omni::store
