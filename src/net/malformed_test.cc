// What must never be served, and oddities that must.  Each malformed message goes over a real
// socket with a second request hidden behind it: the refusal has its status, the connection ends,
// and the hidden request is never seen by a handler, since whoever sent it could smuggle it past a
// reader that draws the border elsewhere.

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "net/test_net.h"

namespace omni::net {
namespace {

using namespace std::string_literals;
using testing::RawClient;
using testing::TestServer;
using testing::World;

constexpr std::string_view hidden_request = "GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n";
constexpr std::uint64_t body_bytes_max = 1000;

struct Case {
  std::string name;
  std::string bytes;
  int status;
};

/// Counts what it is asked, reads the body and answers with what it understood.
class Site {
 public:
  explicit Site(World& world)
      : server_(
            world, [this](Exchange& exchange) { return answer(exchange); }, limits()) {}

  std::uint16_t port() const { return server_.port(); }
  int asked() const { return asked_; }
  int hidden() const { return hidden_; }

 private:
  static ServerLimits limits() {
    ServerLimits limits;
    limits.body_bytes_max = body_bytes_max;
    return limits;
  }

  Task<Status> answer(Exchange& exchange) {
    ++asked_;
    const RequestHead& request = exchange.request();
    if (request.path() == "/hidden") ++hidden_;
    const Result<std::string> body = co_await exchange.read_body();
    if (!body) co_return body.error();
    std::string text(request.method());
    text.append("|").append(request.path()).append("|").append(request.query());
    text.append("|").append(request.field("x")).append("|").append(*body);
    co_return co_await exchange.reply(200, {}, text);
  }

  std::atomic<int> asked_ = 0;
  std::atomic<int> hidden_ = 0;
  TestServer server_;
};

std::size_t answers_in(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = text.find("\r\ndate: "); at != text.npos;
       at = text.find("\r\ndate: ", at + 1)) {
    ++count;
  }
  return count;
}

/// `handler_calls`: 0 where the head is at fault, 1 where only the body shows the fault.
void expect_refused(const std::vector<Case>& cases, int handler_calls) {
  World world;
  Site site(world);
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const int asked_before = site.asked();
    RawClient client(site.port());
    client.send(each.bytes + std::string(hidden_request));
    const std::string answer = client.read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(each.status) + " ")) << answer;
    EXPECT_NE(answer.find("\r\nconnection: close\r\n"), answer.npos) << answer;
    EXPECT_EQ(answers_in(answer), 1U) << answer;
    EXPECT_FALSE(answer.ends_with("(timeout)")) << "the connection was not closed";
    EXPECT_EQ(site.asked() - asked_before, handler_calls);
    EXPECT_EQ(site.hidden(), 0);
  }
}

std::string get_line(std::string_view line) {
  return std::string(line) + "\r\nhost: x\r\nx: y\r\n\r\n";
}

TEST(Malformed, RequestLinesAreRefused) {
  std::vector<Case> cases;
  const auto add = [&](const std::string& line, int status) {
    cases.push_back({line, get_line(line), status});
  };
  add("GET / HTTP/2.0", 505);
  add("GET / HTTP/3.0", 505);
  add("GET / HTTP/1.2", 505);
  add("GET / HTTP/0.9", 505);
  add("GET / http/1.1", 400);
  add("GET / HTTP/1.1x", 400);
  add("GET / HTTP/1.10", 400);
  add("GET / HTTP/01.1", 400);
  add("GET / HTTP/1,1", 400);
  add("GET / HTTP/1", 400);
  add("GET / HTTP/ 1.1", 400);
  add("GET / XTTP/1.1", 400);
  add("GET / HTTP/1.1 ", 400);
  add("GET / HTTP/1.1\t", 400);
  add("GET /", 400);
  add("GET", 400);
  add("GET / ", 400);
  add(" GET / HTTP/1.1", 400);
  add("\tGET / HTTP/1.1", 400);
  add(" / HTTP/1.1", 400);
  add("GET\t/\tHTTP/1.1", 400);
  add("GET  / HTTP/1.1", 400);
  add("GET /  HTTP/1.1", 400);
  add("GET  HTTP/1.1", 400);
  add("G@T / HTTP/1.1", 400);
  add("GET: / HTTP/1.1", 400);
  add("\"GET\" / HTTP/1.1", 400);
  add("G\0T / HTTP/1.1"s, 400);
  add("G\x80T / HTTP/1.1", 400);
  add("GET /\rHTTP/1.1", 400);
  add("\rGET / HTTP/1.1", 400);
  expect_refused(cases, 0);
}

