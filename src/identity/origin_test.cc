#include "identity/origin.h"

#include <gtest/gtest.h>

#include <vector>

namespace omni::identity {
namespace {

const std::vector<std::string> allowed{"https://panel.example.com", " http://localhost:3000 "};

bool accepted(std::initializer_list<net::Field> list) {
  net::Fields fields;
  for (const net::Field& field : list) fields.add(field);
  return is_same_origin_or_allowed(fields, allowed);
}

TEST(Origin, IsOursWhereItsHostAndPortAreThoseAsked) {
  EXPECT_TRUE(accepted({{"Host", "localhost:20128"}, {"Origin", "http://localhost:20128"}}));
  EXPECT_TRUE(accepted({{"Host", "Gate.Example.com"}, {"Origin", "https://gate.example.com"}}));
  EXPECT_TRUE(accepted({{"Host", "gate.example.com:443"}, {"Origin", "https://gate.example.com"}}));
  EXPECT_TRUE(accepted({{"Host", "[::1]:80"}, {"Origin", "http://[::1]"}}));
  EXPECT_TRUE(accepted(
      {{"Host", "a.example"}, {"Origin", "http://a.example"}, {"Sec-Fetch-Site", "same-origin"}}));
}

TEST(Origin, IsNotAskedOfProgramsThatHaveNone) {
  EXPECT_TRUE(accepted({{"Host", "localhost:20128"}}));
  EXPECT_TRUE(accepted({{"Host", "localhost:20128"}, {"Sec-Fetch-Site", "none"}}));
}

TEST(Origin, OfAnotherPageIsRefusedEvenOnTheSameHost) {
  const net::Field host{"Host", "localhost:20128"};
  for (const std::string_view origin :
       {"http://localhost:8080", "http://localhost", "http://evil.example:20128", "null", "",
        "file://", "http://localhost:20128.evil.example", "http://x@localhost:20128",
        "http://localhost:20128/", "chrome-extension://localhost:20128"}) {
    EXPECT_FALSE(accepted({host, {"Origin", origin}})) << origin;
  }
  EXPECT_FALSE(accepted({host, {"Sec-Fetch-Site", "same-site"}}));
  EXPECT_FALSE(accepted({host, {"Sec-Fetch-Site", "cross-site"}}));
  EXPECT_FALSE(
      accepted({host, {"Origin", "http://localhost:20128"}, {"Sec-Fetch-Site", "same-site"}}));
  EXPECT_FALSE(accepted({{"Origin", "http://localhost"}}));
}

TEST(Origin, IsGoodWhereItWasAllowed) {
  const net::Field host{"Host", "localhost:20128"};
  EXPECT_TRUE(
      accepted({host, {"Origin", "https://panel.example.com"}, {"Sec-Fetch-Site", "cross-site"}}));
  EXPECT_TRUE(accepted({host, {"Origin", "http://localhost:3000"}}));
  EXPECT_FALSE(accepted({host, {"Origin", "http://panel.example.com"}}));
  EXPECT_FALSE(accepted({host, {"Origin", "https://panel.example.com:8443"}}));
}

TEST(Origin, OfAnApplicationIsGoodWhereItIsAllowedLetterByLetter) {
  const std::vector<std::string> apps{"app://panel", "chrome-extension://abcdef",
                                      " vscode-webview://1-a ", "null"};
  for (const std::string_view origin :
       {"app://panel", "chrome-extension://abcdef", "vscode-webview://1-a"}) {
    EXPECT_TRUE(is_allowed_origin(origin, apps)) << origin;
    net::Fields fields;
    fields.add({"Host", "localhost"});
    fields.add({"Origin", origin});
    EXPECT_TRUE(is_same_origin_or_allowed(fields, apps)) << origin;
  }
  for (const std::string_view origin :
       {"app://panel2", "app://", "App://panel", "http://panel", "null", ""}) {
    EXPECT_FALSE(is_allowed_origin(origin, apps)) << origin;
  }
}

TEST(Origin, MattersForMethodsThatChangeSomething) {
  for (const std::string_view method : {"GET", "HEAD", "OPTIONS"}) {
    EXPECT_TRUE(is_safe_method(method));
  }
  for (const std::string_view method : {"POST", "PUT", "PATCH", "DELETE", "get", "TRACE", ""}) {
    EXPECT_FALSE(is_safe_method(method)) << method;
  }
}

TEST(ContentType, IsJsonWithOrWithoutParameters) {
  const auto json = [](std::string_view type) {
    net::Fields fields;
    fields.add({"Content-Type", type});
    return is_json(fields);
  };
  EXPECT_TRUE(json("application/json"));
  EXPECT_TRUE(json("Application/JSON; charset=utf-8"));
  for (const std::string_view type : {"", "text/plain", "text/plain; application/json",
                                      "application/x-www-form-urlencoded", "application/jsonx"}) {
    EXPECT_FALSE(json(type)) << type;
  }
  EXPECT_FALSE(is_json({}));
}

TEST(Host, IsOursBelowANameWithAStar) {
  const std::vector<std::string> names{"*.lan", "*", "*.", "*.Example.com"};
  for (const std::string_view host : {"gate.lan", "a.b.lan:20128", "GATE.LAN", "x.example.com"}) {
    EXPECT_TRUE(is_our_host(host, names)) << host;
  }
  for (const std::string_view host : {"lan", "evillan", "gate.lan.evil.example", "evil.example",
                                      "example.com", "x.evilexample.com"}) {
    EXPECT_FALSE(is_our_host(host, names)) << host;
  }
}

TEST(Host, IsOursByLoopbackNameAddressOrPublicName) {
  const std::vector<std::string> names{"gate.example.com", "Other.example:8443"};
  for (const std::string_view host :
       {"localhost", "LOCALHOST:20128", "app.localhost:1", "127.0.0.1:20128", "192.0.2.1",
        "[2001:db8::1]:20128", "gate.example.com", "GATE.example.com:20128", "other.example"}) {
    EXPECT_TRUE(is_our_host(host, names)) << host;
  }
  for (const std::string_view host :
       {"", "evil.example", "localhost.evil.example", "gate.example.com.evil.example",
        "evil.example/localhost", "evil.example#localhost", "x@localhost", "notlocalhost",
        "127.0.0.1.evil.example", "a b", "localhost:99999"}) {
    EXPECT_FALSE(is_our_host(host, names)) << host;
  }
}

}  // namespace
}  // namespace omni::identity
