#include "net/router.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "base/strings.h"
#include "net/url.h"

namespace omni::net {
namespace {

bool is_param(std::string_view segment) { return segment.starts_with('{'); }
bool is_rest(std::string_view segment) { return is_param(segment) && segment.ends_with("...}"); }

std::string_view param_name(std::string_view segment) {
  const std::size_t around = is_rest(segment) ? std::string_view("{...}").size() : 2;
  return segment.substr(1, segment.size() - around);
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(1);
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

/// `{name}` or text without braces; `{name...}` in the last place only.
bool well_formed(const std::vector<std::string_view>& segments) {
  return std::all_of(segments.begin(), segments.end(), [&](const std::string_view& segment) {
    if (is_rest(segment)) return segment.size() > 5 && &segment == &segments.back();
    if (is_param(segment)) return segment.size() > 2 && segment.find('}') == segment.size() - 1;
    return !segment.empty() && segment.find('}') == std::string_view::npos;
  });
}

/// Literal before parameter before the rest of the path, from left to right.
int rank(std::string_view segment) { return is_rest(segment) ? 2 : is_param(segment) ? 1 : 0; }

bool more_literal(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
  return std::lexicographical_compare(
      a.begin(), a.end(), b.begin(), b.end(),
      [](std::string_view x, std::string_view y) { return rank(x) < rank(y); });
}

/// Whether two patterns are for the same paths, names aside.
bool same_paths(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](std::string_view x, std::string_view y) {
                      return rank(x) == rank(y) && (rank(x) > 0 || x == y);
                    });
}

/// Fills `params` when `path` fits.
bool fits(const std::vector<std::string_view>& segments, std::string_view path,
          Router::Params& params) {
  params.clear();
  bool ended = false;
  path.remove_prefix(1);
  for (const std::string_view segment : segments) {
    if (ended) return false;
    const std::size_t slash = is_rest(segment) ? std::string_view::npos : path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (is_param(segment)) {
      std::optional<std::string> value = percent_decode(part);
      if (!value || value->empty()) return false;
      params.emplace_back(param_name(segment), *std::move(value));
    } else if (part != segment) {
      return false;
    }
    ended = slash == std::string_view::npos;
    if (!ended) path.remove_prefix(slash + 1);
  }
  return ended;
}

}  // namespace

std::string_view name_of(Method method) {
  static constexpr std::array<std::string_view, 5> names{"GET", "POST", "PUT", "PATCH", "DELETE"};
  return names[static_cast<std::size_t>(method)];
}

std::string_view name_of(Role role) {
  static constexpr std::array<std::string_view, 7> names{"open", "client",  "read", "write",
                                                         "keys", "backups", "admin"};
  return names[static_cast<std::size_t>(role)];
}

Router::Router(std::vector<Route> routes, Gate* gate) : routes_(std::move(routes)), gate_(gate) {
  for (const Route& route : routes_) add(route);
  std::stable_sort(patterns_.begin(), patterns_.end(), [](const Pattern& a, const Pattern& b) {
    return more_literal(a.segments, b.segments);
  });
}

void Router::add(const Route& route) {
  OMNI_ASSERT(route.pattern.starts_with('/') && route.handler);
  OMNI_ASSERT(route.pattern == "/" || well_formed(split(route.pattern)));
  std::vector<const Route*>* rows = nullptr;
  if (route.pattern.find('{') == std::string_view::npos) {
    rows = &exact_[route.pattern];
  } else {
    const std::vector<std::string_view> segments = split(route.pattern);
    auto found = std::find_if(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
      return same_paths(pattern.segments, segments);
    });
    if (found == patterns_.end()) found = patterns_.insert(found, Pattern{segments, {}});
    OMNI_ASSERT(found->segments == segments);  // a parameter has one name for all methods
    rows = &found->rows;
  }
  const bool repeated = std::any_of(rows->begin(), rows->end(), [&](const Route* other) {
    return other->method == route.method;
  });
  OMNI_ASSERT(!repeated);
  rows->push_back(&route);
}

Router::Match Router::match(std::string_view path) const {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  Match match;
  if (const auto found = exact_.find(path); found != exact_.end()) {
    match.rows = &found->second;
    return match;
  }
  if (!path.starts_with('/')) return match;
  for (const Pattern& pattern : patterns_) {
    if (!fits(pattern.segments, path, match.params)) continue;
    match.rows = &pattern.rows;
    return match;
  }
  return match;
}

Task<Status> Router::handle(Exchange& exchange) {
  Match match = this->match(exchange.request().path());
  if (match.rows != nullptr) {
    std::string_view method = exchange.request().method();
    if (method == "HEAD") method = "GET";
    for (const Route* route : *match.rows) {
      if (name_of(route->method) != method) continue;
      exchange.set_params(std::move(match.params));
      if (route->body_bytes_max) exchange.set_body_bytes_max(*route->body_bytes_max);
      if (gate_ == nullptr && route->role == Role::open) return route->handler(exchange);
      return admit_and_handle(exchange, *route);
    }
  }
  return reject(exchange, match.rows);
}

Task<Status> Router::admit_and_handle(Exchange& exchange, const Route& route) {
  if (gate_ == nullptr) co_return Error(Error::Kind::forbidden, "nobody may call this path");
  Status admitted = co_await gate_->admit(exchange, route);
  if (!admitted) co_return admitted.error();
  co_return co_await route.handler(exchange);
}

Task<Status> Router::reject(Exchange& exchange, const std::vector<const Route*>* rows) {
  if (exchange.request().path() == "*") {  // OPTIONS about the server as a whole
    OutFields every;
    every.add("allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    co_return co_await exchange.reply(204, every, {});
  }
  if (rows == nullptr) {
    co_return Error(Error::Kind::not_found, "there is nothing at this path");
  }
  std::string allowed;
  for (const Route* route : *rows) {
    allowed.append(name_of(route->method)).append(", ");
    if (route->method == Method::get) allowed.append("HEAD, ");
  }
  allowed.append("OPTIONS");
  OutFields fields;
  fields.add("allow", allowed);
  if (exchange.request().method() == "OPTIONS") co_return co_await exchange.reply(204, fields, {});
  fields.add("content-type", "application/json");
  co_return co_await exchange.reply(
      405, fields,
      exchange.error_body(Error(Error::Kind::bad_request, "this path does not take that method"),
                          405));
}

}  // namespace omni::net
