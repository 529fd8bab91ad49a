#include "dialect/refrain.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chat/collector.h"
#include "dialect/codec.h"

namespace omni::dialect {
namespace {

using chat::Dialect;

/// What is told, in words.
class Told final : public chat::EventSink {
 public:
  void on(const chat::Event& event) override {
    if (const auto* delta = std::get_if<chat::PartDelta>(&event)) {
      lines.push_back(std::to_string(delta->choice) + "." + std::to_string(delta->part) + " " +
                      std::string(delta->text));
    } else {
      lines.push_back("#" + std::to_string(event.index()));
    }
  }
  std::vector<std::string> lines;
};

std::vector<std::string> decode(Dialect dialect, const std::vector<std::string>& events,
                                std::string_view blank) {
  const std::unique_ptr<StreamDecoder> decoder = codec_for(dialect).stream_decoder();
  Told told;
  bool other = false;
  for (std::string event : events) {
    // A blank in every second event means the same and is read, for it is not the same bytes.
    if (other && event.starts_with('{')) event.insert(1, blank);
    other = !other;
    decoder->feed("data: " + event + "\n\n", told);
  }
  decoder->finish(told);
  return told.lines;
}

/// Whether it is told the same when every event is read.
std::vector<std::string> tell(Dialect dialect, const std::vector<std::string>& events) {
  std::vector<std::string> told = decode(dialect, events, "");
  EXPECT_EQ(told, decode(dialect, events, " "));
  return told;
}

std::string chunk(const std::string& delta, const std::string& rest = "") {
  return R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[)"
         R"({"index":0,"delta":{)" +
         delta + "}" + rest + "}]}";
}

std::string text(const std::string& words) { return chunk(R"("content":")" + words + "\""); }

std::string call(int index, const std::string& rest) {
  return R"({"index":)" + std::to_string(index) + "," + rest + "}";
}

std::string arguments(const std::string& words) {
  return R"("function":{"arguments":")" + words + "\"}";
}

TEST(Refrain, TellsWordsOfEventsThatAreOtherwiseTheSame) {
  const auto told = tell(Dialect::openai_chat,
                         {text("a"), text("b"), text("c"), text("Grüße"), text(R"(\n)"), text("d"),
                          text(""), text("e"), chunk("", R"(,"finish_reason":"stop")"), "[DONE]"});
  const std::vector<std::string> words{"0.0 a",  "0.0 b", "0.0 c", "0.0 Grüße",
                                       "0.0 \n", "0.0 d", "0.0 e"};
  EXPECT_EQ(std::vector(told.begin() + 2, told.begin() + 9), words);
}

TEST(Refrain, EndsWhereSomethingElseIsSaid) {
  const std::string thought = R"("reasoning_content":"hm")";
  tell(Dialect::openai_chat, {text("a"), text("b"), chunk(thought), chunk(thought), text("c"),
                              text("d"), chunk("", R"(,"finish_reason":"stop")"), "[DONE]"});
  tell(Dialect::openai_chat, {text("a"), text("b"),
                              R"({"choices":[{"index":1,"delta":)"
                              R"({"content":"x"}}]})",
                              text("c"), "[DONE]"});
}

TEST(Refrain, KnowsNothingOfEventsThatSayMoreThanWords) {
  const auto both = [](const std::string& words) {
    return chunk(R"("content":")" + words + R"(","reasoning_content":"same")");
  };
  tell(Dialect::openai_chat, {both("a"), both("b"), both("c"), "[DONE]"});
  const auto likely = [](const std::string& words) {
    return chunk(R"("content":")" + words + "\"", R"(,"logprobs":{"content":[1]})");
  };
  tell(Dialect::openai_chat, {likely("a"), likely("b"), likely("c"), "[DONE]"});
  const auto counted = [](const std::string& words) {
    std::string event = text(words);
    return event.replace(event.size() - 1, 1, R"(,"usage":{"prompt_tokens":1}})");
  };
  tell(Dialect::openai_chat, {counted("a"), counted("b"), counted("c"), "[DONE]"});
}

