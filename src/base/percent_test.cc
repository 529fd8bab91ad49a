#include "base/percent.h"

#include <gtest/gtest.h>

namespace omni {
namespace {

TEST(Percent, EscapesWhatIsNotPlain) {
  std::string out = "a=";
  append_percent_encoded(out, "x y/\xC3\xA9~", "~");
  EXPECT_EQ(out, "a=x%20y%2F%C3%A9~");
}

}  // namespace
}  // namespace omni
