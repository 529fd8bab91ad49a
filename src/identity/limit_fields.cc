#include "identity/limit_fields.h"

#include <string>

namespace omni::identity {
namespace {

using std::chrono::seconds;

/// "6m0s", as OpenAI writes it.
std::string duration_text(std::chrono::nanoseconds duration) {
  const std::int64_t whole = std::chrono::ceil<seconds>(duration).count();
  std::string text;
  if (whole >= 3600) text += std::to_string(whole / 3600) + "h";
  if (whole >= 60) text += std::to_string(whole / 60 % 60) + "m";
  return text + std::to_string(whole % 60) + "s";
}

void add_openai(const std::string& unit, const Standing& standing, net::OutFields& fields) {
  fields.add("x-ratelimit-limit-" + unit, standing.limit);
  fields.add("x-ratelimit-remaining-" + unit, standing.left);
  fields.add("x-ratelimit-reset-" + unit, duration_text(standing.full_in));
}

void add_anthropic(const std::string& unit, const Standing& standing, Clock::Wall now,
                   net::OutFields& fields) {
  const std::string prefix = "anthropic-ratelimit-" + unit;
  const auto full_at = now + std::chrono::ceil<Clock::Wall::duration>(standing.full_in);
  fields.add(prefix + "-limit", standing.limit);
  fields.add(prefix + "-remaining", standing.left);
  fields.add(prefix + "-reset", iso8601(full_at));
}

}  // namespace

void add_limit_fields(const ClientLimits::Entry& entry, const net::RequestHead& request,
                      Clock::Wall now, net::OutFields& fields) {
  if (entry.refusal) {
    fields.add("retry-after", static_cast<std::uint64_t>(entry.refusal->wait.count()));
  }
  const bool anthropic = request.fields().find("anthropic-version").has_value();
  const auto add = [&](const std::string& unit, const std::optional<Standing>& standing) {
    if (!standing) return;
    add_openai(unit, *standing, fields);
    if (anthropic) add_anthropic(unit, *standing, now, fields);
  };
  add("requests", entry.requests);
  add("tokens", entry.tokens);
}

}  // namespace omni::identity
