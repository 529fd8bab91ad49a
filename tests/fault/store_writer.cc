// store_writer <file> full|normal: writes rows, numbered on from what the database holds, and
// prints each number once it is told that the row is stored.  Goes on until somebody kills it.
#include <unistd.h>

#include <cstdint>
#include <semaphore>
#include <string>
#include <string_view>

#include "store/database.h"
#include "store/migrations.h"
#include "store/sql/sqlite.h"

namespace {

using namespace omni;

/// In flight at once, so that groups form.
constexpr std::ptrdiff_t pending_max = 64;

constexpr store::Migration migrations[] = {
    {1, "initial", "CREATE TABLE numbers (number BIGINT PRIMARY KEY, filling TEXT NOT NULL)"}};

std::int64_t last_number(sql::Session& session) {
  std::int64_t last = 0;
  static_cast<void>(session.run("SELECT max(number) FROM numbers", {},
                                [&](const sql::Row& row) { last = row.integer(0); }));
  return last;
}

int write_on(const std::string& path, sql::SqliteOptions::Durability durability) {
  auto writer = sql::open_sqlite(path, {.durability = durability});
  if (!writer || !store::migrate(**writer, migrations)) return 1;
  std::int64_t number = last_number(**writer);
  auto reader = sql::open_sqlite(path, {.read_only = true});
  if (!reader) return 1;
  store::Database database(std::move(*writer), std::move(*reader), {});
  const std::string filling(200, 'x');
  std::counting_semaphore<pending_max> room(pending_max);
  for (;;) {
    room.acquire();
    ++number;
    database.write(
        [&filling, number](sql::Session& session) {
          return session.run("INSERT INTO numbers (number, filling) VALUES ($1, $2)",
                             {number, filling});
        },
        [&room, number](const Status& status) {
          const std::string line = std::to_string(number) + "\n";
          if (!status || ::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::_exit(1);
          room.release();
        });
  }
}

}  // namespace

int main(int argc, char** argv) {
  using enum sql::SqliteOptions::Durability;
  if (argc != 3) return 2;
  return write_on(argv[1], std::string_view(argv[2]) == "full" ? full : normal);
}
