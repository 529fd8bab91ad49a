#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/change.h"
#include "api/route.h"
#include "api/transfer.h"

namespace omni::api {

/// Backups, and the way of a configuration out of here and in again.
class BackupsApi {
 public:
  struct Options {
    std::string data_dir;
    std::string version;  // of the program
    std::string machine_id;
    /// What an archive leaves free on the disk.
    std::uint64_t bytes_left_free = 16'000'000;
  };

  BackupsApi(const Surroundings& with, Changes& changes, Options options)
      : with_(with), changes_(changes), options_(std::move(options)) {}

  std::vector<Route> routes();

 private:
  net::Task<Status> list(net::Exchange& exchange, Arguments);
  net::Task<Status> create(net::Exchange& exchange, Arguments);
  net::Task<Status> restore(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> clean(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> export_one(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> export_all(net::Exchange& exchange, Arguments arguments);
  net::Task<Status> import_one(net::Exchange& exchange, Arguments arguments);

  /// Of the query or, better, of a field, which no log of a proxy shows.
  static Secret passphrase_of(const net::Exchange& exchange, json::Value query);
  SharedFile new_file() const;
  /// Null while there is another: each takes as much space as all that is stored.
  SharedFile new_archive();
  store::AuditEntry entry(const net::Exchange& exchange, std::string_view action,
                          std::string_view target) const;
  store::Backups::Replacement replacement(Secret passphrase, store::AuditEntry entry) const;

  const Surroundings with_;
  Changes& changes_;
  const Options options_;
  std::mutex mutex_;
  SharedFile::weak_type last_archive_;
};

}  // namespace omni::api
