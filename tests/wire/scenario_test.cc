// What must hold in every case: the goldens of all pairs, losslessness at home, any split and any
// framing of a stream, and that a client reads what the provider said.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "wire/goldens.h"
#include "wire/json_text.h"
#include "wire/telling.h"
#include "wire/ways.h"

namespace omni::wire {
namespace {

using chat::Dialect;

/// Prints at the end how much was looked at, for a test that compares nothing passes too.
class Counts final : public testing::Environment {
 public:
  void add(std::string_view what, std::size_t checks) { counts_[std::string(what)] += checks; }
  void TearDown() override {
    for (const auto& [what, checks] : counts_)
      std::cout << "wire: " << checks << " " << what << "\n";
  }

 private:
  std::map<std::string, std::size_t> counts_;
};

Counts* const counts = new Counts;  // gtest owns it
[[maybe_unused]] const testing::Environment* const added =
    testing::AddGlobalTestEnvironment(counts);

void count(std::string_view what, std::size_t checks) { counts->add(what, checks); }

class Scenario : public testing::Test {
 protected:
  /// Of all cases, or of the one that WIRE_CASE names.
  void for_each_case(const std::function<void()>& check) {
    const char* const wanted = std::getenv("WIRE_CASE");
    std::size_t checked = 0;
    for (const std::string& name : case_names()) {
      if (wanted != nullptr && name != wanted) continue;
      SCOPED_TRACE(name);
      scenario_ = load_case(name);
      check();
      ++checked;
    }
    EXPECT_GT(checked, 0U) << "no such case";
  }

  struct Text {
    Dialect dialect;
    const std::string& text;
  };
  /// The sections of a kind, of those dialects that have one.
  std::vector<Text> written(std::string_view kind) const {
    std::vector<Text> texts;
    for (const Dialect dialect : chat::all_dialects) {
      const Section* const section = scenario_.find(kind, dialect);
      if (section != nullptr) texts.push_back({dialect, section->text});
    }
    return texts;
  }

