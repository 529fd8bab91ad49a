#include "upstream/special/played.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "net/test_net.h"

namespace omni::upstream {
namespace {

/// What reading an answer to its end comes to, within some milliseconds.
std::string read_within(Millis limit, Played played) {
  net::testing::World world;
  std::string said;
  world.run([&]() -> net::Task<> {
    const auto read = [](Played what, std::string& out) -> net::Task<Result<Nothing>> {
      const Result<std::unique_ptr<Answer>> answer = co_await play(std::move(what));
      if (!answer) co_return answer.error();
      out = std::to_string((*answer)->status()) + " ";
      while (!(*answer)->body().done()) {
        const Result<std::string_view> piece = co_await (*answer)->body().read();
        if (!piece) co_return piece.error();
        out.append(*piece);
      }
      co_return Nothing{};
    };
    const Result<Nothing> done =
        co_await net::within(limit, "timed out", read(std::move(played), said));
    if (!done) said.append("(").append(done.error().message()).append(")");
  });
  return said;
}

Played two_pieces(Played::End end, Millis pause = Millis{0}) {
  Played played;
  played.pieces = {{Millis{0}, "one "}, {pause, "two "}};
  played.end = end;
  return played;
}

TEST(Played, GivesItsPiecesAndEnds) {
  constexpr Millis patience{5'000};
  EXPECT_EQ(read_within(patience, two_pieces(Played::End::whole)), "200 one two ");
  EXPECT_EQ(read_within(patience, two_pieces(Played::End::broken)),
            "200 one two (the upstream broke off in the middle of its answer)");
  EXPECT_EQ(read_within(patience, {}), "200 ");
}

TEST(Played, WaitsAndCanBeCalledOff) {
  constexpr Millis patience{50};
  EXPECT_EQ(read_within(patience, two_pieces(Played::End::silent)), "200 one two (timed out)");
  EXPECT_EQ(read_within(patience, two_pieces(Played::End::whole, Millis{60'000})),
            "200 one (timed out)");
  Played mute = two_pieces(Played::End::whole);
  mute.head_pause = net::forever;
  EXPECT_EQ(read_within(patience, mute), "(timed out)");
}

TEST(Played, PausesAsLongAsItSays) {
  const auto before = std::chrono::steady_clock::now();
  Played played = two_pieces(Played::End::whole, Millis{60});
  played.head_pause = Millis{60};
  EXPECT_EQ(read_within(Millis{5'000}, played), "200 one two ");
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(110));
}

TEST(Played, FieldsAreFoundInAnyCase) {
  net::testing::World world;
  std::string type;
  world.run([&]() -> net::Task<> {
    const Result<std::unique_ptr<Answer>> answer = co_await play(Played::json(429, "{}"));
    type = (*answer)->field("Content-Type");
    EXPECT_EQ((*answer)->status(), 429);
    EXPECT_EQ((*answer)->field("retry-after"), "");
  });
  EXPECT_EQ(type, "application/json");
}

}  // namespace
}  // namespace omni::upstream
