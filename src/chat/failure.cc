// The one table between statuses of HTTP and kinds of errors.

#include "chat/failure.h"

#include <array>

namespace omni::chat {
namespace {

struct Row {
  int status;
  Error::Kind kind;
};

using enum Error::Kind;

/// Of a kind the first row counts, of a status any.
constexpr std::array<Row, 17> rows{{
    {400, bad_request},
    {401, unauthorized},
    {402, over_budget},
    {403, forbidden},
    {404, not_found},
    {409, conflict},
    {413, too_large},
    {415, unsupported_media},
    {429, rate_limited},
    {499, cancelled},
    {502, upstream},
    {503, unavailable},
    {529, unavailable},
    {504, timed_out},
    {408, timed_out},
    // A provider that broke down, for our own bugs never get as far as being read as a failure.
    {500, upstream},
    {500, internal},
}};

}  // namespace

Failure Failure::of(const Error& error) {
  Failure failure;
  failure.message = error.message();
  for (const Row& row : rows) {
    if (row.kind != error.kind()) continue;
    failure.status = row.status;
    break;
  }
  return failure;
}

Error::Kind Failure::kind() const {
  for (const Row& row : rows) {
    if (row.status == status) return row.kind;
  }
  return status >= 400 && status < 500 ? bad_request : upstream;
}

}  // namespace omni::chat
