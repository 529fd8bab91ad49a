#include "net/multipart.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace omni::net {
namespace {

using namespace std::string_literals;

/// Writes down what it is told, data in one piece: "<name|file|type>data</>".
class Transcript : public PartSink {
 public:
  Status part_begin(const PartHead& head) override {
    text += "<" + head.name;
    if (head.filename) text += "|" + *head.filename;
    if (!head.content_type.empty()) text += "|" + head.content_type;
    text += ">";
    return Nothing{};
  }
  Status part_data(std::string_view data) override {
    EXPECT_FALSE(data.empty());
    text += data;
    return Nothing{};
  }
  Status part_end() override {
    text += "</>";
    return Nothing{};
  }

  std::string text;
};

struct Outcome {
  std::string text;
  std::string error;
  Error::Kind kind = Error::Kind::internal;

  bool operator==(const Outcome&) const = default;
};

Outcome parse(const std::vector<std::string_view>& pieces, const std::string& boundary,
              MultipartLimits limits) {
  Transcript transcript;
  MultipartParser parser(boundary, transcript, limits);
  Status status = Nothing{};
  for (const std::string_view piece : pieces) {
    if (status) status = parser.feed(piece);
  }
  if (status) status = parser.finish();
  if (status) return {.text = transcript.text, .error = {}};
  return {transcript.text, status.error().message(), status.error().kind()};
}

/// Parses the body whole, byte by byte and cut in two everywhere: all must agree.
Outcome parse(std::string_view body, const std::string& boundary, MultipartLimits limits = {}) {
  Outcome whole = parse(std::vector{body}, boundary, limits);
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < body.size(); ++i) bytes.push_back(body.substr(i, 1));
  EXPECT_EQ(parse(bytes, boundary, limits), whole) << "byte by byte";
  for (std::size_t i = 0; i <= body.size() && !testing::Test::HasFailure(); ++i) {
    const Outcome cut = parse({body.substr(0, i), body.substr(i)}, boundary, limits);
    EXPECT_EQ(cut, whole) << "cut at " << i << ": " << cut.text << cut.error;
  }
  return whole;
}

std::string text_of(std::string_view body, const std::string& boundary = "b") {
  const Outcome outcome = parse(body, boundary);
  EXPECT_EQ(outcome.error, "");
  return outcome.text;
}

/// What the body is refused with; empty where it is not.
std::string refusal(std::string_view body, MultipartLimits limits = {}) {
  const Outcome outcome = parse(body, "b", limits);
  if (outcome.error.empty()) return "";
  EXPECT_TRUE(outcome.kind == Error::Kind::bad_request || outcome.kind == Error::Kind::too_large);
  return (outcome.kind == Error::Kind::too_large ? "too large: " : "") + outcome.error;
}

/// A body of one part with this head and data.
std::string body_of(const std::string& head, const std::string& data) {
  return "--b\r\n" + head + "\r\n" + data + "\r\n--b--\r\n";
}
std::string with_head(const std::string& head) { return body_of(head, "x"); }
std::string with_data(const std::string& data) {
  return body_of("Content-Disposition: form-data; name=\"a\"\r\n", data);
}
std::string with_disposition(const std::string& value) {
  return with_head("Content-Disposition: " + value + "\r\n");
}

TEST(Multipart, ReadsCurl) {
  EXPECT_EQ(text_of("--------------------------a244a95249f1c3bd\r\n"
                    "Content-Disposition: form-data; name=\"model\"\r\n\r\n"
                    "whisper-1\r\n"
                    "--------------------------a244a95249f1c3bd\r\n"
                    "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
                    "Content-Type: audio/mpeg\r\n\r\n"
                    "hello\r\n--bye\n\r\n"
                    "--------------------------a244a95249f1c3bd\r\n"
                    "Content-Disposition: form-data; name=\"x\"; filename=\"we%22ird\\x.bin\"\r\n"
                    "Content-Type: application/octet-stream\r\n\r\n"
                    "\0\1\xff\r\n--\r\n"
                    "--------------------------a244a95249f1c3bd--\r\n"s,
                    "------------------------a244a95249f1c3bd"),
            "<model>whisper-1</>"
            "<file|a.txt|audio/mpeg>hello\r\n--bye\n</>"
            "<x|we%22ird\\x.bin|application/octet-stream>\0\1\xff\r\n--</>"s);
}

