// Clients of every dialect, at the built-in provider and at the mock in every other dialect.

#include <array>

#include "chat/dialect.h"
#include "gateway/selftest/check.h"
#include "gateway/selftest/stage.h"
#include "gateway/selftest/talk.h"
#include "json/reader.h"

namespace omni::gateway::selftest {
namespace {

using chat::Dialect;

constexpr std::string_view greeting = "Grüße, 世界.";

Error amiss(const Manner& manner, const std::string& model, std::string_view what) {
  std::string text(name_of(manner.dialect));
  text.append(manner.stream ? ", as a stream, of " : ", whole, of ").append(model);
  return {Error::Kind::internal, text.append(": ").append(what)};
}

Status expect_echo(Stage& stage, const std::string& provider, const Manner& manner) {
  const std::string model = provider + "/echo";
  const auto told = talk(stage, stage.house(), request_to(model, std::string(greeting)), manner);
  if (!told) return told.error();
  const std::string words = words_of(told->reply);
  if (words != greeting) return amiss(manner, model, "it said \"" + words + "\"");
  if (!told->reply.usage || told->reply.usage->output() == 0) {
    return amiss(manner, model, "no tokens were counted");
  }
  return Nothing{};
}

/// A call of the tool, and an answer that goes by what the tool has found.
Status expect_call(Stage& stage, const std::string& provider, const Manner& manner) {
  const std::string model = provider + "/tool";
  chat::Request request = request_to(model, std::string(tool_name) + R"( {"word":"grüßen"})");
  const auto told = talk(stage, stage.house(), request, manner);
  if (!told) return told.error();
  const chat::ToolCall* call = call_of(told->reply);
  if (call == nullptr || call->name != tool_name) return amiss(manner, model, "no tool was called");
  json::Reader reader;
  const bool right = reader.read(call->input).find("word").text() == "grüßen";
  if (!right || !reader.finish()) return amiss(manner, model, "the call has " + call->input);
  add_result(request, *call, std::string(greeting));
  const auto then = talk(stage, stage.house(), request, manner);
  if (!then) return then.error();
  const std::string words = words_of(then->reply);
  if (words.find(greeting) != std::string::npos) return Nothing{};
  return amiss(manner, model, "of what the tool found it said \"" + words + "\"");
}

/// All that a client of the dialect wants of a provider.
Status expect_all(Stage& stage, const std::string& provider, Dialect client) {
  for (const bool stream : {false, true}) {
    const Manner manner{client, stream};
    if (Status echoed = expect_echo(stage, provider, manner); !echoed) return echoed;
    if (Status called = expect_call(stage, provider, manner); !called) return called;
  }
  return Nothing{};
}

struct Stream {
  std::string_view model;
  bool fails = false;  // in its middle, as the dialect says that
};
constexpr std::array streams{
    Stream{"echo"},  Stream{"lorem"}, Stream{"think"},
    Stream{"tools"}, Stream{"json"},  Stream{"error-midstream", true},
};

}  // namespace

Finding check_dialects(Stage& stage) {
  for (const Dialect client : chat::all_dialects) {
    if (Status answered = expect_all(stage, "demo", client); !answered) return answered.error();
  }
  return std::to_string(chat::all_dialects.size()) +
         " at the built-in provider: answers, streams, tools called and heard";
}

Finding check_pairs(Stage& stage) {
  for (const Dialect provider : chat::all_dialects) {
    for (const Dialect client : chat::all_dialects) {
      const Status answered = expect_all(stage, prefix_of(provider), client);
      if (!answered) return answered.error();
    }
  }
  const std::size_t count = chat::all_dialects.size();
  return std::to_string(count * count) +
         " of client and provider: the same, translated where they differ";
}

Finding check_streams(Stage& stage) {
  std::size_t events = 0;
  for (const Dialect client : chat::all_dialects) {
    for (const Stream& stream : streams) {
      const std::string model = "demo/" + std::string(stream.model);
      const Manner manner{client, true};
      const auto told =
          talk(stage, stage.house(), request_to(model, std::string(greeting)), manner);
      if (!told) return told.error();
      if (told->failed != stream.fails) {
        return amiss(manner, model, told->failed ? "it failed" : "its failure was not told");
      }
      events += told->events;
    }
  }
  return std::to_string(events) + " events keep to the grammar";
}

}  // namespace omni::gateway::selftest
