#include "net/head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace omni::net {
namespace {

/// What a scanner says that sees `text` grow to each of `lengths` in turn, until it has a verdict:
/// the length of the head, or minus the status of the refusal.
int scan(std::string_view text, const std::vector<std::size_t>& lengths) {
  HeadScanner scanner;
  for (const std::size_t length : lengths) {
    const HeadScanner::Found found = scanner.scan(text.substr(0, length));
    if (found.refusal) return -found.refusal->status;
    if (found.head_bytes > 0) return static_cast<int>(found.head_bytes);
  }
  return 0;
}

int scan_any_split(std::string_view text) {
  const int whole = scan(text, {text.size()});
  std::vector<std::size_t> growing;
  for (std::size_t length = 1; length <= text.size(); ++length) growing.push_back(length);
  EXPECT_EQ(scan(text, growing), whole) << "byte by byte";
  if (text.size() < 1000) {
    for (const std::size_t split : growing) {
      EXPECT_EQ(scan(text, {split, text.size()}), whole) << "split at " << split;
    }
  }
  return whole;
}

TEST(HeadScanner, FindsTheEnd) {
  EXPECT_EQ(scan_any_split("GET / HTTP/1.1\r\n\r\n"), 18);
  EXPECT_EQ(scan_any_split("GET / HTTP/1.1\r\nhost: x\r\n\r\nbody\n\n"), 27);
  EXPECT_EQ(scan_any_split("GET / HTTP/1.1\r\nhost: x\r\n\r"), 0);
  EXPECT_EQ(scan_any_split(""), 0);
}

TEST(HeadScanner, RefusesWhatParsersDisagreeAbout) {
  EXPECT_EQ(scan_any_split("\n"), -400);
  EXPECT_EQ(scan_any_split("GET / HTTP/1.1\nhost: x\r\n\r\n"), -400);
  EXPECT_EQ(scan_any_split("GET / HTTP/1.1\r\nhost: x\n\r\n"), -400);
  EXPECT_EQ(scan_any_split("GET / HTTP/1.1\r\nhost: x\r\n\n"), -400);
  EXPECT_EQ(scan_any_split("GET / HTTP/1.1\r\nhost: x\r\n y\r\n\r\n"), -400);
  EXPECT_EQ(scan_any_split("GET / HTTP/1.1\r\n\thost: x\r\n\r\n"), -400);
  EXPECT_EQ(scan_any_split(" GET"), -400);
}

TEST(HeadScanner, RefusesWhatIsTooLargeHoweverItComes) {
  const std::string padding(head_bytes_max, 'a');
  EXPECT_EQ(scan_any_split("GET /" + padding + " HTTP/1.1\r\n\r\n"), -414);
  EXPECT_EQ(scan_any_split("GET / HTTP/1.1\r\na: " + padding + "\r\n\r\n"), -431);
  EXPECT_EQ(scan_any_split("GET / HTTP/1.1\r\na: " + padding + "\n"), -431)
      << "what lies behind the bound has no say";
  const std::string line = "GET / HTTP/1.1\r\na: ";
  const std::string full = line + padding.substr(line.size() + 4) + "\r\n\r\n";
  EXPECT_EQ(scan_any_split(full), static_cast<int>(head_bytes_max));
}

/// The status of the refusal, or 200.
int verdict(std::string_view text) {
  RequestHead head;
  const std::optional<Refusal> refusal = head.parse(text);
  return refusal ? refusal->status : 200;
}

TEST(RequestHead, TellsWhatItRead) {
  RequestHead head;
  std::string text =
      "POST /a/b?c=d&e HTTP/1.1\r\nHost: h:80\r\nContent-Length:  12 \r\nX: 1\r\nx: 2\r\n"
      "Expect: 100-continue\r\n\r\n";
  ASSERT_FALSE(head.parse(text));
  text.assign(text.size(), '#');  // it keeps what it needs
  EXPECT_EQ(head.method(), "POST");
  EXPECT_EQ(head.target(), "/a/b?c=d&e");
  EXPECT_EQ(head.path(), "/a/b");
  EXPECT_EQ(head.query(), "c=d&e");
  EXPECT_EQ(head.fields().size(), 5U);
  EXPECT_EQ(head.field("X"), "1");
  EXPECT_EQ(head.field("missing"), "");
  EXPECT_EQ(head.framing().kind, Framing::Kind::length);
  EXPECT_EQ(head.framing().length, 12U);
  EXPECT_TRUE(head.http11() && head.keep_alive() && head.expects_continue());
}

TEST(RequestHead, ForgetsTheOneBefore) {
  RequestHead head;
  ASSERT_FALSE(head.parse(
      "POST /a?b HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\nexpect: 100-continue\r\n"
      "connection: close\r\n\r\n"));
  EXPECT_EQ(head.framing().kind, Framing::Kind::chunked);
  EXPECT_FALSE(head.keep_alive());
  ASSERT_FALSE(head.parse("GET /c HTTP/1.1\r\nhost: h\r\n\r\n"));
  EXPECT_EQ(head.query(), "");
  EXPECT_EQ(head.fields().size(), 1U);
  EXPECT_EQ(head.framing().kind, Framing::Kind::none);
  EXPECT_FALSE(head.expects_continue());
  EXPECT_TRUE(head.keep_alive());
}

TEST(RequestHead, OnlyHttp11CanBeAskedForABody) {
  for (const bool http11 : {true, false}) {
    RequestHead head;
    const std::string version = http11 ? "HTTP/1.1" : "HTTP/1.0";
    ASSERT_FALSE(head.parse("POST / " + version +
                            "\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n"));
    EXPECT_EQ(head.expects_continue(), http11);
  }
}

TEST(RequestHead, LeavesTheSizeOfABodyToItsRoute) {
  RequestHead head;
  ASSERT_FALSE(
      head.parse("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 18446744073709551615\r\n\r\n"));
  EXPECT_EQ(head.framing().length, UINT64_MAX);
}

TEST(RequestHead, KnowsWhetherTheConnectionLasts) {
  struct Row {
    std::string_view version, fields;
    bool lasts;
  };
  for (const Row& row : {
           Row{"1.1", "", true},
           {"1.0", "", false},
           {"1.1", "connection: close\r\n", false},
           {"1.1", "Connection: Close\r\n", false},
           {"1.1", "connection: te, close\r\n", false},
           {"1.1", "connection: close\r\nconnection: te\r\n", false},
           {"1.1", "connection: enclosed\r\n", true},
           {"1.0", "connection: keep-alive\r\n", true},
           {"1.0", "connection: te,Keep-Alive\r\n", true},
           {"1.0", "connection: keep-alive\r\nconnection: te\r\n", true},
           {"1.0", "connection: keep-alive\r\nconnection: close\r\n", false},
       }) {
    SCOPED_TRACE(row.fields);
    RequestHead head;
    std::string text = "GET / HTTP/";
    text.append(row.version).append("\r\nhost: h\r\n").append(row.fields).append("\r\n");
    ASSERT_FALSE(head.parse(text));
    EXPECT_EQ(head.keep_alive(), row.lasts);
  }
}

TEST(RequestHead, TakesOnlyWholeHeads) {
  const std::string_view text = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_EQ(verdict(text.substr(0, length)), 400) << length;
  }
  EXPECT_EQ(verdict(text), 200);
}