TEST(Multipart, ReadsCurlWithEscapedNames) {
  EXPECT_EQ(text_of("--------------------------1375d5101b7f4818\r\n"
                    "Content-Disposition: form-data; name=\"x\"; filename=\"we\\\"ird\\\\x\"\r\n"
                    "Content-Type: application/octet-stream\r\n\r\n"
                    "1\r\n"
                    "--------------------------1375d5101b7f4818\r\n"
                    "Content-Disposition: form-data; name=\"empty\"\r\n\r\n"
                    "\r\n"
                    "--------------------------1375d5101b7f4818--\r\n",
                    "------------------------1375d5101b7f4818"),
            "<x|we\"ird\\x|application/octet-stream>1</><empty></>");
}

TEST(Multipart, ReadsBrowsers) {
  EXPECT_EQ(text_of("------WebKitFormBoundary7MA4YWxkTrZu0gW\r\n"
                    "Content-Disposition: form-data; name=\"file\"; filename=\"C:\\dir\\a.txt\"\r\n"
                    "Content-Type: text/plain\r\n\r\n"
                    "a\r\n"
                    "------WebKitFormBoundary7MA4YWxkTrZu0gW\r\n"
                    "Content-Disposition: form-data; name=\"none\"; filename=\"\"\r\n"
                    "Content-Type: application/octet-stream\r\n\r\n"
                    "\r\n"
                    "------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n",
                    "----WebKitFormBoundary7MA4YWxkTrZu0gW"),
            "<file|C:\\dir\\a.txt|text/plain>a</><none||application/octet-stream></>");
}

TEST(Multipart, ReadsNode) {
  EXPECT_EQ(text_of("------formdata-undici-057707212524\r\n"
                    "Content-Disposition: form-data; name=\"na%22me%0D%0A\"\r\n\r\n"
                    "\xc3\xbc\r\n"
                    "------formdata-undici-057707212524\r\n"
                    "Content-Disposition: form-data; name=\"file\"; "
                    "filename=\"Gr\xc3\xbc\xc3\x9f\x65 %221%22.txt\"\r\n"
                    "Content-Type: application/octet-stream\r\n\r\n"
                    "hello\r\n\r\n"
                    "------formdata-undici-057707212524--\r\n",
                    "----formdata-undici-057707212524"),
            "<na%22me%0D%0A>\xc3\xbc</>"
            "<file|Gr\xc3\xbc\xc3\x9f\x65 %221%22.txt|application/octet-stream>hello\r\n</>");
}

TEST(Multipart, ReadsAFormWithoutParts) { EXPECT_EQ(text_of("--b--\r\n"), ""); }

TEST(Multipart, ReadsPython) {
  EXPECT_EQ(text_of("--7f1f22074c51a0978eb5a2b5d3693825\r\n"
                    "Content-Disposition: form-data; name=\"\xc3\xbc\"\r\n\r\n"
                    "\xc3\xa9\r\n"
                    "--7f1f22074c51a0978eb5a2b5d3693825\r\n"
                    "Content-Disposition: form-data; name=\"raw\"; filename=\"raw\"\r\n\r\n"
                    "x\r\n"
                    "--7f1f22074c51a0978eb5a2b5d3693825--\r\n",
                    "7f1f22074c51a0978eb5a2b5d3693825"),
            "<\xc3\xbc>\xc3\xa9</><raw|raw>x</>");
}

