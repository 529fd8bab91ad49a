#include "tidy/text.h"

#include <gtest/gtest.h>

namespace omni::tidy {
namespace {

TEST(TidyText, BlanksCommentsAndKeepsLiterals) {
  EXPECT_EQ(without_comments("a // b\nc"), "a     \nc");
  EXPECT_EQ(without_comments("a /* b\n */ c"), "a     \n    c");
  EXPECT_EQ(without_comments(R"("// no" x)"), R"("// no" x)");
  EXPECT_EQ(without_comments(R"('"' // x)"), R"('"'     )");
  EXPECT_EQ(without_comments("R\"(// \" )\" // x"), "R\"(// \" )\"     ");
  EXPECT_EQ(without_comments("1'000 // x"), "1'000     ");
}

TEST(TidyText, BlanksLiteralsAndDirectivesForCode) {
  EXPECT_EQ(code_only(R"(f("a\"b", 'c'))"), R"(f("    ", ' '))");
  EXPECT_EQ(code_only("#define A \\\n  f(\nint x;"), "           \n    \nint x;");
}

TEST(TidyText, DescribesAFindingAsEditorsReadIt) {
  EXPECT_EQ(describe({"src/a.h", 3, "macro", "no"}), "src/a.h:3: macro: no");
}

TEST(TidyText, SplitsLines) {
  EXPECT_EQ(lines_of("a\n\nb").size(), 3U);
  EXPECT_EQ(lines_of("a\n").size(), 1U);
  EXPECT_TRUE(lines_of("").empty());
}

}  // namespace
}  // namespace omni::tidy
