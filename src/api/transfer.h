#pragma once

#include <memory>
#include <string>

#include "net/exchange.h"
#include "net/workers.h"

namespace omni::api {

/// A file that lasts as long as what is done for one request.  Shared by the handler and what it
/// has asked the workers to do, for those may outlast it.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string path) : path_(std::move(path)) {}
  /// Removes it, and what a database leaves beside it.
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};
using SharedFile = std::shared_ptr<const TemporaryFile>;

/// Answers with the file, which is read by the workers, piece by piece.
net::Task<Status> send_file(net::Exchange& exchange, net::Workers& workers, SharedFile file,
                            net::OutFields fields);

/// Takes the field `file` of a form, or a body that is no form, into the file, which is made for
/// its owner's eyes only; gives the name that the form has for it.
net::Task<Result<std::string>> receive_file(net::Exchange& exchange, net::Workers& workers,
                                            SharedFile file);

}  // namespace omni::api
