#include "tidy/functions.h"

#include <gtest/gtest.h>

namespace omni::tidy {
namespace {

std::vector<std::string> heads_of(std::string_view code) {
  std::vector<std::string> heads;
  for (const Function& function : functions_of(code)) heads.push_back(function.head);
  return heads;
}

TEST(Functions, AreFoundInNamespacesAndClasses) {
  const std::vector<Function> found = functions_of(
      "namespace a {\n"
      "class B final : public C<void(int)> {\n"
      " public:\n"
      "  void declared(int x);\n"
      "  int defined() const { return 1; }\n"
      "};\n"
      "int outside(\n"
      "    int x) {\n"
      "  if (x) { y(); }\n"
      "}\n"
      "}  \n");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].head, "void declared(int x)");
  EXPECT_EQ(found[0].first_line, 4U);
  EXPECT_EQ(found[1].head, "int defined() const ");
  EXPECT_EQ(found[2].first_line, 7U);
  EXPECT_EQ(found[2].last_line, 10U);
}

TEST(Functions, AreNotTablesOrVariables) {
  EXPECT_TRUE(heads_of("constexpr std::array<int, 2> a{{1, 2}};\n").empty());
  EXPECT_TRUE(heads_of("Options o = {.a = f(1)};\n").empty());
  EXPECT_TRUE(heads_of("std::function<void(int, int)> sink_;\n").empty());
  EXPECT_TRUE(heads_of("using F = void(int);\n").empty());
}

TEST(Functions, SurviveMembersInitialisedInBraces) {
  const std::vector<Function> found =
      functions_of("A::A(int x) : a_{x}, b_(2), c_{3} {\n  f();\n}\nint g() {}\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].last_line, 3U);
}

TEST(Parameters, AreCounted) {
  EXPECT_EQ(parameters_of("void f()").size(), 0U);
  EXPECT_EQ(parameters_of("void f(int a)").size(), 1U);
  EXPECT_EQ(parameters_of("std::map<int, int> f(std::map<int, int> a, void (*b)(int, int))").size(),
            2U);
  EXPECT_EQ(
      parameters_of("template <class A, class B>\nvoid f(A a, B b = {1, 2}, C c = g(1, 2))").size(),
      3U);
  EXPECT_EQ(parameters_of("bool operator()(int a, int b) const").size(), 2U);
  EXPECT_EQ(parameters_of("A& operator<<(int a)").size(), 1U);
  EXPECT_EQ(parameters_of("[[nodiscard]] explicit operator bool() const").size(), 0U);
}

TEST(Parameters, AreAtMostFive) {
  EXPECT_TRUE(check_parameters({"src/a.cc", "void f(int, int, int, int, int);\n"}).empty());
  EXPECT_EQ(check_parameters({"src/a.cc", "void f(int, int, int, int, int, int);\n"}).size(), 1U);
}

TEST(Parameters, AreNotBoolInHeaders) {
  for (const std::string code : {"void f(bool on);\n", "void f(int a, const bool on = true) {}\n",
                                 "struct A {\n  A(bool);\n};\n"}) {
    EXPECT_EQ(check_parameters({"src/a.h", code}).size(), 1U) << code;
    EXPECT_TRUE(check_parameters({"src/a.cc", code}).empty()) << code;
  }
  EXPECT_TRUE(check_parameters({"src/a.h", "explicit operator bool() const;\n"}).empty());
  EXPECT_TRUE(check_parameters({"src/a.h", "void set_ready(bool ready) {}\n"}).empty());
  EXPECT_TRUE(check_parameters({"src/a.h", "void f(bool (*applies)(int));\n"}).empty());
  EXPECT_TRUE(check_parameters({"src/a.h", "bool f(std::optional<bool> a);\n"}).empty());
}

File function_of(std::size_t lines) {
  std::string text = "void f() {\n";
  for (std::size_t i = 2; i < lines; ++i) text += "  g();\n";
  return {"src/a.cc", text + "}\n"};
}

TEST(FunctionSize, IsAtMostSeventyLines) {
  EXPECT_TRUE(check_function_lines(function_of(70)).empty());
  const Findings found = check_function_lines(function_of(71));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 1U);
}

TEST(FunctionSize, LeavesTestsAlone) {
  File file = function_of(100);
  file.path = "src/base/a_test.cc";
  EXPECT_TRUE(check_function_lines(file).empty());
}

}  // namespace
}  // namespace omni::tidy
