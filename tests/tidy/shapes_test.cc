// Samples of what is banned are put together from pieces where the tree test would find them here.

#include "tidy/shapes.h"

#include <gtest/gtest.h>

namespace omni::tidy {
namespace {

std::string rules_in(const std::string& path, const std::string& line) {
  std::string rules;
  for (const Finding& finding : check_lines({path, "int a;\n" + line + "\n"})) {
    EXPECT_EQ(finding.line, 2U);
    rules += (rules.empty() ? "" : " ") + finding.rule;
  }
  return rules;
}

std::string repeated(std::string_view line, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += line;
  return text;
}

TEST(Sizes, EndAtEightHundredLinesAndNoteFiveHundred) {
  EXPECT_TRUE(check_sizes({"src/a.cc", repeated("x\n", 800)}).empty());
  EXPECT_EQ(check_sizes({"src/a.cc", repeated("x\n", 801)}).size(), 1U);
  EXPECT_TRUE(note_sizes({"src/a.cc", repeated("x\n", 500)}).empty());
  EXPECT_EQ(note_sizes({"src/a.cc", repeated("x\n", 501)}).size(), 1U);
  EXPECT_TRUE(check_sizes({"docs/a.md", repeated("x\n", 900)}).empty());
}

TEST(Sizes, EndAtAHundredColumns) {
  EXPECT_TRUE(check_sizes({"src/a.cc", repeated("x", 100)}).empty());
  EXPECT_EQ(check_sizes({"src/a.cc", repeated("x", 101)}).size(), 1U);
  EXPECT_TRUE(check_sizes({"src/a.cc", repeated("…", 100)}).empty());
  EXPECT_EQ(check_sizes({"cmake/a.cmake", repeated("x", 101)}).size(), 1U);
  EXPECT_TRUE(check_sizes({"tests/wire/a.case", repeated("x", 101)}).empty());
}

TEST(Shapes, ComparingProviderIds) {
  EXPECT_EQ(rules_in("src/route/a.cc", "if (provider == \"acme\") {"), "provider id");
  EXPECT_EQ(rules_in("src/route/a.cc", "if (target.provider->id() != \"acme\") {"), "provider id");
  EXPECT_EQ(rules_in("src/route/a.cc", "if (\"acme\" == provider_id) {"), "provider id");
  EXPECT_EQ(rules_in("src/route/a.cc", "if (provider == other.provider) {"), "");
  EXPECT_EQ(rules_in("src/route/a.cc", "// provider == \"acme\" would be wrong"), "");
}

TEST(Shapes, Printing) {
  EXPECT_EQ(rules_in("src/net/a.cc", "std::fprintf(stderr, x);"), "printing");
  EXPECT_EQ(rules_in("src/net/a.cc", "printf(x);"), "printing");
  EXPECT_EQ(rules_in("src/net/a.cc", "puts(x);"), "printing");
  EXPECT_EQ(rules_in("src/net/a.cc", "std::cerr << x;"), "printing");
  EXPECT_EQ(rules_in("src/net/a.cc", "std::snprintf(a, b, c);"), "");
  EXPECT_EQ(rules_in("src/net/a.cc", "f(\"printf(x)\");"), "");
  EXPECT_EQ(rules_in("src/gateway/a.cc", "std::cout << x;"), "");
}

TEST(Shapes, SharingWhatChanges) {
  EXPECT_EQ(rules_in("src/net/a.cc", "std::shared_ptr<Pool> p;"), "shared_ptr");
  EXPECT_EQ(rules_in("src/net/a.cc", "auto p = std::make_shared<Pool>();"), "shared_ptr");
  EXPECT_EQ(rules_in("src/net/a.cc", "class A : std::enable_shared_from_this<A> {"), "shared_ptr");
  EXPECT_EQ(rules_in("src/net/a.cc", "std::shared_ptr<const Settings> p;"), "");
  EXPECT_EQ(rules_in("src/net/a.cc", "std::atomic<std::shared_ptr<const Settings>> p;"), "");
}

TEST(Shapes, UsingNamespaceInAHeader) {
  EXPECT_EQ(rules_in("src/net/a.h", "using namespace std;"), "using namespace");
  EXPECT_EQ(rules_in("src/net/a.cc", "using namespace std;"), "");
  EXPECT_EQ(rules_in("src/net/a.h", "using std::string;"), "");
}

TEST(Shapes, Macros) {
  EXPECT_EQ(rules_in("src/net/a.h", "#define A 1"), "macro");
  EXPECT_EQ(rules_in("src/net/a.h", "  # define A 1"), "macro");
  EXPECT_EQ(rules_in("src/net/a.h", "// #define A 1"), "");
}

TEST(Shapes, Unfinished) {
  EXPECT_EQ(rules_in("src/net/a.cc",
                     "// TO"
                     "DO: later"),
            "unfinished");
  EXPECT_EQ(rules_in("cmake/a.cmake",
                     "# FIX"
                     "ME"),
            "unfinished");
  EXPECT_EQ(rules_in("src/net/a.cc",
                     "// TO"
                     "DOS is not it"),
            "");
}

TEST(Shapes, SleepingTests) {
  EXPECT_EQ(rules_in("src/net/a_test.cc", "std::this_thread::sleep_for(x);"), "sleep");
  EXPECT_EQ(rules_in("tests/sim/a.cc", "usleep(1);"), "sleep");
  EXPECT_EQ(rules_in("src/net/a_test.cc", "co_await loop.sleep_until_idle();"), "");
  EXPECT_EQ(rules_in("src/net/a_test.cc", "co_await sleep(Millis{5});"), "sleep");
  EXPECT_EQ(rules_in("src/net/a_test.cc", "co_await sleep(forever);"), "");
  EXPECT_EQ(rules_in("src/net/a.cc", "sleep(1);"), "");
}

TEST(Shapes, FoldersOfOneMachine) {
  EXPECT_EQ(rules_in("docs/a.md",
                     "see /ho"
                     "me/me/x"),
            "machine path");
  EXPECT_EQ(rules_in("Makefile",
                     "X=/wo"
                     "rk/y"),
            "machine path");
  EXPECT_EQ(rules_in("docs/a.md",
                     "see src/ho"
                     "me/x and /healthz"),
            "");
  EXPECT_EQ(rules_in("docs/a.md",
                     "https://example.com/ho"
                     "me/x"),
            "");
}

TEST(EmptyCatch, IsFoundEvenWithAnExcuseInside) {
  const File bad{"src/a.cc",
                 "void f() {\n  try {\n    g();\n  } catch (...) {\n    // fine\n  }\n}\n"};
  const Findings found = check_empty_catch(bad);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 4U);
  const File good{"src/a.cc", "try {\n} catch (const Bug& bug) {\n  log(bug);\n}\n"};
  EXPECT_TRUE(check_empty_catch(good).empty());
}

TEST(PragmaOnce, IsTheFirstLineOfEveryHeader) {
  EXPECT_TRUE(check_pragma_once({"src/a.h", "#pragma once\n"}).empty());
  EXPECT_TRUE(check_pragma_once({"src/a.h", "// What this is.\n\n#pragma once\n"}).empty());
  EXPECT_EQ(check_pragma_once({"src/a.h", "#include <x>\n#pragma once\n"}).size(), 1U);
  EXPECT_EQ(check_pragma_once({"src/a.h", ""}).size(), 1U);
  EXPECT_TRUE(check_pragma_once({"src/a.cc", ""}).empty());
}

TEST(Skips, SayWhy) {
  const std::string skip =
      "GTEST_SK"
      "IP()";
  const std::string disabled =
      "TEST(A, DISAB"
      "LED_B) {";
  EXPECT_EQ(check_skips({"src/a_test.cc", "  " + skip + ";\n"}).size(), 1U);
  EXPECT_TRUE(check_skips({"src/a_test.cc", "  " + skip + " << \"needs IPv6\";\n"}).empty());
  EXPECT_EQ(check_skips({"src/a_test.cc", disabled + "\n"}).size(), 1U);
  EXPECT_TRUE(check_skips({"src/a_test.cc", "// Needs IPv6.\n" + disabled + "\n"}).empty());
}

}  // namespace
}  // namespace omni::tidy
