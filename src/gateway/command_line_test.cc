#include "gateway/command_line.h"

#include <gtest/gtest.h>

#include <sstream>

namespace omni::gateway {
namespace {

TEST(HelpText, ShowsEveryOptionOnALineThatFitsATerminal) {
  const std::string text = help_text();
  for (const Option& option : options()) {
    EXPECT_NE(text.find(option.flag), std::string::npos) << option.flag;
    EXPECT_NE(text.find(option.variable), std::string::npos) << option.variable;
    EXPECT_NE(text.find(option.help), std::string::npos) << option.help;
  }
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(Run, ReturnsTwoForWhatItDoesNotUnderstand) {
  EXPECT_EQ(run({"frobnicate"}, {}), 2);
  EXPECT_EQ(run({"serve", "--frobnicate"}, {}), 2);
  EXPECT_EQ(run({}, {{"PORT", "abc"}}), 2);
}

}  // namespace
}  // namespace omni::gateway
