#pragma once

#include <memory>
#include <string>

#include "net/exchange.h"
#include "net/workers.h"
#include "store/temporary_file.h"

namespace omni::api {

/// For jobs of the workers that may outlive the request.
using SharedFile = std::shared_ptr<const store::TemporaryFile>;

/// Answers with the file, which is read by the workers, piece by piece.
net::Task<Status> send_file(net::Exchange& exchange, net::Workers& workers, SharedFile file,
                            net::OutFields fields);

/// Takes the field `file` of a form, or a body that is no form, into the file, which is made for
/// its owner's eyes only; gives the name that the form has for it.
net::Task<Result<std::string>> receive_file(net::Exchange& exchange, net::Workers& workers,
                                            SharedFile file);

}  // namespace omni::api
