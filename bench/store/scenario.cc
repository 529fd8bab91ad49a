// What a row of usage costs: whoever handles a request, to leave it behind; and the writer, to make
// it survive kill -9 in groups, and in the sums of its minute, hour and day.  Beside them stand the
// least that one could do instead: the same row pushed into a locked queue, and its text appended
// to a plain file.
#include "scenario.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "process.h"
#include "store/migrations.h"
#include "store/sql/sqlite.h"
#include "store/usage_log.h"
#include "table.h"

namespace omni::bench {
namespace {

constexpr int rows_per_burst = 50'000;
constexpr double stored_us_max = 10;  // 100,000 rows a second
constexpr double append_us_max = 2;

/// A busy gateway's: each row is summed up in one of a hundred series.
store::UsageRow usage_row(int number) {
  store::UsageRow row;
  row.time = Clock::Wall(std::chrono::seconds(1'767'225'601) + Millis(number));
  row.provider = "anthropic";
  row.model = "claude-sonnet-4-5-2025092" + std::to_string(number % 10);
  row.connection_id = "0d9c7c1e-5c1f-4b7e-9d43-6a1f2b3c4d5e";
  row.api_key_id = "7f3b2a10-1f2e-4d3c-8b4a-9c8d7e6f5a4" + std::to_string(number / 10 % 10);
  row.api_key_name = "ci";
  row.tokens = {.input = 18'000 + number, .output = 412, .cache_read = 17'500};
  row.cost_nano = 17'250'000;
  row.status = 200;
  row.success = true;
  row.latency = Millis(4'321);
  row.ttft = Millis(650);
  return row;
}

double now_us(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// Per row of a burst.
struct Times {
  double append_us = 0;  // CPU of the thread that appends
  double stored_us = 0;  // wall, from the first append until all are in the file
  double bytes = 0;      // in the file
};

template <class T>
T must(Result<T> result) {
  if (!result) fail(result.error().message());
  return *std::move(result);
}

std::int64_t ask(store::Database& database, const std::string& statement) {
  std::int64_t answer = 0;
  const auto asked = database.read_now([&](sql::Session& session) {
    return session.run(statement, {}, [&](const sql::Row& row) { answer = row.integer(0); });
  });
  if (!asked) fail(asked.error().message());
  return answer;
}

/// A burst into a new database.
Times store_burst(const std::filesystem::path& folder) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "usage.sqlite").string();
  constexpr auto normal = sql::SqliteOptions::Durability::normal;
  auto session = must(sql::open_sqlite(path, {.durability = normal}));
  static_cast<void>(must(store::migrate(*session, store::migrations_of("usage"))));
  store::Database database(std::move(session), must(sql::open_sqlite(path, {.read_only = true})),
                           {});
  const SystemClock clock;
  const Log log(clock, {}, write_to_stderr);
  Times times;
  const double begin = now_us(CLOCK_MONOTONIC);
  {
    store::UsageLog usage({database, clock, log}, {});
    const double cpu = now_us(CLOCK_THREAD_CPUTIME_ID);
    for (int i = 0; i < rows_per_burst; ++i) usage.append(usage_row(i));
    times.append_us = (now_us(CLOCK_THREAD_CPUTIME_ID) - cpu) / rows_per_burst;
  }
  times.stored_us = (now_us(CLOCK_MONOTONIC) - begin) / rows_per_burst;
  if (ask(database, "SELECT count(*) FROM usage") != rows_per_burst) fail("rows were lost");
  for (const std::string table : {"usage_minute", "usage_hour", "usage_day"}) {
    if (ask(database, "SELECT sum(requests) FROM " + table) != rows_per_burst) {
      fail("rows are missing in " + table);
    }
  }
  const auto merged = database.maintain_now(
      [](sql::Session& writer) { return writer.run("PRAGMA wal_checkpoint(TRUNCATE)"); });
  if (!merged) fail(merged.error().message());
  times.bytes = static_cast<double>(std::filesystem::file_size(path)) / rows_per_burst;
  return times;
}

/// The same without a database.
Times plain_burst(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  Times times;
  std::mutex mutex;
  std::deque<store::UsageRow> queue;
  const double cpu = now_us(CLOCK_THREAD_CPUTIME_ID);
  for (int i = 0; i < rows_per_burst; ++i) {
    store::UsageRow row = usage_row(i);
    const std::lock_guard lock(mutex);
    queue.push_back(std::move(row));
  }
  times.append_us = (now_us(CLOCK_THREAD_CPUTIME_ID) - cpu) / rows_per_burst;
  const int file =
      ::open((folder / "plain").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const double begin = now_us(CLOCK_MONOTONIC);
  for (const store::UsageRow& row : queue) {
    const std::string line =
        row.provider + "," + row.model + "," + row.connection_id + "," + row.api_key_id + "," +
        row.api_key_name + "," + std::to_string(row.tokens.input) + "," +
        std::to_string(row.tokens.output) + "," + std::to_string(row.cost_nano) + "\n";
    if (::write(file, line.data(), line.size()) < 0) fail("cannot write a plain file");
  }
  times.stored_us = (now_us(CLOCK_MONOTONIC) - begin) / rows_per_burst;
  ::close(file);
  return times;
}

Row row_of(const std::vector<Times>& reference, const std::vector<Times>& ours,
           double Times::*member) {
  std::vector<double> reference_us, ours_us, ratios;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    reference_us.push_back(reference[i].*member);
    ours_us.push_back(ours[i].*member);
    ratios.push_back(ours_us.back() / reference_us.back());
  }
  Row row;
  row.cost = Cost{summarize(reference_us), summarize(ours_us), summarize(ratios)};
  return row;
}

}  // namespace

void run_store(const Options& options, Table& table) {
  const auto burst = [&](bool of_ours) {
    return of_ours ? store_burst(options.work / "ours") : plain_burst(options.work / "plain");
  };
  table.begin("plain", "a locked queue, a plain file");
  std::vector<Times> reference, ours;
  for (int i = 0; i < options.sittings * options.rounds; ++i) {
    reference.push_back(burst(false));
    ours.push_back(burst(!options.against_itself));
  }
  Row append = row_of(reference, ours, &Times::append_us);
  append.name = "append, on the request's thread";
  append.unit = "row";
  append.ours_us_max = append_us_max;
  Row stored = row_of(reference, ours, &Times::stored_us);
  stored.name = "stored, in groups";
  stored.unit = "row (wall time)";
  stored.ours_us_max = stored_us_max;
  stored.note = std::to_string(static_cast<int>(1e6 / stored.cost->ours_us.median)) +
                " rows a second, " + std::to_string(static_cast<int>(ours.back().bytes)) +
                " bytes a row";
  for (const Row& row : {append, stored}) {
    if (row.name.find(options.only) != std::string::npos) table.add(row);
  }
}

}  // namespace omni::bench
