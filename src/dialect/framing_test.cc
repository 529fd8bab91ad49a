#include "dialect/framing.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace omni::dialect {
namespace {

/// The bytes cut into pieces of that many; each is copied, so that a view that outlives it shows.
std::vector<std::string> pieces_of(std::string_view bytes, std::size_t size) {
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < bytes.size(); i += size) pieces.emplace_back(bytes.substr(i, size));
  return pieces;
}

using Lines = std::vector<std::string>;

/// `name|data` of each event.
Lines events_of(std::string_view bytes, std::size_t piece) {
  SseReader reader;
  Lines events;
  const auto drain = [&] {
    while (const auto event = reader.next())
      events.push_back(std::string(event->name) + "|" + std::string(event->data));
  };
  for (std::string& fed : pieces_of(bytes, piece)) {
    reader.feed(fed);
    drain();
    fed.assign(fed.size(), '#');
  }
  reader.finish();
  drain();
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_FALSE(reader.too_long());
  return events;
}

/// However the bytes are cut up.
void expect_events(std::string_view bytes, const Lines& expected) {
  for (std::size_t piece = 1; piece <= bytes.size() + 1; ++piece)
    ASSERT_EQ(events_of(bytes, piece), expected) << "in pieces of " << piece;
}

TEST(SseReader, ReadsEventsWithAndWithoutNames) {
  expect_events("data: {\"a\":1}\n\nevent: message_stop\ndata: {}\n\n",
                {"|{\"a\":1}", "message_stop|{}"});
}

TEST(SseReader, TakesEveryEndOfLineAndMixtures) {
  expect_events(
      "data: a\r\n\r\ndata: b\r\rdata: c\n\r\ndata: d\r\n\rdata: e\r\n\ndata: f\n\rdata: g",
      {"|a", "|b", "|c", "|d", "|e", "|f", "|g"});
  expect_events("event: x\rdata: a\r\rdata: b\r\r", {"x|a", "|b"});
}

TEST(SseReader, JoinsDataLinesByLf) {
  expect_events("data: a\ndata:\ndata: b\r\n\n", {"|a\n\nb"});
  expect_events("data:\ndata: a\n\n", {"|\na"});
}

TEST(SseReader, TakesOneBlankOffAValue) {
  expect_events("data:a\n\ndata:  b\n\nevent:x\ndata: c \n\n", {"|a", "| b", "x|c "});
}

TEST(SseReader, LeavesCommentsAndOtherFieldsOut) {
  expect_events(": keepalive\n\n:\nid: 7\nretry: 5\ndatax: no\ndat: no\n data: no\ndata: a\n:b\n\n",
                {"|a"});
}

TEST(SseReader, AnEventWithoutDataIsNone) {
  expect_events("event: ping\n\ndata: a\n\n", {"|a"});
  expect_events("event: ping\ndata:\n\ndata\n\nevent\n\ndata: \n\ndata: a\n\n\n\n", {"|a"});
}

TEST(SseReader, TheLastOfSeveralNamesCounts) {
  expect_events("event: a\nevent: b\ndata: c\n\n", {"b|c"});
  expect_events("event: a\nevent:\ndata: c\n\n", {"|c"});
}

TEST(SseReader, TakesABomAtTheVeryBeginningOnly) {
  expect_events(
      "\xEF\xBB\xBF"
      "data: a\n\n\xEF\xBB\xBF"
      "data: b\n\ndata: c\n\n",
      {"|a", "|c"});
}

TEST(SseReader, TheEndOfTheBytesEndsTheLastEvent) {
  expect_events("data: a\n\nevent: x\ndata: b", {"|a", "x|b"});
  expect_events("data: b\n", {"|b"});
  expect_events("data: b\r", {"|b"});
  expect_events("data: a\ndata: b", {"|a\nb"});
  expect_events("event: x", {});
  expect_events("", {});
}

TEST(SseReader, TellsAnEventAsSoonAsItsBlankLineBegins) {
  SseReader reader;
  reader.feed("data: a\r\n\r");
  const auto event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->data, "a");
  EXPECT_FALSE(reader.next());
  reader.feed("\ndata: b\r\n\r\n");
  EXPECT_EQ(reader.next()->data, "b");
}

TEST(SseReader, AnEventInOnePieceIsAViewOfIt) {
  const std::string bytes = "event: x\ndata: {\"a\":1}\n\n";
  SseReader reader;
  reader.feed(bytes);
  const auto event = reader.next();
  EXPECT_EQ(event->data.data(), bytes.data() + 15);
  EXPECT_EQ(event->name.data(), bytes.data() + 7);
}