  Case scenario_;
};

// ---- Goldens

constexpr std::string_view remedy =
    "If the new text is right: UPDATE_GOLDEN=1 build/dev/tests/wire/wire_test, and read the diff.";

/// From the first line that differs on.
std::string difference(std::string_view golden, std::string_view now) {
  const auto [a, b] = std::ranges::mismatch(golden, now);
  const auto same = static_cast<std::size_t>(a - golden.begin());
  const std::size_t line = same == 0 ? 0 : golden.substr(0, same).rfind('\n') + 1;
  constexpr std::size_t shown_max = 1500;
  return "golden:\n" + std::string(golden.substr(line, shown_max)) + "\nnow:\n" +
         std::string(now.substr(line, shown_max));
}

TEST(Case, MayOnlyHintAtWhatSomebodyAsksFor) {
  Case scenario;
  scenario.written.push_back({"hints", {}, "to gemini\nthinking_levels true\n"});
  EXPECT_NO_THROW(refuse_unknown_hints(scenario));
  scenario.written.push_back({"hints", {}, "thinking_level true\n"});
  EXPECT_THROW(refuse_unknown_hints(scenario), std::runtime_error);
}

TEST_F(Scenario, GoesBetweenAllPairsAsItsGoldensTell) {
  for_each_case([this] {
    const Goldens goldens = goldens_of(scenario_);
    for (const std::string& violation : goldens.violations) ADD_FAILURE() << violation;
    count("pairs compared with their goldens", goldens.pairs);
    if (wants_new_goldens()) {
      save_case(scenario_, goldens.sections);
      return;
    }
    std::map<std::string, std::string> known;
    for (const Section& section : scenario_.generated) known[section.heading()] = section.text;
    for (const Section& section : goldens.sections) {
      const auto golden = known.find(section.heading());
      if (golden == known.end()) {
        ADD_FAILURE() << section.heading() << "\nis missing. " << remedy << "\n" << section.text;
        continue;
      }
      if (golden->second != section.text) {
        ADD_FAILURE() << section.heading() << "\n"
                      << difference(golden->second, section.text) << "\n"
                      << remedy;
      }
      known.erase(golden);
    }
    for (const auto& [heading, unused] : known) {
      ADD_FAILURE() << heading << "\nis nothing that we do. " << remedy;
    }
  });
}

// ---- Losses are declared, and only such as the codec lists

void expect_listed(const dialect::Losses& losses, std::span<const dialect::LossRow* const> rows) {
  for (const dialect::Losses::Entry& entry : losses.entries()) {
    EXPECT_NE(std::ranges::find(rows, entry.row), rows.end()) << entry.row->name;
  }
}

TEST_F(Scenario, EveryLossIsOneThatItsCodecLists) {
  for_each_case([this] {
    for (const Dialect client : chat::all_dialects) {
      for (const Dialect provider : chat::all_dialects) {
        SCOPED_TRACE(std::string(chat::name_of(client)) + ", " +
                     std::string(chat::name_of(provider)));
        const Way way(scenario_, client, provider);
        const dialect::Codec& own = dialect::codec_for(client);
        const Section* const reply = scenario_.find("reply", provider);
        const Section* const stream = scenario_.find("stream", provider);
        if (way.sent()) {
          expect_listed(way.sent()->losses, dialect::codec_for(provider).request_losses());
        }
        if (reply != nullptr) expect_listed(way.answer(reply->text).losses, own.reply_losses());
        if (stream != nullptr) expect_listed(way.tell(stream->text).losses, own.reply_losses());
      }
    }
  });
}

// ---- At home nothing is lost

TEST_F(Scenario, RequestsComeHomeAsTheyWere) {
  for_each_case([this] {
    for (const auto& [dialect, unused] : written("request")) {
      SCOPED_TRACE(chat::name_of(dialect));
      const RequestText text = request_of(scenario_, dialect);
      const dialect::Codec& codec = dialect::codec_for(dialect);
      const Result<chat::Request> request = codec.decode_request({text.path, text.body});
      EXPECT_TRUE(request) << request.error().message();
      if (!request) continue;
      dialect::EncodeHints hints;
      hints.stream = request->stream;
      const Result<dialect::Outbound> out = codec.encode_request(*request, hints);
      ASSERT_TRUE(out) << out.error().message();
      EXPECT_EQ(canonical(out->body), canonical(text.body));
      EXPECT_TRUE(out->losses.empty());
      EXPECT_TRUE(out->names.empty());
      count("requests and replies that came home", 1);
    }
  });
}

TEST_F(Scenario, RepliesComeHomeAsTheyWere) {
  for_each_case([this] {
    for (const auto& [dialect, text] : written("reply")) {
      SCOPED_TRACE(chat::name_of(dialect));
      if (scenario_.find("reply", dialect)->has_word("mended")) continue;
      const Way::Answer answer = Way(scenario_, dialect, dialect).answer(text);
      if (answer.failure) continue;
      EXPECT_EQ(canonical(answer.text), canonical(text));
      EXPECT_TRUE(answer.losses.empty());
      count("requests and replies that came home", 1);
    }
  });
}

// ---- The same bytes in other pieces, the same events in other frames

/// Cut after the first piece of this length, and then each `step` bytes.
std::vector<std::string_view> cut_up(std::string_view stream, std::size_t first, std::size_t step) {
  std::vector<std::string_view> pieces{stream.substr(0, first)};
  for (std::size_t at = first; at < stream.size(); at += step) {
    pieces.push_back(stream.substr(at, step));
  }
  return pieces;
}

TEST_F(Scenario, EverySplitOfAStreamTellsTheSame) {
  for_each_case([this] {
    for (const auto& [dialect, text] : written("stream")) {
      SCOPED_TRACE(chat::name_of(dialect));
      const Gathered whole = gather(dialect, {text});
      EXPECT_EQ(whole.violation, "");
      // Splits far from each other do not disturb each other, so many are made at once.
      constexpr std::size_t step = 251;
      for (std::size_t first = 1; first <= std::min(step, text.size() - 1); ++first) {
        const std::vector<std::string_view> pieces = cut_up(text, first, step);
        ASSERT_EQ(gather(dialect, pieces).events, whole.events) << "first piece: " << first;
        count("splits of streams", pieces.size() - 1);
      }
    }
  });
}

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const bool here = text.substr(at).starts_with(what);
    out += here ? with : text.substr(at, 1);
    at += here ? what.size() : 1;
  }
  return out;
}

