#include "store/proxies.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "store/test_config.h"

namespace omni::store {
namespace {

class ProxiesTest : public testing::Test {
 protected:
  void put(std::string level, std::string id, const std::string& url) {
    const ProxyRow row{std::move(level), std::move(id), Secret(url)};
    ASSERT_TRUE(put_proxy(*config.session, sealer, row));
  }
  std::string all() {
    std::string text;
    const std::vector<ProxyRow> rows = *load_proxies(*config.session, sealer);
    for (const ProxyRow& row : rows) {
      text += row.level + " " + row.id + " " + std::string(row.url.reveal()) + "\n";
    }
    return text;
  }

  TestConfig config;
  SystemRandom random;
  Sealer sealer{MasterKey::random(random), random};
};

TEST_F(ProxiesTest, AreKeptByLevelAndForWhomTheyAre) {
  put("global", "", "http://a:1");
  put("provider", "groq", "http://b:2");
  put("key", "with:colon", "http://c:3");
  EXPECT_EQ(all(), "global  http://a:1\nkey with:colon http://c:3\nprovider groq http://b:2\n");
  put("provider", "groq", "socks5://d:4");
  put("global", "", "");
  put("combo", "none", "");
  EXPECT_EQ(all(), "key with:colon http://c:3\nprovider groq socks5://d:4\n");
}

TEST_F(ProxiesTest, AreSealed) {
  put("global", "", "http://me:secret@a:1");
  EXPECT_TRUE(is_sealed(config.select("SELECT url FROM proxies")));
  ASSERT_TRUE(config.session->run("UPDATE proxies SET place = 'key:x'"));
  EXPECT_FALSE(load_proxies(*config.session, sealer)) << "it was sealed for another place";
}

}  // namespace
}  // namespace omni::store
