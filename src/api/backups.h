#pragma once

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
  store::AuditEntry entry(const net::Exchange& exchange, std::string_view action,
                          std::string_view target) const;
  Status export_to(const std::string& path, const Secret& passphrase) const;
  Status archive(const std::string& path, const Secret& passphrase, Clock::Wall now) const;
  store::Backups::Replacement replacement(Secret passphrase, store::AuditEntry entry) const;

  const Surroundings with_;
  Changes& changes_;
  const Options options_;
};

}  // namespace omni::api
