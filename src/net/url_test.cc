#include "net/url.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace omni::net {
namespace {

using namespace std::string_literals;

/// "https host port target", or "refused: " and why.
std::string shown(std::string_view text) {
  const Result<Url> url = parse_url(text);
  if (!url) {
    EXPECT_EQ(url.error().kind(), Error::Kind::bad_request);
    return "refused: " + url.error().message();
  }
  return std::string(url->origin.scheme == Scheme::https ? "https " : "http ") + url->origin.host +
         " " + std::to_string(url->origin.port) + " " + url->target;
}

TEST(Url, IsTakenApart) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"http://a", "http a 80 /"},
      {"https://a", "https a 443 /"},
      {"HTTPS://API.Example.COM/V1/Chat", "https api.example.com 443 /V1/Chat"},
      {"http://a:8080", "http a 8080 /"},
      {"https://a:1/", "https a 1 /"},
      {"https://a:65535/x", "https a 65535 /x"},
      {"https://a?q=1&r=/x", "https a 443 /?q=1&r=/x"},
      {"https://a/b?c=d?e#f?g", "https a 443 /b?c=d?e"},
      {"https://a#f", "https a 443 /"},
      {"https://a/%2F", "https a 443 /%2F"},
      {"https://a/b:c@d", "https a 443 /b:c@d"},
      {"https://a/m%C3%BC:generate?alt=sse|x[]", "https a 443 /m%C3%BC:generate?alt=sse|x[]"},
      {"http://my_service-1.x--y", "http my_service-1.x--y 80 /"},
      {"http://127.0.0.1:20128/", "http 127.0.0.1 20128 /"},
      {"http://1.example", "http 1.example 80 /"},
      {"http://[::1]", "http ::1 80 /"},
      {"http://[::1]:81/x", "http ::1 81 /x"},
      {"http://[2001:DB8:0:0::0001]/", "http 2001:db8::1 80 /"},
      {"http://" + std::string(63, 'a'), "http " + std::string(63, 'a') + " 80 /"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(shown(text), expected) << text;
}

TEST(Url, IsRefused) {
  const std::string scheme = "refused: the URL does not begin with http:// or https://";
  const std::string character = "refused: the URL holds a blank, control or non-ASCII character";
  const std::string host = "refused: the host of the URL is malformed";
  const std::string no_host = "refused: the URL has no host";
  const std::string ipv4 = "refused: the IPv4 address of the URL is malformed";
  const std::string ipv6 = "refused: the IPv6 address of the URL is malformed";
  const std::string port = "refused: the port of the URL is not a number from 1 to 65535";
  const std::string escape =
      "refused: the path of the URL holds a character that must be percent-encoded";
  const std::string percent = "refused: the path of the URL holds a '%' without two hex digits";
  const std::string user = "refused: the URL holds a user name, which is not supported";
  const std::string label(62, 'a');
  const std::string long_host = label + "." + label + "." + label + "." + label + ".";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", scheme},
      {"a", scheme},
      {"/x", scheme},
      {"//a/x", scheme},
      {"http:/a", scheme},
      {"http:a", scheme},
      {"ftp://a", scheme},
      {"ws://a", scheme},
      {"://a", scheme},
      {" http://a", character},
      {"http://a ", character},
      {"http://a/b c", character},
      {"http://a/\r\nX: y", character},
      {"http://a/\t", character},
      {"http://a/\0"s, character},
      {"http://a/\x7f", character},
      {"http://\xc3\xa4/", character},
      {"http://a/\xc3\xa4", character},
      {"http://", no_host},
      {"http:///x", no_host},
      {"http://?x", no_host},
      {"http://:80", no_host},
      {"http://u@a", user},
      {"http://u:p@a", user},
      {"http://@a", user},
      {"http://.", host},
      {"http://a..b", host},
      {"http://.a", host},
      {"http://a%41", host},
      {"http://a\\b", host},
      {"http://a\\@b", user},
      {"http://{x}.b", host},
      {"http://a,b", host},
      {"http://" + std::string(64, 'a'), host},
      {"http://a.", "refused: the host of the URL ends with a dot"},
      {"http://" + long_host + "aa", "refused: the host of the URL is too long"},
      {"http://127.1", ipv4},
      {"http://2130706433", ipv4},
      {"http://0x7f000001", ipv4},
      {"http://0X7f.1", ipv4},
      {"http://127.0.0.0x1", ipv4},
      {"http://0177.0.0.1", ipv4},
      {"http://1.2.3.4.5", ipv4},
      {"http://1.2.3.256", ipv4},
      {"http://a.1", ipv4},
      {"http://[]", ipv6},
      {"http://[::1::]", ipv6},
      {"http://[fe80::1%25eth0]", ipv6},
      {"http://[127.0.0.1]", ipv6},
      {"http://[a]", ipv6},
      {"http://[::1", "refused: the IPv6 address of the URL has no ']'"},
      {"http://::1", no_host},
      {"http://[::1]x", port},
      {"http://[::1]80", port},
      {"http://a:", port},
      {"http://a:/x", port},
      {"http://a:0", port},
      {"http://a:65536", port},
      {"http://a:+1", port},
      {"http://a:-1", port},
      {"http://a:8x", port},
      {"http://a:99999999999999999999", port},
      {"http://a/{b}", escape},
      {"http://a/\"", escape},
      {"http://a/<b>", escape},
      {"http://a/b\\c", escape},
      {"http://a/^", escape},
      {"http://a?`", escape},
      {"http://a/%", percent},
      {"http://a/%4", percent},
      {"http://a/%4x/", percent},
      {"http://a/%41%", percent},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(shown(text), expected) << text;
}

