// What it costs to take a request or an event of one dialect apart and to say it in another one, in
// this process.  Beside each figure stands what it costs to look at the same bytes at all: to check
// them as JSON and find the members at the top, as the byte lane does.
#include "scenario.h"

#include <sched.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent.h"
#include "dialect/codec.h"
#include "dialect/lane.h"
#include "dialect/tap.h"
#include "json/envelope.h"
#include "process.h"
#include "table.h"

namespace omni::bench {
namespace {

using chat::Dialect;
using dialect::codec_for;

constexpr std::size_t kb = 1024;

/// From the client's dialect to the provider's; answers go the other way.
struct Pair {
  Dialect client, provider;
};
constexpr std::array pairs{
    Pair{Dialect::openai_chat, Dialect::anthropic}, Pair{Dialect::anthropic, Dialect::openai_chat},
    Pair{Dialect::anthropic, Dialect::gemini}, Pair{Dialect::openai_responses, Dialect::anthropic}};

constexpr std::array byte_lanes{Dialect::openai_chat, Dialect::anthropic};

/// Keeps a result alive that nobody looks at.
void use(std::string_view bytes) {
  static volatile std::size_t sink = 0;
  sink = sink + bytes.size();
}

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// Something that is done once for each call.
using Work = std::function<void()>;

/// Calls work so often that it takes about that many seconds, a number that is found once.
class Loop {
 public:
  Loop(Work work, double seconds) : work_(std::move(work)) {
    for (double spent = 0; spent < seconds * 1e5; calls_ *= 4) spent = us() * calls();
    calls_ = static_cast<std::size_t>(seconds * 1e6 / us()) + 1;
  }

  /// CPU time of one call.
  double us() const {
    const double begin = cpu_us();
    for (std::size_t i = 0; i < calls_; ++i) work_();
    return (cpu_us() - begin) / calls();
  }

 private:
  double calls() const { return static_cast<double>(calls_); }

  Work work_;
  std::size_t calls_ = 1;
};

/// What a row compares: the work, and the JSON text in it, which the reference looks at.
struct Case {
  std::string name, unit;
  double us_max;
  std::string_view json;
};

std::string rounded(double us) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), us < 1 ? "%.3f" : "%.2f", us);
  return text.data();
}

Row measure(const Case& row_case, const Work& work, const Options& options) {
  const std::string_view json = row_case.json;
  const Work look = [&] {
    const auto envelope = json::Envelope::scan(json);
    if (!envelope) fail(row_case.name + ": no JSON");
    use(envelope->members().front().key);
  };
  std::string copy(json.size(), ' ');
  const Work move = [&] {
    std::memcpy(copy.data(), json.data(), copy.size());
    use(copy);
  };
  const double seconds = options.seconds / 5;
  const Loop looks(look, seconds), works(options.against_itself ? look : work, seconds);
  std::vector<double> reference, ours, ratios;
  for (int i = 0; i < options.sittings * options.rounds; ++i) {
    reference.push_back(looks.us());
    ours.push_back(works.us());
    ratios.push_back(ours.back() / reference.back());
  }
  Row row{.name = row_case.name, .unit = row_case.unit};
  row.cost = Cost{summarize(reference), summarize(ours), summarize(ratios)};
  row.ours_us_max = row_case.us_max;
  row.note = "best " + rounded(row.cost->ours_us.min) + " of at most " + rounded(row_case.us_max) +
             "; " + std::to_string(json.size()) + " bytes, memcpy " +
             rounded(Loop(move, seconds).us());
  return row;
}

dialect::EncodeHints hints() {
  dialect::EncodeHints hints;
  hints.model = "provider-model-1";
  hints.stream = true;
  hints.want_usage = true;
  return hints;
}

void translate(const Pair& pair, std::string_view body) {
  const auto request = codec_for(pair.client).decode_request({{}, body});
  if (!request) fail("a request cannot be read");
  const auto outbound = codec_for(pair.provider).encode_request(*request, hints());
  if (!outbound) fail("a request cannot be written");
  use(outbound->body);
}

void forward(Dialect dialect, std::string_view body) {
  const auto outbound = dialect::forward_request(dialect, {{}, body}, hints());
  if (!outbound) fail("a request cannot be forwarded");
  use(outbound->body);
}

/// How a provider's stream begins, and the event that then comes again and again.
struct Stream {
  std::string_view opening, before_text, after_text;

  std::string json() const {
    constexpr std::size_t event_bytes = 300;
    constexpr std::string_view text = "and then the counter goes through every word of the line ";
    std::string out(before_text);
    while (out.size() + after_text.size() < event_bytes) out += text[out.size() % text.size()];
    return out.append(after_text);
  }
};

