#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/exchange.h"

namespace omni::net {

enum class Method : std::uint8_t { get, post, put, patch, delete_ };
std::string_view name_of(Method method);

/// Who may call a route.  From `read` on it is whoever runs the gateway: a session of the dashboard
/// has all of these roles, a management token those that it was made for, and `admin` implies the
/// others.
enum class Role : std::uint8_t {
  open,     // anybody
  client,   // whoever may use models: an API key, where keys are required
  read,     // looks at configuration and usage
  write,    // changes configuration
  keys,     // makes and revokes API keys
  backups,  // takes the database out and puts another in its place
  admin,    // password, tokens, start and stop
};
/// As tokens and documents name it: "read".
std::string_view name_of(Role role);

/// A role that cannot be left out: without it the row of a route table does not compile.
class RequiredRole {
 public:
  constexpr RequiredRole(Role role) : role_(role) {}  // NOLINT: rows name the role itself
  constexpr operator Role() const { return role_; }   // NOLINT

 private:
  Role role_;
};

/// One row of a route table.  The tables give dispatch, authorisation and documentation.
struct Route {
  using Handler = std::function<Task<Status>(Exchange&)>;

  Method method;
  /// `/api/keys/{id}`, and `{name...}` at the end for the rest of a path.
  std::string_view pattern;
  RequiredRole role;
  std::string_view summary;
  Handler handler;
  std::optional<std::uint64_t> body_bytes_max = {};  // without: that of the exchange
  std::string_view body_media = "application/json";  // for documents
};

/// Decides whether a caller has the role that a row demands.
class Gate {
 public:
  virtual ~Gate() = default;
  /// Asked for every row, also the open ones: the exchange shall know its caller.  An error is the
  /// answer: unauthorized or forbidden.
  virtual Task<Status> admit(Exchange& exchange, const Route& route) = 0;
};

/// Finds the row for a request and calls its handler.  HEAD is answered by the GET row without the
/// body, OPTIONS by the list of methods; a trailing slash makes no difference.
class Router final : public Service {
 public:
  /// Asserts that every pattern is well formed, that those for the same paths have the same names,
  /// and that no two rows are for the same requests.
  /// Every row goes through `gate`; without one nobody may call those that are not open.
  explicit Router(std::vector<Route> routes, Gate* gate = nullptr);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  Task<Status> handle(Exchange& exchange) override;
  const std::vector<Route>& routes() const { return routes_; }

  using Params = std::vector<std::pair<std::string_view, std::string>>;
  /// For a path: all rows whose pattern fits best, one per method, and what the pattern's names
  /// stand for.
  struct Match {
    const std::vector<const Route*>* rows = nullptr;
    Params params;
  };
  Match match(std::string_view path) const;

 private:
  struct Pattern {
    std::vector<std::string_view> segments;
    std::vector<const Route*> rows;
  };

  void add(const Route& route);
  Task<Status> admit_and_handle(Exchange& exchange, const Route& route);
  static Task<Status> reject(Exchange& exchange, const std::vector<const Route*>* rows);

  std::vector<Route> routes_;
  Gate* gate_;
  std::unordered_map<std::string_view, std::vector<const Route*>> exact_;
  std::vector<Pattern> patterns_;  // the more literal first
};

}  // namespace omni::net