TEST(Url, IsBounded) {
  const std::string longest = "http://a/" + std::string(url_bytes_max - 9, 'x');
  EXPECT_TRUE(parse_url(longest));
  EXPECT_EQ(shown(longest + "x"), "refused: the URL is too long");
  const std::string host = std::string(125, 'a').replace(62, 1, ".") + "." + std::string(63, 'b') +
                           "." + std::string(63, 'c');
  EXPECT_EQ(shown("http://" + host), "http " + host + " 80 /");
}

TEST(Url, AuthorityIsWhatTheHostFieldShows) {
  EXPECT_EQ(authority_of({Scheme::https, "a", 443}), "a");
  EXPECT_EQ(authority_of({Scheme::http, "a", 80}), "a");
  EXPECT_EQ(authority_of({Scheme::http, "a", 443}), "a:443");
  EXPECT_EQ(authority_of({Scheme::https, "::1", 443}), "[::1]");
  EXPECT_EQ(authority_of({Scheme::https, "::1", 8443}), "[::1]:8443");
}

/// "kind host port [user password]", or "refused: " and why.
std::string proxy_shown(std::string_view text) {
  const Result<Proxy> proxy = parse_proxy(text);
  if (!proxy) return "refused: " + proxy.error().message();
  constexpr std::array kinds{"http ", "https ", "socks5 ", "socks5h "};
  std::string out = kinds.at(static_cast<std::size_t>(proxy->kind));
  out += proxy->host + " " + std::to_string(proxy->port);
  if (proxy->login) {
    out.append(" ").append(proxy->login->user.reveal());
    out.append(" ").append(proxy->login->password.reveal());
  }
  return out;
}

TEST(ProxyUrl, IsTakenApart) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"http://p", "http p 80"},
      {"HTTP://P:3128/", "http p 3128"},
      {"https://p", "https p 443"},
      {"https://u:pw@p:3129/", "https p 3129 u pw"},
      {"socks5://p", "socks5 p 1080"},
      {"Socks5h://[::1]:9050", "socks5h ::1 9050"},
      {"http://u:pw@p", "http p 80 u pw"},
      {"http://u@p", "http p 80 u "},
      {"http://u:@p", "http p 80 u "},
      {"http://u:a:b@p", "http p 80 u a:b"},
      {"socks5://u%40x:p%3Aw%2F%25+@p:1", "socks5 p 1 u@x p:w/%+"},
      {"http://u:" + std::string(255, 'p') + "@p", "http p 80 u " + std::string(255, 'p')},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(proxy_shown(text), expected) << text;
}

