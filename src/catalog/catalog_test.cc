#include "catalog/catalog.h"

#include <gtest/gtest.h>

namespace omni::catalog {
namespace {

TEST(Catalog, WhatIsInTheBinaryIsRead) {
  const auto catalog = Catalog::load();
  ASSERT_TRUE(catalog) << catalog.error().message();
  ASSERT_NE((*catalog)->find("DEMO"), nullptr);
}

}  // namespace
}  // namespace omni::catalog
