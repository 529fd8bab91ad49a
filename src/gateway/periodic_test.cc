#include "gateway/periodic.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace omni::gateway {
namespace {

TEST(Periodic, DoesItsWorkAgainAndAgain) {
  std::atomic<int> times = 0;
  std::promise<void> thrice;
  const Periodic periodic(Millis(1), [&] {
    if (++times == 3) thrice.set_value();
  });
  EXPECT_EQ(thrice.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(Periodic, EndsAtOnceThoughItsTimeIsFar) {
  std::atomic<int> times = 0;
  {
    const Periodic periodic(Millis(3'600'000), [&] { ++times; });
  }
  EXPECT_EQ(times, 0);
}

}  // namespace
}  // namespace omni::gateway