TEST(ResponseHead, FindsTheEndOfTheBody) {
  using enum Framing::Kind;
  struct Row {
    std::string_view text, method;
    Framing::Kind kind;
    std::uint64_t length;
    bool lasts;
  };
  for (const Row& row : {
           Row{"HTTP/1.1 200 OK\r\n\r\n", "GET", to_close, 0, false},
           {"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", "GET", length, 5, true},
           {"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\n", "GET", length, 5,
            true},
           {"HTTP/1.1 200 OK\r\ncontent-length: 90000000\r\n\r\n", "GET", length, 90'000'000, true},
           {"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "GET", none, 0, true},
           {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "GET", chunked, 0, true},
           {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n", "GET",
            chunked, 0, false},
           {"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", "HEAD", none, 0, true},
           {"HTTP/1.1 204 No Content\r\n\r\n", "GET", none, 0, true},
           {"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", "GET", none, 0, true},
           {"HTTP/1.1 100 Continue\r\n\r\n", "POST", none, 0, true},
           {"HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\n", "GET", length, 5, false},
           {"HTTP/1.0 200 OK\r\ncontent-length: 5\r\nconnection: keep-alive\r\n\r\n", "GET", length,
            5, true},
       }) {
    SCOPED_TRACE(row.text);
    ResponseHead head;
    ASSERT_TRUE(head.parse(row.text, row.method));
    EXPECT_EQ(head.framing().kind, row.kind);
    EXPECT_EQ(head.framing().length, row.length);
    EXPECT_EQ(head.keep_alive(), row.lasts);
  }
}

TEST(ResponseHead, RefusesWhatIsUnclear) {
  for (const std::string_view text : {
           "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
           "HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\n",
           "HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\n",
           "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
           "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
           "HTTP/2 200 OK\r\n\r\n",
           "HTTP/1.1 20 OK\r\n\r\n",
           "HTTP/1.1 two OK\r\n\r\n",
           "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
           "HTTP/1.1 200 OK\r\na: \x01\r\n\r\n",
           "200 OK\r\n\r\n",
           "HTTP/1.1 200 OK\r\n",
       }) {
    SCOPED_TRACE(text);
    ResponseHead head;
    const Status parsed = head.parse(text, "GET");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().kind(), Error::Kind::upstream);
  }
}

TEST(ReasonPhrase, NamesStatuses) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(429), "Too Many Requests");
  EXPECT_EQ(reason_phrase(505), "HTTP Version Not Supported");
  EXPECT_EQ(reason_phrase(299), "Unknown");
  EXPECT_EQ(reason_phrase(0), "Unknown");
  EXPECT_EQ(reason_phrase(999), "Unknown");
}

}  // namespace
}  // namespace omni::net
