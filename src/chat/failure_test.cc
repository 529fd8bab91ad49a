#include "chat/failure.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace omni::chat {
namespace {

using Kind = Error::Kind;

Kind kind_of(int status) { return Failure{.status = status}.kind(); }

TEST(Failure, OfAnErrorHasItsStatusAndItsWords) {
  constexpr std::array<std::pair<Kind, int>, 13> statuses{{{Kind::bad_request, 400},
                                                           {Kind::unauthorized, 401},
                                                           {Kind::over_budget, 402},
                                                           {Kind::forbidden, 403},
                                                           {Kind::not_found, 404},
                                                           {Kind::conflict, 409},
                                                           {Kind::too_large, 413},
                                                           {Kind::rate_limited, 429},
                                                           {Kind::cancelled, 499},
                                                           {Kind::internal, 500},
                                                           {Kind::upstream, 502},
                                                           {Kind::unavailable, 503},
                                                           {Kind::timed_out, 504}}};
  for (const auto& [kind, status] : statuses) {
    const Failure failure = Failure::of(Error(kind, "why"));
    EXPECT_EQ(failure.status, status);
    EXPECT_EQ(failure.message, "why");
    EXPECT_TRUE(failure.type.empty() && failure.code.empty() && failure.param.empty());
    EXPECT_FALSE(failure.retry_after_ms);
    if (kind != Kind::internal) {
      EXPECT_EQ(failure.kind(), kind) << status;
    }
  }
}

TEST(Failure, OfAProviderIsItsOwnAndNotOurs) {
  EXPECT_EQ(kind_of(500), Kind::upstream);
  EXPECT_EQ(kind_of(520), Kind::upstream);
  EXPECT_EQ(kind_of(529), Kind::unavailable);
}

TEST(Failure, OfAStatusThatIsNotInTheTableIsKindOfItsHundred) {
  EXPECT_EQ(kind_of(408), Kind::timed_out);
  EXPECT_EQ(kind_of(418), Kind::bad_request);
  EXPECT_EQ(kind_of(422), Kind::bad_request);
  EXPECT_EQ(kind_of(599), Kind::upstream);
  EXPECT_EQ(kind_of(302), Kind::upstream);
}

}  // namespace
}  // namespace omni::chat
