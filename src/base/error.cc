// The one table of what each kind of error means.

#include "base/error.h"

#include <array>

namespace omni {
namespace {

struct Meaning {
  Error::Kind kind;
  std::string_view name;
  Error::Blame blame;
  bool retryable;
};

using enum Error::Kind;
using enum Error::Blame;

constexpr std::array<Meaning, 14> meanings{{
    {bad_request, "bad_request", caller, false},
    {unauthorized, "unauthorized", caller, false},
    {forbidden, "forbidden", caller, false},
    {not_found, "not_found", caller, false},
    {conflict, "conflict", caller, false},
    {too_large, "too_large", caller, false},
    {unsupported_media, "unsupported_media", caller, false},
    {rate_limited, "rate_limited", caller, true},
    {over_budget, "over_budget", host, false},
    {unavailable, "unavailable", provider, true},
    {timed_out, "timed_out", provider, true},
    {cancelled, "cancelled", nobody, false},
    {upstream, "upstream", provider, true},
    {internal, "internal", ourselves, false},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < meanings.size(); ++i) {
    if (static_cast<std::size_t>(meanings[i].kind) != i) return false;
  }
  return true;
}
static_assert(in_order(), "a row per kind, in the order of the enumeration");

const Meaning& meaning_of(Error::Kind kind) { return meanings[static_cast<std::size_t>(kind)]; }

}  // namespace

Error::Blame Error::blame() const { return meaning_of(kind_).blame; }

bool Error::retryable() const { return meaning_of(kind_).retryable; }

std::string_view name_of(Error::Kind kind) { return meaning_of(kind).name; }

}  // namespace omni