TEST(Multipart, ReadsDotNet) {
  EXPECT_EQ(text_of("--1a2b-3c4d\r\n"
                    "Content-Type: audio/wav\r\n"
                    "Content-Disposition: form-data; name=file; filename=a.wav; "
                    "filename*=utf-8''%C3%A4.wav\r\n\r\n"
                    "RIFF\r\n"
                    "--1a2b-3c4d--\r\n",
                    "1a2b-3c4d"),
            "<file|\xc3\xa4.wav|audio/wav>RIFF</>");
}

TEST(Multipart, PassesOverPreambleAndEpilogue) {
  EXPECT_EQ(text_of("This is MIME.\r\n--not it\r\n--b\r\n"
                    "Content-Disposition: form-data; name=a\r\n\r\n"
                    "1\r\n--b--\r\n--b\r\nepilogue"),
            "<a>1</>");
}

TEST(Multipart, ReadsTheHeadLeniently) {
  EXPECT_EQ(text_of(with_head("content-disposition:FORM-DATA ;\tNAME=a ; other=\"x;y\";\r\n"
                              "Content-Length: 1\r\nContent-Transfer-Encoding: Binary\r\n")),
            "<a>x</>");
  EXPECT_EQ(text_of(with_disposition("form-data; name=\"a;\\\"b\\\"=c\"")), "<a;\"b\"=c>x</>");
}

TEST(Multipart, BoundaryEndsAtTheEndOfTheBody) {
  EXPECT_EQ(text_of("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--"), "<a>1</>");
}

TEST(Multipart, AnEmptyPartMayLackItsOwnLineEnd) {
  const std::string head = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n";
  EXPECT_EQ(text_of(head + "--b--\r\n"), "<a></>");
  EXPECT_EQ(text_of(head + "\r\n--b--\r\n"), "<a></>");
  EXPECT_EQ(text_of(head + "\r\n\r\n--b--\r\n"), "<a>\r\n</>");
}

TEST(Multipart, DataMayLookLikeABoundary) {
  for (const std::string& data : {"--"s,
                                  "-b"s,
                                  "\r"s,
                                  "\n"s,
                                  "\r\n"s,
                                  "\r\n-"s,
                                  "\r\n--"s,
                                  "\r\n--a"s,
                                  "\r\r\n--"s,
                                  " --b"s,
                                  "x--b--"s,
                                  "\n--b"s,
                                  "\r--b"s,
                                  "x\n\r--b"s,
                                  "\r\n\r\n-\r\n--\r\n"s,
                                  "\r\n--B"s,
                                  "\r\n --b"s,
                                  "\0"s,
                                  "\0\r\n\0--b"s,
                                  "\r\n--\0b"s,
                                  "\xff\xfe"s,
                                  std::string(300, '\r'),
                                  std::string(300, '-')}) {
    EXPECT_EQ(text_of(with_data(data)), "<a>" + data + "</>") << testing::PrintToString(data);
  }
}

TEST(Multipart, LongestBoundary) {
  const std::string boundary = std::string(68, '-') + "'x";
  EXPECT_EQ(text_of("--" + boundary + "\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--" +
                        boundary.substr(1) + "\r\n--" + boundary + "--\r\n",
                    boundary),
            "<a>1\r\n--" + boundary.substr(1) + "</>");
}

TEST(Multipart, RefusesBrokenFraming) {
  const std::string head = "Content-Disposition: form-data; name=a\r\n";
  const std::string unclosed = "the multipart body has no closing boundary";
  const std::string after = "a boundary of the multipart body is not followed by CRLF or --";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", unclosed},
      {"no boundary at all", unclosed},
      {" --b--", unclosed},
      {"\n--b--", unclosed},
      {"--b", unclosed},
      {"--b\r\n" + head + "\r\n1\r\n--b-", unclosed},
      {"--b\r\n" + head + "\r\n1\r\n--b", unclosed},
      {"--b\r\n" + head + "\r\n1\r\n", unclosed},
      {"--b\r\n" + head, unclosed},
      {"--b--\r", unclosed},
      {"--b\r\n" + head + "\r\n1\n--b--\r\n", unclosed},
      {"--b\n" + head + "\r\n1\r\n--b--\r\n", after},
      {"--b\r" + head, after},
      {"--b \r\n" + head, after},
      {"--bb\r\n" + head, after},
      {"--b-\r\n" + head, after},
      {"--b--b", after},
      {"--b--\n", after},
      {"--b\r\n" + head + "\r\n1\r\n--b0\r\n2\r\n--b--\r\n", after},
  };
  for (const auto& [body, error] : cases) EXPECT_EQ(refusal(body), error) << body;
}

