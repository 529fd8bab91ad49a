#include "catalog/quirk.h"

#include <gtest/gtest.h>

namespace omni::catalog {
namespace {

TEST(Quirk, ANameLeadsBackToItsQuirk) {
  for (std::size_t i = 0; i < quirk_count(); ++i) {
    const auto quirk = static_cast<Quirk>(i);
    EXPECT_FALSE(name_of(quirk).empty());
    EXPECT_EQ(quirk_named(name_of(quirk)), quirk);
  }
}

TEST(Quirk, AnUnknownNameIsNone) { EXPECT_EQ(quirk_named("no_such_quirk"), std::nullopt); }

TEST(Quirks, ASetHoldsWhatWasAdded) {
  Quirks quirks{Quirk::think_tags};
  EXPECT_FALSE(quirks.empty());
  EXPECT_TRUE(quirks.has(Quirk::think_tags));
  EXPECT_FALSE(quirks.has(Quirk::web_search));
  EXPECT_TRUE(Quirks{}.empty());
}

}  // namespace
}  // namespace omni::catalog