TEST(Refrain, LosesNothingThatWaitsBehindWhatIsTold) {
  const auto pieces = [](const std::string& first, const std::string& second) {
    return chunk(R"("tool_calls":[)" + call(0, arguments(first)) + "," +
                 call(1, arguments(second)) + "]");
  };
  const std::string names =
      chunk(R"("tool_calls":[)" + call(0, R"("id":"a","function":{"name":"f"})") + "," +
            call(1, R"("id":"b","function":{"name":"g"})") + "]");
  const auto told = tell(Dialect::openai_chat, {names, pieces("[1", "[1"), pieces(",2", ",1"),
                                                pieces(",3", ",1"), pieces("]", "]"), "[DONE]"});
  std::string second;
  for (const std::string& line : told) {
    if (line.starts_with("0.1 ")) second += line.substr(4);
  }
  EXPECT_EQ(second, "[1,1,1]");
  // A call that has no name yet keeps its arguments back.
  const auto nameless = [](const std::string& words) {
    return chunk(R"("content":")" + words + R"(","tool_calls":[)" + call(0, arguments("1")) + "]");
  };
  tell(Dialect::openai_chat,
       {nameless("a"), nameless("b"), nameless("c"),
        chunk(R"("tool_calls":[)" + call(0, R"("function":{"name":"f"})") + "]"), "[DONE]"});
}

TEST(Refrain, KeepsTheHeadOfAnInputThatMayBeNothing) {
  const auto piece = [](const std::string& words) {
    return chunk(R"("tool_calls":[)" + call(0, arguments(words)) + "]");
  };
  const std::string name =
      chunk(R"("tool_calls":[)" + call(0, R"("id":"a","function":{"name":"f"})") + "]");
  tell(Dialect::openai_chat, {name, piece(" {"), piece(" }"), "[DONE]"});
  tell(Dialect::openai_chat, {name, piece("null"), piece(" "), piece("[1"), piece("]"), "[DONE]"});
}

TEST(Refrain, TellsAnthropicsDeltas) {
  const auto delta = [](int index, const std::string& words) {
    return R"({"type":"content_block_delta","index":)" + std::to_string(index) +
           R"(,"delta":{"type":"text_delta","text":")" + words + R"("}})";
  };
  const auto start = [](int index) {
    return R"({"type":"content_block_start","index":)" + std::to_string(index) +
           R"(,"content_block":{"type":"text","text":""}})";
  };
  const auto stop = [](int index) {
    return R"({"type":"content_block_stop","index":)" + std::to_string(index) + "}";
  };
  const auto told =
      tell(Dialect::anthropic,
           {R"({"type":"message_start","message":{"id":"m","model":"x"}})", start(0), delta(0, "a"),
            delta(0, "b"), delta(0, "c"), stop(0), delta(0, "lost"), start(1), delta(1, "d"),
            delta(1, "e"), stop(1), R"({"type":"message_stop"})"});
  const std::vector<std::string> first{"0.0 a", "0.0 b", "0.0 c"};
  EXPECT_EQ(std::vector(told.begin() + 2, told.begin() + 5), first);
}

TEST(Refrain, HandsOutTheWordsAlone) {
  Refrain refrain;
  Told told;
  refrain.set_sink(told);
  const auto event = [](std::string_view data, std::string_view name = "") {
    return SseReader::Event{.name = name, .data = data};
  };
  const std::string_view first = R"({"t":"one"})";
  refrain.begin();
  refrain.on(chat::PartDelta{.text = first.substr(6, 3)});
  refrain.end(event(first));
  EXPECT_EQ(refrain.words_of(event(R"({"t":"two"})")), "two");
  EXPECT_FALSE(refrain.words_of(event(R"({"t":""})")));
  EXPECT_FALSE(refrain.words_of(event(R"({"t":"a\"b"})")));
  EXPECT_FALSE(refrain.words_of(event("{\"t\":\"a\nb\"}")));
  EXPECT_FALSE(refrain.words_of(event("{\"t\":\"\xC3\"}")));
  EXPECT_FALSE(refrain.words_of(event(R"({"u":"two"})")));
  EXPECT_FALSE(refrain.words_of(event(R"({"t":"two"})", "error")));
  refrain.begin();
  EXPECT_FALSE(refrain.words_of(event(R"({"t":"two"})"))) << "an event that says nothing came";
}

}  // namespace
}  // namespace omni::dialect