TEST(Multipart, RefusesBrokenHeads) {
  const std::string good = "Content-Disposition: form-data; name=a\r\n";
  const std::string no_field = "the head of a part holds a line that is no header field";
  const std::string control = "the head of a part holds a control character or a bare LF";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "a part has no head"},
      {"Content-Type: text/plain\r\n", "a part has no Content-Disposition"},
      {good + good, "a part has two Content-Disposition fields"},
      {good + "Content-Type: a/b\r\ncontent-type: a/c\r\n", "a part has two Content-Type fields"},
      {good + "Content-Type: \xff\r\n", "the Content-Type of a part is not valid UTF-8"},
      {good + "Content-Transfer-Encoding: base64\r\n",
       "a part has a Content-Transfer-Encoding that is not binary"},
      {good + "nothing\r\n", no_field},
      {good + ": nothing\r\n", no_field},
      {good + "A : b\r\n", no_field},
      {good + " ; filename=b\r\n", no_field},
      {good + "A: b\nB: c\r\n", control},
      {good + "A: b\rB: c\r\n", control},
      {good + "A: b\n\r\n", control},
      {good + "A: \0\r\n"s, control},
      {good + "A: \x7f\r\n", control},
  };
  for (const auto& [head, error] : cases) EXPECT_EQ(refusal(with_head(head)), error) << head;
}

TEST(Multipart, RefusesBrokenDispositions) {
  const std::string malformed = "a parameter of a header field is malformed";
  const std::string control = "a name in the head of a part holds a control character";
  const std::string not_utf8 = "a name in the head of a part is not valid UTF-8";
  const std::string twice = "the Content-Disposition of a part has a parameter twice";
  const std::string extended = "the filename* of a part is not percent-encoded UTF-8";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "the Content-Disposition of a part is not form-data"},
      {"attachment; name=a", "the Content-Disposition of a part is not form-data"},
      {"form-data", "a part has no name"},
      {"form-data; filename=a", "a part has no name"},
      {"form-data; name=\"\"", "a part has no name"},
      {"form-data; name*=utf-8''a", "a part has no name"},
      {"form-data; name=a; name=b", twice},
      {"form-data; name=a; filename=b; FILENAME=c", twice},
      {"form-data; name=a; filename*=utf-8''b; filename*=utf-8''c", twice},
      {"form-data; name", malformed},
      {"form-data; name=", malformed},
      {"form-data; =a", malformed},
      {"form-data; name=a b", malformed},
      {"form-data; name=a\"b\"", malformed},
      {"form-data; name=\"a\"b", malformed},
      {"form-data; name=\"a\"b\"", malformed},
      {"form-data; name=\"a\" filename=b", malformed},
      {"form-data;; name=a", malformed},
      {"form-data; na me=a", malformed},
      {"form-data; name=\"a", "a quoted parameter of a header field has no end"},
      {"form-data; name=\"a\\\"", "a quoted parameter of a header field has no end"},
      {"form-data; name=\"a\tb\"", control},
      {"form-data; name=a; filename*=utf-8''%0D%0Ab", control},
      {"form-data; name=a; filename=\"\xff\"", not_utf8},
      {"form-data; name=\"\xc3\"", not_utf8},
      {"form-data; name=\"\xc0\xaf\"", not_utf8},
      {"form-data; name=\"\xe0\x9f\xbf\"", not_utf8},
      {"form-data; name=\"\xed\xa0\x80\"", not_utf8},
      {"form-data; name=\"\xf0\x8f\xbf\xbf\"", not_utf8},
      {"form-data; name=\"\xf4\x90\x80\x80\"", not_utf8},
      {"form-data; name=a; filename*=utf-8''%ff", not_utf8},
      {"form-data; name=a; filename*=utf-8''%4", extended},
      {"form-data; name=a; filename*=utf-8''%00", extended},
      {"form-data; name=a; filename*=utf-8'a", extended},
      {"form-data; name=a; filename*=iso-8859-1''a", extended},
  };
  for (const auto& [value, error] : cases) {
    EXPECT_EQ(refusal(with_disposition(value)), error) << value;
  }
}