std::vector<std::string_view> bytes_of(std::string_view text) {
  std::vector<std::string_view> bytes;
  for (std::size_t at = 0; at < text.size(); ++at) bytes.push_back(text.substr(at, 1));
  return bytes;
}

TEST_F(Scenario, AnyFramingOfAStreamTellsTheSame) {
  for_each_case([this] {
    for (const auto& [dialect, stream] : written("stream")) {
      SCOPED_TRACE(chat::name_of(dialect));
      const std::string whole = gather(dialect, {stream}).events;
      std::vector<std::string> variants{stream, replaced(stream, "\n", "\r\n"),
                                        stream.substr(0, stream.find_last_not_of('\n') + 1)};
      if (dialect != Dialect::ollama) {
        variants.push_back("\xef\xbb\xbf" + stream);
        variants.push_back(replaced(stream, "\n\n", "\n\n: keepalive\n\n"));
        variants.push_back(replaced(stream, "\n", "\r"));
        variants.push_back(replaced(stream, "data: ", "data:"));
      }
      for (const std::string& variant : variants) {
        EXPECT_EQ(gather(dialect, {variant}).events, whole) << variant.substr(0, 300);
        EXPECT_EQ(gather(dialect, bytes_of(variant)).events, whole) << variant.substr(0, 300);
      }
    }
  });
}

/// As the dialect puts frames on the wire.
std::string framed(const std::vector<Frame>& frames, Dialect dialect) {
  if (dialect == Dialect::ollama) {
    std::string lines;
    for (const Frame& frame : frames) lines += frame.data + "\n";
    return lines;
  }
  const std::string end = dialect == Dialect::gemini ? "\r\n" : "\n";
  std::string text;
  for (const Frame& frame : frames) {
    if (!frame.event.empty()) text += "event: " + frame.event + end;
    text += "data: " + frame.data + end + end;
  }
  return text;
}

TEST_F(Scenario, WhatClientsReadIsFramedAsTheirDialectDoes) {
  for_each_case([this] {
    for (const auto& [provider, text] : written("stream")) {
      for (const Dialect client : chat::all_dialects) {
        SCOPED_TRACE(chat::name_of(client));
        const std::string told = Way(scenario_, client, provider).tell(text).text;
        const std::vector<Frame> frames = frames_of(told);
        if (told.starts_with("[")) continue;  // Gemini's array
        EXPECT_EQ(told, framed(frames, client));
        for (const Frame& frame : frames) {
          EXPECT_TRUE(frame.data == "[DONE]" || is_json(frame.data)) << frame.data;
        }
      }
    }
  });
}

// ---- What is said is what is read

TEST_F(Scenario, AStreamTellsWhatTheWholeReplyTells) {
  for_each_case([this] {
    for (const auto& [dialect, text] : written("stream")) {
      SCOPED_TRACE(chat::name_of(dialect));
      const Section* const reply = scenario_.find("reply", dialect);
      if (reply == nullptr || scenario_.find("stream", dialect)->has_word("differs")) continue;
      const Gathered streamed = gather(dialect, {text});
      ASSERT_FALSE(streamed.failure) << describe(*streamed.failure);
      const Way::Answer whole = Way(scenario_, dialect, dialect).answer(reply->text);
      ASSERT_FALSE(whole.failure) << describe(*whole.failure);
      EXPECT_EQ(describe(telling_of(streamed.reply, dialect)),
                describe(telling_of(whole.reply, dialect)));
    }
  });
}

