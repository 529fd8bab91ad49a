#include "api/query.h"

#include <gtest/gtest.h>

#include <array>

namespace omni::api {
namespace {

constexpr std::array members{json::MemberShape{"limit", json::shape::integer(1, 500)},
                             json::MemberShape{"all", json::shape::boolean()},
                             json::MemberShape{"action", json::shape::text(0, 50)}};

TEST(Query, BecomesAnObjectOfTheMembersThatThereAre) {
  EXPECT_EQ(query_as_json("action=key.made&limit=20&all=true&other=1", members),
            R"({"limit":20,"all":true,"action":"key.made"})");
  EXPECT_EQ(query_as_json("all=0", members), R"({"all":false})");
  EXPECT_EQ(query_as_json("", members), "{}");
}

TEST(Query, TakesAnEmptyValueForNone) {
  EXPECT_EQ(query_as_json("limit=&action&all=", members), "{}");
}

TEST(Query, LeavesWhatDoesNotLookRightATextForTheCheckToRefuse) {
  EXPECT_EQ(query_as_json("limit=many&all=maybe", members), R"({"limit":"many","all":"maybe"})");
  EXPECT_EQ(query_as_json("limit=01", members), R"({"limit":"01"})");
  EXPECT_EQ(query_as_json("limit=[1]", members), R"({"limit":"[1]"})");
  EXPECT_EQ(query_as_json("limit=1,%22x%22:2", members), R"({"limit":"1,\"x\":2"})");
  EXPECT_EQ(query_as_json("action=7", members), R"({"action":"7"})");
}

}  // namespace
}  // namespace omni::api
