// The whole program beside nginx's proxy_pass, which is the reference of what any proxy costs: it
// gets the same bytes, or where we translate the same request in the upstream's dialect.
#include "scenario.h"

#include <string>
#include <string_view>

#include "agent.h"
#include "beside_nginx.h"
#include "gateway/served.h"
#include "http.h"

namespace omni::bench {
namespace {

using chat::Dialect;

constexpr double ratio_max = 1.5;
constexpr double translated_ratio_max = 2.2;
constexpr double event_ratio_max = 1.2;
constexpr double hit_us_max = 25;
constexpr double first_answer_us_max = 50'000;
constexpr double idle_rss_mb_max = 20;
constexpr double rss_mb_max = 60;
constexpr std::size_t streams = 200;  // of events one by one
constexpr std::size_t requests = 16;  // of all else

/// What a row asks for.
struct Question {
  Dialect client;
  std::string_view provider;       // by its prefix
  std::string_view upstream_path;  // what its path begins with
  std::size_t kilobytes;
  std::string_view combo = {};  // asked for in the place of the provider's model
  double temperature = 0.2;
};

std::string body(const Question& question, Dialect dialect) {
  const std::string model = question.combo.empty() ? std::string(question.provider) + "/gpt"
                                                   : std::string(question.combo);
  return body_of({.dialect = dialect,
                  .bytes = question.kilobytes * kb,
                  .model = model,
                  .stream = question.provider != "json",
                  .temperature = question.temperature});
}

LoadSpec load_of_nginx(const Question& question, const std::string& key) {
  const std::string path = "POST " + std::string(question.upstream_path) + "/v1/chat/completions";
  LoadSpec load{.request = make_request(path, "Authorization: Bearer " + key + "\r\n",
                                        body(question, Dialect::openai_chat)),
                .answer_bytes = kb,
                .answer_end = "}}",
                .connections = question.provider == "paced" ? streams : requests};
  if (question.provider != "json") {
    load.answer_bytes = stream_bytes;
    load.answer_end = stream_end;
  }
  return load;
}

LoadSpec load_of_ours(const Question& question, const std::string& key) {
  LoadSpec load = load_of_nginx(question, key);
  if (question.client == Dialect::openai_chat) {
    load.request =
        make_request("POST /v1/chat/completions", "Authorization: Bearer " + key + "\r\n",
                     body(question, Dialect::openai_chat));
    return load;
  }
  load.request = make_request("POST /v1/messages",
                              "x-api-key: " + key + "\r\nanthropic-version: 2023-06-01\r\n",
                              body(question, Dialect::anthropic));
  load.answer_bytes = 0;  // ids and members of our own
  load.answer_end = "}";
  if (question.provider != "json") load.answer_end = "{\"type\":\"message_stop\"}\n\n";
  return load;
}

std::vector<Case> cases(const std::string& key) {
  std::vector<Case> all;
  const auto add = [&](std::string name, const Question& question, double bound) {
    const bool streams_events = question.provider != "json";
    all.push_back({.name = std::move(name),
                   .unit = streams_events ? "event" : "request",
                   .units_per_request = streams_events ? double{events_per_answer} : 1,
                   .ratio_max = bound,
                   .of_nginx = load_of_nginx(question, key),
                   .of_ours = load_of_ours(question, key),
                   .rss_mb_max = rss_mb_max,
                   .one_by_one = question.provider == "paced"});
  };
  constexpr Dialect same = Dialect::openai_chat, other = Dialect::anthropic;
  add("4 KB", {same, "json", "/json", 4}, ratio_max);
  add("4 KB, a combo of four", {same, "json", "/json", 4, Served::combo}, ratio_max);
  add("300 KB", {same, "json", "/json", 300}, ratio_max);
  add("4 KB, translated", {other, "json", "/json", 4}, translated_ratio_max);
  add("SSE, 100 events at once", {same, "burst", "/sse/burst", 4}, event_ratio_max);
  add("SSE, 100 events at once, translated", {other, "burst", "/sse/burst", 4}, event_ratio_max);
  add("SSE, events one by one", {same, "paced", "/sse/paced", 4}, event_ratio_max);
  add("SSE, events one by one, translated", {other, "paced", "/sse/paced", 4}, event_ratio_max);
  return all;
}

/// After the first request nobody is asked any more; nginx passes each.
Case answered_before(const std::string& key) {
  const Question question{.client = Dialect::openai_chat,
                          .provider = "json",
                          .upstream_path = "/json",
                          .kilobytes = 4,
                          .temperature = 0};
  Case work{.name = "4 KB, answered before",
            .unit = "request",
            .ratio_max = ratio_max,
            .of_nginx = load_of_nginx(question, key),
            .of_ours = load_of_ours(question, key),
            .own_us_max = hit_us_max,
            .rss_mb_max = rss_mb_max};
  work.of_ours.answer_bytes = 0;  // written anew
  work.of_ours.answer_end = "}";
  return work;
}

/// From nothing to the first answer, in wall time or in CPU time.
Row measure_start(const Bed& bed, const Served& served, double FirstAnswer::*time) {
  std::vector<double> nginx, ours;
  Row row{.name = "first answer after exec"};
  row.unit = time == &FirstAnswer::wall_us ? "start (wall time)" : "start";
  for (int i = 0; i < bed.options.sittings; ++i) {
    nginx.push_back(first_answer_of_nginx(bed).*time);
    const FirstAnswer first = first_answer_of_gateway(bed, served);
    ours.push_back(first.*time);
    row.ours_rss_mb = first.rss_mb;
  }
  row.cost = compare(nginx, ours);
  row.ours_us_max = first_answer_us_max;
  row.rss_mb_max = idle_rss_mb_max;
  row.note = "at most 50,000 µs, and 20 MB";
  return row;
}

}  // namespace

void run_gateway(const Options& options, Table& table) {
  const Bed bed(options);
  const Served served(bed);
  table.begin("nginx", version_of_nginx(bed));
  auto wanted = [&](std::string_view name) { return name.find(options.only) != name.npos; };
  std::vector<Case> all = cases(served.key());
  all.push_back(answered_before(served.key()));
  for (const Case& work : all) {
    if (!wanted(work.name)) continue;
    table.add(measure(bed, work, [&](const Bed& on) { return served.start(on); }));
  }
  if (wanted("first answer after exec")) {
    table.add(measure_start(bed, served, &FirstAnswer::wall_us));
    table.add(measure_start(bed, served, &FirstAnswer::cpu_us));
  }
}

}  // namespace omni::bench