TEST(Multipart, AcceptsEveryLengthOfUtf8) {
  const std::string name =
      "\x7e\xc2\x80\xe0\xa0\x80\xed\x9f\xbf\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f";
  EXPECT_EQ(text_of(with_disposition("form-data; name=\"" + name + "\xbf\xbf\"")),
            "<" + name + "\xbf\xbf>x</>");
}

TEST(Multipart, BoundsEveryName) {
  const std::string a(256, 'a');
  const std::string f(1024, 'f');
  const std::string named = "form-data; name=a; filename";
  EXPECT_EQ(refusal(with_disposition("form-data; name=" + a)), "");
  EXPECT_EQ(refusal(with_disposition("form-data; name=a" + a)),
            "too large: a name in the head of a part is too long");
  EXPECT_EQ(refusal(with_disposition(named + "=" + f)), "");
  EXPECT_EQ(refusal(with_disposition(named + "=f" + f)),
            "too large: a name in the head of a part is too long");
  EXPECT_EQ(refusal(with_disposition(named + "*=utf-8''f" + f)),
            "too large: a name in the head of a part is too long");
  const std::string type = "Content-Disposition: form-data; name=a\r\nContent-Type: ";
  EXPECT_EQ(refusal(with_head(type + a + "\r\n")), "");
  EXPECT_EQ(refusal(with_head(type + "a" + a + "\r\n")),
            "too large: the Content-Type of a part is too long");
}

