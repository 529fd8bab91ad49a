#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/sequencer.h"

namespace omni::chat {
namespace {

Part text() { return {.body = Text{}}; }
Part reasoning() { return {.body = Reasoning{}}; }
Part call(std::string name) { return {.body = ToolCall{.name = std::move(name)}}; }

/// What was told, in numbers.
struct DeltaCount final : EventSink {
  void on(const Event& event) override {
    if (std::holds_alternative<PartBegin>(event)) ++parts;
    if (const auto* delta = std::get_if<PartDelta>(&event)) bytes += delta->text.size();
  }
  int parts = 0;
  std::size_t bytes = 0;
};

TEST(SequencerBounds, AReplyThatNeverEndsOverflowsWhateverItIsMadeOf) {
  const std::string megabyte(std::size_t{1} << 20, 'x');
  const Seal seal{{}, megabyte};
  Part picture;
  picture.body = Media{};
  std::get<Media>(picture.body).payload = megabyte;
  using Step = std::function<void(Sequencer&, Sequencer::Key)>;
  const std::vector<std::pair<std::string, Step>> steps{
      {"text", [&](Sequencer& to, Sequencer::Key) { to.delta(0, 0, megabyte); }},
      {"asides", [&](Sequencer& to, Sequencer::Key) { to.aside(0, Dialect::ollama, megabyte); }},
      {"asides of the choice",
       [&](Sequencer& to, Sequencer::Key) { to.aside_of_choice(0, Dialect::ollama, megabyte); }},
      {"pictures", [&](Sequencer& to, Sequencer::Key key) { to.open(0, key, picture); }},
      {"seals",
       [&](Sequencer& to, Sequencer::Key key) {
         to.open(0, key, reasoning());
         to.close(0, key, &seal);
       }},
      {"skipped summaries",
       [&](Sequencer& to, Sequencer::Key key) {
         for (Sequencer::Key i = 0; i < 64; ++i) {
           to.open(0, key * 64 + i, reasoning());
           to.delta(0, key * 64 + i, "x", Sequencer::summaries_max);
         }
       }},
      {"parts with nothing in them", [&](Sequencer& to, Sequencer::Key key) {
         for (Sequencer::Key i = 0; i < 8192; ++i) to.open(0, key * 8192 + i, text());
       }}};
  for (const auto& [what, step] : steps) {
    DeltaCount sink;
    Sequencer sequencer(sink);
    sequencer.open(0, 0, text());
    for (Sequencer::Key key = 1; key < 40; ++key) step(sequencer, key);
    EXPECT_FALSE(sequencer.overflowed()) << what;
    for (Sequencer::Key key = 40; key < 260 && !sequencer.overflowed(); ++key) step(sequencer, key);
    EXPECT_TRUE(sequencer.overflowed()) << what;
  }
}

TEST(SequencerBounds, AThousandCallsMayBeToldInterleaved) {
  DeltaCount sink;
  Sequencer sequencer(sink);
  for (Sequencer::Key key = 0; key < 1000; ++key) sequencer.open(0, key, call("f"));
  for (int round = 0; round < 10; ++round) {
    const std::string_view piece = round == 0 ? "{" : round == 9 ? "}" : " ";
    for (Sequencer::Key key = 0; key < 1000; ++key) sequencer.delta(0, key, piece);
  }
  sequencer.end(0, Finish::stop, "", "");
  EXPECT_FALSE(sequencer.overflowed());
  EXPECT_EQ(sink.parts, 1000);
  EXPECT_EQ(sink.bytes, 10'000U);
}

}  // namespace
}  // namespace omni::chat