TEST(SseReader, TellsWhereTheLinesOfAnEventStand) {
  const std::string_view bytes = "data: a\n\n: comment\n\nevent: x\r\ndata: b\r\n\r\ndata: c";
  const std::size_t b = bytes.find("event");
  const std::size_t c = bytes.find("data: c");
  SseReader reader;
  reader.feed(bytes.substr(0, b + 3));
  const auto first = reader.next();
  EXPECT_EQ(first->begin, 0U);
  EXPECT_EQ(first->end, 9U);
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.begin(), b) << "what came before may go on its way";
  reader.feed(bytes.substr(b + 3));
  const auto second = reader.next();
  EXPECT_EQ(second->begin, b);
  EXPECT_EQ(second->end, c);
  EXPECT_FALSE(reader.next());
  reader.finish();
  const auto third = reader.next();
  EXPECT_EQ(third->begin, c);
  EXPECT_EQ(third->end, bytes.size());
}

TEST(SseReader, RefusesALineThatNeverEnds) {
  const std::string megabyte(std::size_t{1} << 20, 'x');
  SseReader reader;
  reader.feed("data: ok\n\ndata: ");
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  for (std::size_t fed = 0; fed < frame_bytes_max; fed += megabyte.size()) {
    EXPECT_FALSE(reader.too_long());
    reader.feed(megabyte);
    EXPECT_FALSE(reader.next());
  }
  EXPECT_TRUE(reader.too_long());
  reader.feed("\n\ndata: a\n\n");
  EXPECT_FALSE(reader.next());
  reader.finish();
  EXPECT_FALSE(reader.next());
}

TEST(SseReader, RefusesALineThatIsTooLongEvenInOnePiece) {
  SseReader reader;
  const std::string bytes = "data: " + std::string(frame_bytes_max, 'x') + "\n\n";
  reader.feed(bytes);
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.too_long());
}

TEST(SseReader, RefusesAnEventOfDataLinesWithoutEnd) {
  const std::string line = "data: " + std::string(std::size_t{1} << 20, 'x') + "\n";
  SseReader reader;
  for (std::size_t fed = 0; fed < frame_bytes_max; fed += line.size()) {
    EXPECT_FALSE(reader.too_long());
    reader.feed(line);
    EXPECT_FALSE(reader.next());
  }
  EXPECT_TRUE(reader.too_long());
}

TEST(SseReader, TakesAnEventOfManyMegabytes) {
  const std::string data(std::size_t{20} << 20, 'x');
  const std::string bytes = "data: " + data + "\n\n";
  for (const std::size_t piece : {bytes.size(), std::size_t{16384}})
    EXPECT_EQ(events_of(bytes, piece), Lines{"|" + data});
}

TEST(SseReader, LinesOfNothingButCrTakeTimeInProportion) {
  const std::string bytes(std::size_t{4} << 20, '\r');
  EXPECT_EQ(events_of(bytes, bytes.size()), Lines{});
}

TEST(SseReader, SingleBytesTakeTimeInProportion) {
  const std::string data(std::size_t{1} << 20, 'x');
  EXPECT_EQ(events_of("data: " + data + "\n\n", 1), Lines{"|" + data});
}

Lines lines_of(std::string_view bytes, std::size_t piece) {
  LineReader reader;
  Lines lines;
  const auto drain = [&] {
    while (const auto line = reader.next()) lines.emplace_back(*line);
  };
  for (std::string& fed : pieces_of(bytes, piece)) {
    reader.feed(fed);
    drain();
    fed.assign(fed.size(), '#');
  }
  reader.finish();
  drain();
  EXPECT_EQ(reader.next(), std::nullopt);
  return lines;
}

TEST(LineReader, ReadsADocumentALine) {
  const std::string_view bytes =
      "\xEF\xBB\xBF{\"a\":1}\n\r\n  \n {\"b\":\r2} \r\n{\"c\":3}\n\n{\"d\":4}";
  const Lines expected{"{\"a\":1}", "{\"b\":\r2}", "{\"c\":3}", "{\"d\":4}"};
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece)
    ASSERT_EQ(lines_of(bytes, piece), expected) << "in pieces of " << piece;
}

TEST(LineReader, RefusesALineThatNeverEnds) {
  const std::string megabyte(std::size_t{1} << 20, ' ');
  LineReader reader;
  for (std::size_t fed = 0; fed < frame_bytes_max; fed += megabyte.size()) {
    EXPECT_FALSE(reader.too_long());
    reader.feed(megabyte);
    EXPECT_FALSE(reader.next());
  }
  reader.feed(" ");
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.too_long());
}

TEST(Flatten, makes_one_line_of_json_from_a_place_on) {
  std::string text = "event: x\ndata: {\n  \"a\": \"b\\n\",\r\n  \"c\": 1\n}";
  flatten(text, 9);
  EXPECT_EQ(text, "event: x\ndata: {   \"a\": \"b\\n\",    \"c\": 1 }");
}

}  // namespace
}  // namespace omni::dialect
