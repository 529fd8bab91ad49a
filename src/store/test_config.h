#pragma once

#include <memory>
#include <string>

#include "base/random.h"
#include "store/migrations.h"
#include "store/seal.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"

namespace omni::store {

/// An empty configuration database in a folder of its own.
struct TestConfig {
  TestConfig() {
    const Status migrated = migrate(*session, migrations_of("config"));
    OMNI_ASSERT(migrated);
  }

  /// The first column of all rows, with blanks between.
  std::string select(const std::string& statement) const {
    std::string found;
    const Status read = session->run(statement, {}, [&](const sql::Row& row) {
      found += (found.empty() ? "" : " ") + std::string(row.text(0));
    });
    return read ? found : read.error().message();
  }

  TestFolder folder;
  std::unique_ptr<sql::Session> session = *sql::open_sqlite(folder.file("config.sqlite"));
};

}  // namespace omni::store
