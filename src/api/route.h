#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "api/errors.h"
#include "json/shape.h"
#include "net/router.h"

namespace omni::api {

/// What a request brings besides its path, checked against the row: objects that last until the
/// handler ends, absent where the row does not ask for them.
struct Arguments {
  json::Value query;
  json::Value body;
};

/// What may come back, for the documents.
struct Outcome {
  int status;
  std::string_view description;
};

/// An answer of which the documents say no more.
inline constexpr json::Shape an_object = json::shape::object({});

/// One row of a group's table: dispatch, authorisation, the check of what comes in, the form of
/// errors and OpenAPI all follow from it.  Shapes and texts are constants.
struct Route {
  using Handler = std::function<net::Task<Status>(net::Exchange&, Arguments)>;

  net::Method method;
  std::string_view pattern;
  net::RequiredRole role;
  std::string_view summary;
  Handler handler;
  /// Of the query.  A value that is empty counts as left out.
  std::span<const json::MemberShape> query = {};
  /// Of a JSON body, an object.  Without, the handler reads what it wants.
  std::optional<json::Shape> body = {};
  std::vector<Outcome> outcomes = {{200, "Done"}};
  ErrorForm errors = ErrorForm::object;
  /// What the answer looks like if all went well, for the documents; without, nothing is said.
  std::optional<json::Shape> answer = {};
  /// Fields of the head that mean something here, for the documents.
  std::span<const json::MemberShape> headers = {};
  /// Of a body that the handler reads itself, for the documents; empty: it reads none.
  std::string_view body_media = {};
  /// Where the row has a limit of its own, smaller or larger than that of the settings.
  std::optional<std::uint64_t> body_bytes_max = {};
};

/// A member function of a group as the handler of one of its rows.
template <auto Function, class Group>
Route::Handler handler(Group* group) {
  return [group](net::Exchange& exchange, Arguments arguments) {
    return (group->*Function)(exchange, arguments);
  };
}

/// Rows for the Router.  A request that does not fit its row is answered 400 without the handler; a
/// body that comes with a cookie has to say that it is JSON, which no page of another origin can
/// without asking first.  An error that a handler returns is answered in the form of its row.
std::vector<net::Route> dispatch(std::vector<Route> routes);

}  // namespace omni::api