/// Usage stands only at a good end, where the client asked for it and the provider told it.
void expect_same_telling(const Way& way, const chat::Reply& read, const Way::Told& told,
                         Dialect client) {
  Telling telling = telling_of(read, client), expected = telling_of(told.reply, client);
  const bool asked = client != Dialect::openai_chat || way.request().stream_usage;
  const bool usage = asked && told.reply.usage && !told.failure;
  if (!usage) telling.usage = expected.usage = "";
  EXPECT_EQ(describe(telling), describe(expected));
}

TEST_F(Scenario, EveryClientReadsInAReplyWhatTheProviderSaid) {
  for_each_case([this] {
    for (const auto& [provider, text] : written("reply")) {
      for (const Dialect client : chat::all_dialects) {
        SCOPED_TRACE(std::string(chat::name_of(provider)) + " -> " +
                     std::string(chat::name_of(client)));
        const Way way(scenario_, client, provider);
        const Way::Answer answer = way.answer(text);
        if (answer.failure) continue;
        const auto read = dialect::codec_for(client).decode_reply(answer.text);
        const auto* const reply = std::get_if<chat::Reply>(&read);
        ASSERT_NE(reply, nullptr) << answer.text;
        Telling telling = telling_of(*reply, client), expected = telling_of(answer.reply, client);
        if (!answer.reply.usage) telling.usage = expected.usage = "";
        EXPECT_EQ(describe(telling), describe(expected));
        count("replies and streams read again by the client", 1);
      }
    }
  });
}

TEST_F(Scenario, EveryClientReadsInAStreamWhatTheProviderSaid) {
  for_each_case([this] {
    for (const auto& [provider, text] : written("stream")) {
      for (const Dialect client : chat::all_dialects) {
        SCOPED_TRACE(std::string(chat::name_of(provider)) + " -> " +
                     std::string(chat::name_of(client)));
        const Way way(scenario_, client, provider);
        if (way.request().stream_as_array) continue;
        const Way::Told told = way.tell(text);
        const Gathered read = gather(client, {told.text});
        EXPECT_EQ(read.violation, "");
        EXPECT_EQ(read.failure.has_value(), told.failure.has_value()) << told.text;
        expect_same_telling(way, read.reply, told, client);
        count("replies and streams read again by the client", 1);
      }
    }
  });
}

// ---- A reply told as a stream, a stream gathered into a reply

TEST_F(Scenario, AReplyCanBeToldAsAStreamToEveryClient) {
  for_each_case([this] {
    for (const auto& [provider, text] : written("reply")) {
      for (const Dialect client : chat::all_dialects) {
        SCOPED_TRACE(std::string(chat::name_of(provider)) + " -> " +
                     std::string(chat::name_of(client)));
        const Way way(scenario_, client, provider);
        const Way::Answer answer = way.answer(text);
        if (answer.failure) continue;
        const std::string told = way.retell(answer.reply);
        EXPECT_EQ(told, framed(frames_of(told), client));
        const Gathered read = gather(client, {told});
        EXPECT_EQ(read.violation, "");
        EXPECT_FALSE(read.failure) << told;
        Way::Told as_told;
        as_told.reply = answer.reply;
        expect_same_telling(way, read.reply, as_told, client);
      }
    }
  });
}

TEST_F(Scenario, AStreamCanBeGatheredForEveryClient) {
  for_each_case([this] {
    for (const auto& [provider, text] : written("stream")) {
      for (const Dialect client : chat::all_dialects) {
        SCOPED_TRACE(std::string(chat::name_of(provider)) + " -> " +
                     std::string(chat::name_of(client)));
        const Way way(scenario_, client, provider);
        const Way::Told told = way.tell(text);
        if (told.failure) continue;
        dialect::Losses losses;
        const dialect::Codec& codec = dialect::codec_for(client);
        const auto read = codec.decode_reply(codec.encode_reply(told.reply, way.style(), losses));
        const auto* const reply = std::get_if<chat::Reply>(&read);
        ASSERT_NE(reply, nullptr);
        Telling telling = telling_of(*reply, client), expected = telling_of(told.reply, client);
        if (!told.reply.usage) telling.usage = expected.usage = "";
        EXPECT_EQ(describe(telling), describe(expected));
      }
    }
  });
}

}  // namespace
}  // namespace omni::wire