TEST(Multipart, BoundsTheHead) {
  const std::string head = "Content-Disposition: form-data; name=a\r\n";
  EXPECT_EQ(refusal(with_head(head), {.head_bytes_max = head.size()}), "");
  EXPECT_EQ(refusal(with_head(head), {.head_bytes_max = head.size() - 1}),
            "too large: the head of a part is too long");
  Transcript transcript;
  MultipartParser parser("b", transcript);
  ASSERT_TRUE(parser.feed("--b\r\nA: "));
  const Status status = parser.feed(std::string(100'000, 'a'));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind(), Error::Kind::too_large);
}

TEST(Multipart, BoundsTheParts) {
  std::string body;
  for (int i = 0; i < 3; ++i) {
    body += "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n";
  }
  body += "--b--\r\n";
  EXPECT_EQ(refusal(body, {.parts_max = 3}), "");
  EXPECT_EQ(refusal(body, {.parts_max = 2}), "too large: the multipart body has too many parts");
}

TEST(Multipart, BoundsPreambleAndEpilogue) {
  const std::string long_text(5000, 'x');
  const std::string error = "too large: the multipart body has too much before or after its parts";
  EXPECT_EQ(refusal(long_text.substr(0, 4000) + "\r\n--b--\r\n"), "");
  EXPECT_EQ(refusal(long_text + "\r\n--b--\r\n"), error);
  EXPECT_EQ(refusal("--b--\r\n" + long_text.substr(0, 4000)), "");
  EXPECT_EQ(refusal("--b--\r\n" + long_text), error);
}

TEST(Multipart, ReadsManyParts) {
  constexpr std::size_t count = 100'000;
  std::string body;
  for (std::size_t i = 0; i < count; ++i) {
    body += "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n";
  }
  body += "--b--\r\n";
  const Outcome outcome = parse(std::vector<std::string_view>{body}, "b", {.parts_max = count});
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.text.size(), count * std::string_view("<a>1</>").size());
}

TEST(Multipart, DataIsNotCopied) {
  struct Sink : Transcript {
    Status part_data(std::string_view data) override {
      views.push_back(data);
      return Nothing{};
    }
    std::vector<std::string_view> views;
  };
  Sink sink;
  MultipartParser parser("b", sink);
  const std::string body = with_data("one\r\ntwo\r\n-three");
  ASSERT_TRUE(parser.feed(body));
  ASSERT_EQ(sink.views.size(), 1U);
  EXPECT_EQ(sink.views[0], "one\r\ntwo\r\n-three");
  EXPECT_EQ(sink.views[0].data(), body.data() + body.find("one"));
}

TEST(Multipart, SinkMayRefuseAtEveryCall) {
  struct Refusing : Transcript {
    Status count(Status status) {
      if (--calls_left > 0) return status;
      return Error(Error::Kind::over_budget, "enough");
    }
    Status part_begin(const PartHead& head) override { return count(Transcript::part_begin(head)); }
    Status part_data(std::string_view data) override { return count(Transcript::part_data(data)); }
    Status part_end() override { return count(Transcript::part_end()); }
    int calls_left = 0;
  };
  const std::vector<std::string> expected{"<a>", "<a>x", "<a>x</>"};
  for (int calls = 1; calls <= 3; ++calls) {
    Refusing sink;
    sink.calls_left = calls;
    MultipartParser parser("b", sink);
    const Status status = parser.feed(with_data("x"));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind(), Error::Kind::over_budget);
    EXPECT_EQ(sink.text, expected[static_cast<std::size_t>(calls - 1)]);
    EXPECT_FALSE(parser.feed("more"));
    EXPECT_FALSE(parser.finish());
    EXPECT_EQ(sink.text, expected[static_cast<std::size_t>(calls - 1)]);
  }
}

std::string boundary_in(std::string_view content_type) {
  const Result<std::string> boundary = multipart_boundary(content_type);
  return boundary ? *boundary : "refused: " + boundary.error().message();
}

TEST(MultipartBoundary, IsFound) {
  EXPECT_EQ(boundary_in("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(boundary_in("Multipart/Form-Data;BOUNDARY=\"a b:c\" ; charset=utf-8"), "a b:c");
  EXPECT_EQ(boundary_in("multipart/form-data; charset=\"x; boundary=no\"; boundary=a=/?b"),
            "a=/?b");
  EXPECT_EQ(boundary_in("multipart/form-data; boundary=" + std::string(70, 'a')),
            std::string(70, 'a'));
}

TEST(MultipartBoundary, IsRefused) {
  const std::string malformed = "refused: the boundary of the Content-Type is malformed";
  EXPECT_EQ(boundary_in(""), "refused: the Content-Type is not multipart/form-data");
  EXPECT_EQ(boundary_in("multipart/mixed; boundary=a"),
            "refused: the Content-Type is not multipart/form-data");
  EXPECT_EQ(boundary_in("multipart/form-data"), "refused: the Content-Type has no boundary");
  EXPECT_EQ(boundary_in("multipart/form-data; boundary=a; boundary=b"),
            "refused: the Content-Type has two boundaries");
  EXPECT_EQ(boundary_in("multipart/form-data; boundary=\"\""), malformed);
  EXPECT_EQ(boundary_in("multipart/form-data; boundary=\"a \""), malformed);
  EXPECT_EQ(boundary_in("multipart/form-data; boundary=\"a\r\nb\""), malformed);
  EXPECT_EQ(boundary_in("multipart/form-data; boundary=a@b"), malformed);
  EXPECT_EQ(boundary_in("multipart/form-data; boundary=" + std::string(71, 'a')), malformed);
}

}  // namespace
}  // namespace omni::net