TEST(Malformed, TargetsAreRefused) {
  std::vector<Case> cases;
  const auto add = [&](const std::string& target) {
    cases.push_back({target, get_line("GET " + target + " HTTP/1.1"), 400});
  };
  add("a");
  add("?a=b");
  add("*");
  add("/a b");
  add("/a\0b"s);
  add("/a\x01");
  add("/a\tb");
  add("/a\x7f");
  add("/caf\xc3\xa9");
  add("/?q=\xff");
  add("/a#b");
  add("host:443");
  add("http://");
  add("http:///a");
  add("http://?a");
  add("http:/a");
  add("ftp://host/a");
  add("http://user@host/a");
  add("http://ho\\st/a");
  add("http://host/a#b");
  add("http://h\xc3\xb6st/a");
  cases.push_back({"CONNECT", get_line("CONNECT host:443 HTTP/1.1"), 400});
  cases.push_back({"OPTIONS *x", get_line("OPTIONS *x HTTP/1.1"), 400});
  cases.push_back({"OPTIONS http://host*", get_line("OPTIONS http://host* HTTP/1.1"), 400});
  expect_refused(cases, 0);
}

TEST(Malformed, FieldsAreRefused) {
  std::vector<Case> cases;
  const auto add = [&](const std::string& name, std::string_view lines) {
    cases.push_back({name, "GET / HTTP/1.1\r\nhost: x\r\n" + std::string(lines) + "\r\n\r\n", 400});
  };
  add("bare LF after a value", "a: b\nc: d");
  add("bare LF in a name", "a\nb: c");
  add("bare CR in a value", "a: b\rc: d");
  add("bare CR in a name", "a\rb: c");
  add("two CR", "a: b\r\r\nc: d");
  add("folded by a blank", "a: b\r\n c");
  add("folded by a tab", "a: b\r\n\tc");
  add("folded to an empty line", "a: b\r\n \r\nc: d");
  add("blank before the colon", "a : b");
  add("tab before the colon", "a\t: b");
  add("no name", ": b");
  add("no colon", "ab");
  add("blank in the name", "a b: c");
  add("NUL in the name", "a\0b: c"s);
  add("control byte in the name", "a\x01: b");
  add("DEL in the name", "a\x7f: b");
  add("non-ASCII in the name", "caf\xc3\xa9: b");
  add("parenthesis in the name", "a(b): c");
  add("slash in the name", "a/b: c");
  add("NUL in the value", "a: b\0c"s);
  add("NUL as the value", "a: \0"s);
  add("control byte in the value", "a: \x01");
  add("escape in the value", "a: \x1b[31m");
  add("vertical tab in the value", "a: b\x0b");
  add("DEL in the value", "a: b\x7f");
  add("second host", "host: y");
  add("same host twice", "Host: x");
  const auto add_head = [&](const std::string& name, std::string_view head) {
    cases.push_back({name, std::string(head), 400});
  };
  add_head("no host", "GET / HTTP/1.1\r\na: b\r\n\r\n");
  add_head("no field at all", "GET / HTTP/1.1\r\n\r\n");
  add_head("two hosts in one", "GET / HTTP/1.1\r\nhost: x, y\r\n\r\n");
  add_head("host with a path", "GET / HTTP/1.1\r\nhost: x/y\r\n\r\n");
  add_head("host with a user", "GET / HTTP/1.1\r\nhost: u@x\r\n\r\n");
  add_head("host with a blank", "GET / HTTP/1.1\r\nhost: x y\r\n\r\n");
  add_head("non-ASCII host", "GET / HTTP/1.1\r\nhost: \xc3\xb6\r\n\r\n");
  add_head("first field begins with a blank", "GET / HTTP/1.1\r\n host: x\r\n\r\n");
  add_head("LF only", "GET / HTTP/1.1\nhost: x\n\n");
  add_head("LF after the request line", "GET / HTTP/1.1\nhost: x\r\n\r\n");
  add_head("LF at the end of the head", "GET / HTTP/1.1\r\nhost: x\r\n\n");
  add_head("LF before the request", "\nGET / HTTP/1.1\r\nhost: x\r\n\r\n");
  add_head("five empty lines before it", "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n");
  add_head("a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s);
  add_head("the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  cases.back().status = 505;
  expect_refused(cases, 0);
}

TEST(Malformed, UnclearLengthsAreRefused) {
  std::vector<Case> cases;
  const auto add = [&](const std::string& fields, int status = 400) {
    cases.push_back({fields, "POST / HTTP/1.1\r\nhost: x\r\n" + fields + "\r\n\r\nhello", status});
  };
  add("content-length: 5\r\ntransfer-encoding: chunked");
  add("transfer-encoding: chunked\r\ncontent-length: 5");
  add("content-length: 0\r\ntransfer-encoding: chunked");
  add("content-length: 5\r\ntransfer-encoding: identity");
  add("content-length: 5\r\ncontent-length: 5");
  add("content-length: 5\r\nContent-Length: 6");
  add("content-length: 0\r\ncontent-length: 5");
  add("content-length: 5, 5");
  add("content-length: 5,6");
  add("content-length: 5,");
  add("content-length: +5");
  add("content-length: -5");
  add("content-length: -0");
  add("content-length: 0x5");
  add("content-length: 5h");
  add("content-length: 5 5");
  add("content-length: 5.0");
  add("content-length: 5;a=b");
  add("content-length: \"5\"");
  add("content-length:");
  add("content-length: five");
  add("content-length: 18446744073709551616");
  add("content-length: 99999999999999999999999999");
  add("content-length: \xd9\xa5");
  add("content-length : 5");
  add("transfer-encoding: chunked, identity");
  add("transfer-encoding: chunked, gzip");
  add("transfer-encoding: gzip");
  add("transfer-encoding: identity");
  add("transfer-encoding: xchunked");
  add("transfer-encoding: chunkedx");
  add("transfer-encoding: \"chunked\"");
  add("transfer-encoding: chunked;q=1");
  add("transfer-encoding:");
  add("transfer-encoding: ,");
  add("transfer-encoding: chunked,");
  add("transfer-encoding: \x0b"
      "chunked");
  add("transfer-encoding: chunked\r\ntransfer-encoding: chunked");
  add("transfer-encoding: chunked\r\nTransfer-Encoding: identity");
  add("transfer-encoding: gzip\r\ntransfer-encoding: chunked");
  add("transfer-encoding:\r\n chunked");
  add("transfer-encoding : chunked");
  add("transfer-encoding: chunked, chunked", 501);
  add("transfer-encoding: gzip, chunked", 501);
  cases.push_back({"a coding with HTTP/1.0",
                   "POST / HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
                   400});
  expect_refused(cases, 0);
}

TEST(Malformed, OtherExpectationsAreRefused) {
  std::vector<Case> cases;
  for (const std::string value : {"200-ok", "", "100-continue, a", "100"}) {
    cases.push_back({value, "POST / HTTP/1.1\r\nhost: x\r\nexpect: " + value + "\r\n\r\n", 417});
  }
  expect_refused(cases, 0);
}

TEST(Malformed, OversizedHeadsAreRefused) {
  const std::string line = "GET / HTTP/1.1\r\nhost: x\r\n";
  std::string many_fields = line;
  while (many_fields.size() <= head_bytes_max) many_fields.append("a: b\r\n");
  std::string one_field_too_many = line;
  for (std::size_t i = 0; i < fields_max; ++i) one_field_too_many.append("a: b\r\n");
  const std::string padding(head_bytes_max, 'a');
  expect_refused(
      {
          {"long target", "GET /" + padding + " HTTP/1.1\r\nhost: x\r\n\r\n", 414},
          {"long method", padding + " / HTTP/1.1\r\nhost: x\r\n\r\n", 414},
          {"endless request line", "GET /" + padding, 414},
          {"long value", line + "a: " + padding + "\r\n\r\n", 431},
          {"long name", line + padding + ": b\r\n\r\n", 431},
          {"many fields", many_fields + "\r\n", 431},
          {"one field too many", one_field_too_many + "\r\n", 431},
          {"one byte too many", line + "a: " + padding.substr(line.size() + 6) + "\r\n\r\n", 431},
      },
      0);
}

std::string chunked(std::string_view body) {
  return "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" + std::string(body);
}

TEST(Malformed, ChunkedBodiesAreRefused) {
  std::vector<Case> cases;
  const auto add = [&](const std::string& name, std::string_view body) {
    cases.push_back({name, chunked(body), 400});
  };
  add("no size", "\r\nhello\r\n0\r\n\r\n");
  add("size is no number", "five\r\nhello\r\n0\r\n\r\n");
  add("plus sign", "+5\r\nhello\r\n0\r\n\r\n");
  add("minus sign", "-5\r\nhello\r\n0\r\n\r\n");
  add("0x", "0x5\r\nhello\r\n0\r\n\r\n");
  add("blank before the size", " 5\r\nhello\r\n0\r\n\r\n");
  add("blank after the size", "5 \r\nhello\r\n0\r\n\r\n");
  add("tab after the size", "5\t\r\nhello\r\n0\r\n\r\n");
  add("underscore", "1_0\r\nhello\r\n0\r\n\r\n");
  add("quoted size", "\"5\"\r\nhello\r\n0\r\n\r\n");
  add("17 digits", "00000000000000005\r\nhello\r\n0\r\n\r\n");
  add("overflow", "10000000000000005\r\nhello\r\n0\r\n\r\n");
  add("bare LF after the size", "5\nhello\r\n0\r\n\r\n");
  add("bare CR after the size", "5\rhello\r\n0\r\n\r\n");
  add("two CR after the size", "5\r\r\nhello\r\n0\r\n\r\n");
  add("only an extension", ";a=b\r\nhello\r\n0\r\n\r\n");
  add("bare LF in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n");
  add("NUL in an extension", "5;a\0b\r\nhello\r\n0\r\n\r\n"s);
  add("huge extension", "5;" + std::string(5000, 'a') + "\r\nhello\r\n0\r\n\r\n");
  add("no CRLF after the data", "5\r\nhello0\r\n\r\n");
  add("LF after the data", "5\r\nhello\n0\r\n\r\n");
  add("CR after the data", "5\r\nhello\r0\r\n\r\n");
  add("data longer than its size", "5\r\nhello!\r\n0\r\n\r\n");
  add("bare LF after the last chunk", "0\n\r\n");
  add("bare LF at the end", "0\r\n\n");
  add("trailer without a colon", "0\r\nab\r\n\r\n");
  add("trailer without a name", "0\r\n: b\r\n\r\n");
  add("trailer with a blank before the colon", "0\r\na : b\r\n\r\n");
  add("trailer with a control byte", "0\r\na: \x01\r\n\r\n");
  add("trailer with NUL", "0\r\na: b\0c\r\n\r\n"s);
  add("trailer with a bare LF", "0\r\na: b\n\r\n");
  add("trailer with a bare CR", "0\r\na: b\rc: d\r\n\r\n");
  add("folded trailer", "0\r\na: b\r\n c\r\n\r\n");
  add("first trailer begins with a blank", "0\r\n a: b\r\n\r\n");
  add("huge trailers", "0\r\na: " + std::string(20'000, 'b') + "\r\n\r\n");
  expect_refused(cases, 1);
}

TEST(Malformed, BodiesBeyondTheLimitAreRefused) {
  const std::string size = std::to_string(body_bytes_max + 1);
  expect_refused(
      {
          {"by its length",
           "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: " + size + "\r\n\r\nhello", 413},
          {"by far",
           "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000000000000\r\n\r\nhello", 413},
          {"in one chunk",
           chunked("3e9\r\n" + std::string(body_bytes_max + 1, 'a') + "\r\n0\r\n\r\n"), 413},
          {"in two chunks",
           chunked("3e8\r\n" + std::string(body_bytes_max, 'a') + "\r\n1\r\na\r\n0\r\n\r\n"), 413},
          {"in an endless chunk",
           chunked("ffffffffffffffff\r\n" + std::string(body_bytes_max + 1, 'a')), 413},
      },
      1);
}

TEST(Malformed, ABodyThatEndsEarlyIsRefused) {
  World world;
  Site site(world);
  for (const std::string_view request :
       {"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nhello",
        "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"}) {
    SCOPED_TRACE(request);
    RawClient client(site.port());
    client.send(request);
    client.end_sending();
    const std::string answer = client.read_to_end();
    EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 400 ")) << answer;
    EXPECT_LE(answers_in(answer), 1U);
  }
}

TEST(Malformed, AHeadThatEndsEarlyIsAnsweredByClosing) {
  World world;
  Site site(world);
  const std::string_view head = "GET / HTTP/1.1\r\nhost: x\r\n\r";
  for (std::size_t length = 0; length <= head.size(); ++length) {
    RawClient client(site.port());
    client.send(head.substr(0, length));
    client.end_sending();
    EXPECT_EQ(client.read_to_end(), "") << length;
  }
  EXPECT_EQ(site.asked(), 0);
}

TEST(WellFormed, OdditiesAreServed) {
  struct Oddity {
    std::string name;
    std::string bytes;
    std::string body;
  };
  const std::string large(60 * 1024, 'v');
  std::string many = "GET /many HTTP/1.1\r\nhost: x\r\n";
  for (std::size_t i = 1; i < fields_max; ++i) many.append("a: b\r\n");
  const std::string exactly_full = "GET /full HTTP/1.1\r\nhost: x\r\ny: ";
  const std::vector<Oddity> oddities{
      {"plain", "GET / HTTP/1.1\r\nhost: x\r\n\r\n", "GET|/|||"},
      {"absolute form", "GET http://h/a?b=c HTTP/1.1\r\nhost: h\r\n\r\n", "GET|/a|b=c||"},
      {"absolute form without path", "GET http://h:80 HTTP/1.1\r\nhost: h\r\n\r\n", "GET|/|||"},
      {"absolute form with query only", "GET http://h?q=/r HTTP/1.1\r\nhost: h\r\n\r\n",
       "GET|/|q=/r||"},
      {"capital scheme", "GET HTTPS://[::1]:80/a HTTP/1.1\r\nhost: h\r\n\r\n", "GET|/a|||"},
      {"HTTP/1.0 kept alive", "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n", "GET|/|||"},
      {"capital names", "GET / HTTP/1.1\r\nHOST: x\r\nX: y\r\n\r\n", "GET|/||y|"},
      {"empty value", "GET / HTTP/1.1\r\nhost: x\r\nx:\r\n\r\n", "GET|/|||"},
      {"empty host", "GET / HTTP/1.1\r\nhost:\r\n\r\n", "GET|/|||"},
      {"no blank after the colon", "GET / HTTP/1.1\r\nhost:x\r\nx:y\r\n\r\n", "GET|/||y|"},
      {"tabs around a value", "GET / HTTP/1.1\r\nhost: x\r\nx:\ty\t \r\n\r\n", "GET|/||y|"},
      {"tab inside a value", "GET / HTTP/1.1\r\nhost: x\r\nx: a\tb\r\n\r\n", "GET|/||a\tb|"},
      {"UTF-8 in a value", "GET / HTTP/1.1\r\nhost: x\r\nx: \xc3\xa9\r\n\r\n", "GET|/||\xc3\xa9|"},
      {"odd token as a name", "GET / HTTP/1.1\r\nhost: x\r\n!#$%&'*+-.^_`|~9: y\r\n\r\n",
       "GET|/|||"},
      {"other method", "X-y / HTTP/1.1\r\nhost: x\r\n\r\n", "X-y|/|||"},
      {"empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n", "GET|/|||"},
      {"repeated ordinary fields", "GET / HTTP/1.1\r\nhost: x\r\nx: y\r\nx: z\r\n\r\n",
       "GET|/||y|"},
      {"OPTIONS *", "OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n", "OPTIONS|*|||"},
      {"two question marks", "GET /a?b?c HTTP/1.1\r\nhost: x\r\n\r\n", "GET|/a|b?c||"},
      {"marks in a target", "GET /a;b=\"{|}\\^`<>~ HTTP/1.1\r\nhost: x\r\n\r\n",
       "GET|/a;b=\"{|}\\^`<>~|||"},
      {"length 0", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n", "POST|/|||"},
      {"zeros before the length", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 005\r\n\r\nhello",
       "POST|/|||hello"},
      {"blanks around the length",
       "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: \t5 \r\n\r\nhello", "POST|/|||hello"},
      {"GET with a body", "GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello",
       "GET|/|||hello"},
      {"Chunked in capitals",
       "POST / HTTP/1.1\r\nhost: x\r\nTransfer-Encoding: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
       "POST|/|||hello"},
      {"empty chunked body", chunked("0\r\n\r\n"), "POST|/|||"},
      {"several zeros", chunked("5\r\nhello\r\n0000\r\n\r\n"), "POST|/|||hello"},
      {"16 digits", chunked("000000000000000A\r\nhellohello\r\n0\r\n\r\n"), "POST|/|||hellohello"},
      {"extensions", chunked("2;a\r\nhe\r\n3;b=\"c;d\"\r\nllo\r\n0;e\r\n\r\n"), "POST|/|||hello"},
      {"trailers", chunked("5\r\nhello\r\n0\r\na: b\r\nc:\r\n\r\n"), "POST|/|||hello"},
      {"a body as large as allowed",
       "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n" + std::string(1000, 'a'),
       "POST|/|||" + std::string(1000, 'a')},
      {"expectation met already",
       "POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-Continue\r\ncontent-length: 5\r\n\r\nhello",
       "POST|/|||hello"},
      {"60 KB head", "GET / HTTP/1.1\r\nhost: x\r\nx: " + large + "\r\n\r\n",
       "GET|/||" + large + "|"},
      {"as many fields as may be", many + "\r\n", "GET|/many|||"},
      {"64 KiB head",
       exactly_full + std::string(head_bytes_max - exactly_full.size() - 4, 'y') + "\r\n\r\n",
       "GET|/full|||"},
  };
  World world;
  Site site(world);
  for (const Oddity& each : oddities) {
    SCOPED_TRACE(each.name);
    RawClient client(site.port());
    for (int round = 0; round < 2; ++round) {  // the second shows that the border was found
      client.send(each.bytes);
      const std::string answer = client.read_answer();
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
      EXPECT_TRUE(answer.ends_with("\r\n\r\n" + each.body)) << answer;
    }
  }
}

}  // namespace
}  // namespace omni::net