TEST(ProxyUrl, IsRefused) {
  const std::string login = "refused: the user or password of the proxy is malformed";
  const std::string scheme =
      "refused: the proxy does not begin with http://, https://, socks5:// or socks5h://";
  const std::string host = "refused: the host of the URL is malformed";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"p:3128", scheme},
      {"socks4://p", scheme},
      {"", scheme},
      {"http://", "refused: the URL has no host"},
      {"http://u:p@", "refused: the URL has no host"},
      {"http://p/x", host},
      {"http://p//", host},
      {"http://p?x", host},
      {"http://p#x", host},
      {"http://u:a@b@p", host},
      {"http://@p", login},
      {"http://:pw@p", login},
      {"http://u:%@p", login},
      {"http://u:%00@p", login},
      {"http://u:%0d%0a@p", login},
      {"http://%7f:p@p", login},
      {"http://u:" + std::string(256, 'p') + "@p", login},
      {"http://u%3Av:p@p", "refused: the user of the proxy holds a ':'"},
      {"http://u:p w@p", "refused: the URL holds a blank, control or non-ASCII character"},
      {"http://" + std::string(url_bytes_max, 'p'), "refused: the URL is too long"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(proxy_shown(text), expected) << text;
}

TEST(ProxyUrl, MessagesKeepThePassword) {
  for (const char* text : {"http://u:hunter2@", "http://u:hunter2@p:x", "http://u:hunter2%@p",
                           "http://u:hunter2@a b", "ftp://u:hunter2@p", "http://u:hunter2"}) {
    const Result<Proxy> proxy = parse_proxy(text);
    ASSERT_FALSE(proxy) << text;
    EXPECT_EQ(proxy.error().message().find("hunter2"), std::string::npos) << text;
  }
}

TEST(PercentDecode, DecodesOrRefuses) {
  EXPECT_EQ(percent_decode(""), "");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("%41%c3%BC%25"), "A\xc3\xbc%");
  EXPECT_EQ(percent_decode("%2541"), "%41");
  for (const std::string& bad : {"%"s, "%4"s, "a%"s, "a%4"s, "%4g"s, "%g4"s, "%%41"s, "% 41"s,
                                 "%00"s, "a\0b"s, "%+1"s, "%0x"s}) {
    EXPECT_EQ(percent_decode(bad), std::nullopt) << bad;
  }
}

TEST(QueryValue, FindsTheFirst) {
  EXPECT_EQ(query_value("key=abc", "key"), "abc");
  EXPECT_EQ(query_value("a=1&key=2&key=3", "key"), "2");
  EXPECT_EQ(query_value("monkey=1&Key=2&key=3", "key"), "3");
  EXPECT_EQ(query_value("key", "key"), "");
  EXPECT_EQ(query_value("key=", "key"), "");
  EXPECT_EQ(query_value("&&a&key=1", "key"), "1");
  EXPECT_EQ(query_value("key=a=b", "key"), "a=b");
  EXPECT_EQ(query_value("key=a+b%2Bc%26d", "key"), "a b+c&d");
  EXPECT_EQ(query_value("%6Bey=1", "key"), "1");
  EXPECT_EQ(query_value("a%=1&key=2", "key"), "2");
}

TEST(QueryValue, FindsNothing) {
  EXPECT_EQ(query_value("", "key"), std::nullopt);
  EXPECT_EQ(query_value("a=key", "key"), std::nullopt);
  EXPECT_EQ(query_value("key=%4", "key"), std::nullopt);
  EXPECT_EQ(query_value("key=%00&key=1", "key"), std::nullopt);
}

}  // namespace
}  // namespace omni::net
