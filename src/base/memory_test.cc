#include "base/memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <string>

namespace omni {
namespace {

long page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

TEST(Memory, WhatALargeTextHasTakenIsThereForTheNextOne) {
  keep_freed_memory();
  constexpr std::size_t bytes = 2 * 1024 * 1024;
  std::string(bytes, 'x').clear();
  const long before = page_faults();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(std::string(bytes, 'y').back(), 'y');
  constexpr long pages_of_one = bytes / 4096;
  EXPECT_LT(page_faults() - before, pages_of_one);
}

}  // namespace
}  // namespace omni
