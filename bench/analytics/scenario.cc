// What it costs to look at a month of a busy gateway: a million rows of usage and as many calls,
// then each endpoint that tells something of them, asked of the whole program.  Beside it stands
// what one statement over all the rows costs, which is what none of them may do.
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http.h"
#include "process.h"
#include "scenario.h"
#include "store/migrations.h"
#include "store/sql/sqlite.h"
#include "store/usage_log.h"
#include "table.h"

namespace omni::bench {
namespace {

constexpr int rows_count = 1'000'000;
constexpr double answer_us_max = 50'000;
constexpr std::chrono::days time_span{30};

template <class T>
T must(Result<T> result) {
  if (!result) fail(result.error().message());
  return *std::move(result);
}

std::string name_of(std::string_view kind, int number, int of) {
  return std::string(kind) + std::to_string(number % of);
}

store::UsageRow usage_row(int number, Clock::Wall time) {
  store::UsageRow row;
  row.time = time;
  row.request_id = name_of("r", number, rows_count);
  row.provider = name_of("provider", number, 5);
  row.model = name_of("model", number, 20);
  row.connection_id = name_of("connection", number, 10);
  row.api_key_id = name_of("key", number / 7, 5);
  row.api_key_name = "ci";
  row.tokens = {.input = 18'000 + number % 1000, .output = 412, .cache_read = 17'500};
  row.cost_nano = 17'250'000;
  row.success = number % 50 != 0;
  row.status = row.success ? 200 : 429;
  row.latency = Millis(500 + number % 20'000);
  row.ttft = Millis(100 + number % 3'000);
  return row;
}

store::CallRow call_row(int number, const store::UsageRow& usage) {
  store::CallRow row;
  row.request_id = usage.request_id;
  row.method = "POST";
  row.path = "/v1/chat/completions";
  row.status = usage.status;
  row.requested_model = row.model = usage.model;
  row.provider = usage.provider;
  row.account = usage.connection_id;
  row.duration = usage.latency;
  row.tokens = usage.tokens;
  row.cost_nano = usage.cost_nano;
  row.cache_source = "upstream";
  row.api_key_id = usage.api_key_id;
  row.session = name_of("session", number, 5000);
  row.attempts = 1;
  row.trace = R"({"requestId":"r","attempts":[{"provider":"p","model":"m","status":200}]})";
  return row;
}

/// As requests would have left it behind, in the order of time.
void fill(store::Database& database) {
  ManualClock clock(std::chrono::system_clock::now() - time_span);
  const Log log(clock, {}, write_to_stderr);
  const auto step = std::chrono::duration_cast<Millis>(time_span) / rows_count;
  store::UsageLog usage({database, clock, log},
                        {.calls_max = 100'000, .rest = Millis{0}, .rows_at_once = 20'000});
  for (int i = 0; i < rows_count; ++i) {
    while (usage.counts().waiting > 50'000) std::this_thread::sleep_for(Millis{1});
    clock.advance(step);
    store::UsageRow row = usage_row(i, clock.wall());
    store::CallRow call = call_row(i, row);
    usage.append(std::move(row));
    usage.append(std::move(call));
  }
}

double thread_cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double scan_us(sql::Session& session) {
  const double begin = thread_cpu_us();
  const Status done = session.run(
      "SELECT provider, count(*), sum(tokens_input), sum(cost_nano) FROM usage GROUP BY provider",
      {}, [](const sql::Row&) {});
  if (!done) fail(done.error().message());
  return thread_cpu_us() - begin;
}

class Gateway {
 public:
  Gateway(const Options& options, const std::filesystem::path& data) : port_(free_ports(1)[0]) {
    // A month of calls is kept, however large.
    ::setenv("CALL_LOG_RETENTION_DAYS", "90", 1);
    ::setenv("LOG_MAX_BYTES", "17179869184", 1);
    process_ = std::make_unique<Process>(
        std::vector<std::string>{options.programs.parent_path() / "omniroute", "serve", "--port",
                                 std::to_string(port_), "--data-dir", data, "--threads", "1"},
        options.cores.proxy, options.work / "gateway.log");
    process_->wait_for_port(port_);
  }

  double answer_us(const std::string& target) const {
    const double begin = process_->cpu_us();
    const std::string answer = ask(port_, make_request("GET " + target, "", ""));
    if (!answer.starts_with("HTTP/1.1 200")) fail(target + ": " + answer);
    return process_->cpu_us() - begin;
  }

 private:
  const std::uint16_t port_;
  std::unique_ptr<Process> process_;
};

std::vector<std::string> targets() {
  std::vector<std::string> all{"/api/usage/history",
                               "/api/usage/history?range=30d",
                               "/api/usage/analytics?range=7d",
                               "/api/usage/analytics?range=30d",
                               "/api/usage/analytics?range=all",
                               "/api/usage/logs?limit=1000",
                               "/api/usage/request-logs",
                               "/api/usage/call-logs",
                               "/api/usage/call-logs?total=1",
                               "/api/usage/call-logs?limit=1000&format=csv",
                               "/api/usage/call-logs?status=error",
                               "/api/usage/call-logs?model=model7&provider=provider2",
                               "/api/usage/call-logs?session=session4711",
                               "/api/usage/call-logs?search=nowhere",
                               "/api/usage/call-logs/r500000",
                               "/api/usage/budget",
                               "/api/telemetry/summary",
                               "/api/cache",
                               "/api/cache?trendHours=720"};
  for (const std::string metric : {"requests", "cost", "p95", "ttftP95"}) {
    all.push_back("/api/usage/series?by=model&step=hour&metric=" + metric);
  }
  all.emplace_back("/api/usage/series?by=key&step=1h&range=7d&metric=latency_p95");
  return all;
}

}  // namespace

void run_analytics(const Options& options, Table& table) {
  const std::filesystem::path data = options.work / "data";
  std::filesystem::create_directories(data);
  const std::string path = data / "usage.sqlite";
  auto session = must(sql::open_sqlite(path, {.durability = sql::SqliteOptions::Durability::normal,
                                              .application_id = sql::usage_application_id}));
  static_cast<void>(must(store::migrate(*session, store::migrations_of("usage"))));
  {
    store::Database database(std::move(session), must(sql::open_sqlite(path, {.read_only = true})),
                             {});
    fill(database);
  }
  const auto reader = must(sql::open_sqlite(path, {.read_only = true}));
  std::vector<double> scans;
  for (int i = 0; i < options.rounds; ++i) scans.push_back(scan_us(*reader));
  table.begin("scan", "one statement over a million rows");
  const Gateway gateway(options, data);
  for (const std::string& target : targets()) {
    if (target.find(options.only) == std::string::npos) continue;
    std::vector<double> ours, ratios;
    for (int i = 0; i < options.rounds; ++i) {
      ours.push_back(gateway.answer_us(target));
      ratios.push_back(ours.back() / scans[static_cast<std::size_t>(i)]);
    }
    Row row;
    row.name = target;
    row.unit = "answer";
    row.cost = Cost{summarize(scans), summarize(ours), summarize(ratios)};
    row.ours_us_max = answer_us_max;
    table.add(row);
  }
}

}  // namespace omni::bench