Stream stream_of(Dialect dialect) {
  switch (dialect) {
    case Dialect::anthropic:
      return {
          "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_01\","
          "\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude\",\"content\":[],"
          "\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,"
          "\"output_tokens\":1}}}\n\nevent: content_block_start\ndata: {\"type\":"
          "\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"
          "\n\n",
          R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")",
          R"("}})"};
    case Dialect::gemini:
      return {"", R"({"candidates":[{"content":{"parts":[{"text":")",
              R"("}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":812,)"
              R"("candidatesTokenCount":33,"totalTokenCount":845},"modelVersion":"gemini-3-pro",)"
              R"("responseId":"abcdefghijklmnop"})"};
    default:
      return {
          "",
          R"({"id":"chatcmpl-CsQAe3ZmO5pR7tV9xA1cC4hH","object":"chat.completion.chunk",)"
          R"("created":1767225601,"model":"gpt-5.2","choices":[{"index":0,"delta":{"content":")",
          R"("},"logprobs":null,"finish_reason":null}]})"};
  }
}

std::string event_in(Dialect dialect) {
  const std::string data = "data: " + stream_of(dialect).json() + "\n\n";
  return dialect == Dialect::anthropic ? "event: content_block_delta\n" + data : data;
}

dialect::ReplyStyle style() {
  dialect::ReplyStyle style;
  style.model = "alias";
  style.id = "0123456789abcdefghijklmn";
  style.now = 1767225601;
  return style;
}

/// A stream that is long, and begins anew before it is endless.
constexpr int events_per_stream = 500;

/// An event of the provider's, said to the client.
class Retelling {
 public:
  explicit Retelling(const Pair& pair) : pair_(pair), event_(event_in(pair.provider)) {}

  void tell() {
    if (told_ == 0) {
      decoder_ = codec_for(pair_.provider).stream_decoder();
      encoder_ = codec_for(pair_.client).stream_encoder(style(), out_);
      decoder_->feed(stream_of(pair_.provider).opening, *encoder_);
    }
    out_.clear();
    decoder_->feed(event_, *encoder_);
    if (out_.empty()) fail("an event came to nothing");
    use(out_);
    told_ = (told_ + 1) % events_per_stream;
  }

 private:
  Pair pair_;
  std::string event_, out_;
  std::unique_ptr<dialect::StreamDecoder> decoder_;
  std::unique_ptr<dialect::StreamEncoder> encoder_;
  int told_ = 0;
};

/// An event that passes through while we look.
class Tapping {
 public:
  explicit Tapping(Dialect dialect) : dialect_(dialect), event_(event_in(dialect)) {}

  void pass() {
    if (told_ == 0) {
      tap_.emplace(dialect_, style());
      tap_->feed(stream_of(dialect_).opening, out_);
    }
    out_.clear();
    tap_->feed(event_, out_);
    if (out_.empty()) fail("an event did not pass");
    use(out_);
    told_ = (told_ + 1) % events_per_stream;
  }

 private:
  Dialect dialect_;
  std::string event_, out_;
  std::optional<dialect::Tap> tap_;
  int told_ = 0;
};

struct Size {
  std::string_view name;
  std::size_t bytes;
  double translated_us_max, forwarded_us_max;
};
constexpr std::array sizes{Size{"4 KB", 4 * kb, 15, 1}, Size{"200 KB", 200 * kb, 450, 40}};
constexpr double event_us_max = 1;

/// Measures what is asked for.
class Rows {
 public:
  Rows(const Options& options, Table& table) : options_(options), table_(table) {}

  void add(const Case& row_case, const Work& work) {
    if (row_case.name.find(options_.only) != std::string::npos)
      table_.add(measure(row_case, work, options_));
  }

 private:
  const Options& options_;
  Table& table_;
};

std::string named(std::string_view what, const Pair& pair) {
  return std::string(what) + ", " + std::string(name_of(pair.client)) + " → " +
         std::string(name_of(pair.provider));
}

std::string named(std::string_view what, Dialect dialect) {
  return std::string(what) + ", byte lane of " + std::string(name_of(dialect));
}

void add_requests(Rows& rows, const Size& size) {
  const std::string what = std::string(size.name) + " request";
  for (const Pair& pair : pairs) {
    const std::string body = body_of({.dialect = pair.client, .bytes = size.bytes});
    rows.add({named(what, pair), "request", size.translated_us_max, body},
             [&] { translate(pair, body); });
  }
  for (const Dialect dialect : byte_lanes) {
    const std::string body = body_of({.dialect = dialect, .bytes = size.bytes});
    rows.add({named(what, dialect), "request", size.forwarded_us_max, body},
             [&] { forward(dialect, body); });
  }
}

void add_events(Rows& rows) {
  for (const Pair& pair : pairs) {
    const std::string json = stream_of(pair.provider).json();
    Retelling retelling(pair);
    rows.add({named("event", pair), "event", event_us_max, json}, [&] { retelling.tell(); });
  }
  for (const Dialect dialect : byte_lanes) {
    const std::string json = stream_of(dialect).json();
    Tapping tapping(dialect);
    rows.add({named("event", dialect), "event", event_us_max, json}, [&] { tapping.pass(); });
  }
}

}  // namespace

void run_translate(const Options& options, Table& table) {
  cpu_set_t core;
  CPU_ZERO(&core);
  CPU_SET(static_cast<std::size_t>(options.cores.proxy), &core);
  sched_setaffinity(0, sizeof core, &core);
  table.begin("look", "json::Envelope::scan of the same bytes, which checks them all");
  Rows rows(options, table);
  for (const Size& size : sizes) add_requests(rows, size);
  add_events(rows);
}

}  // namespace omni::bench
