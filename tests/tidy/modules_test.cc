#include "tidy/modules.h"

#include <gtest/gtest.h>

namespace omni::tidy {
namespace {

const File page{"ARCHITECTURE.md",
                "| where | look |\n|---|---|\n| ghost | x |\n\n"
                "| src/… | purpose | may include (besides itself) |\n"
                "|---|---|---|\n"
                "| base | words | std |\n"
                "| json | slices | base |\n"
                "| net | HTTP | base |\n"
                "| api | rows | all above except net |\n"
                "| pipe | steps | all above |\n"
                "| gate | root | everything |\n"};

using Set = std::set<std::string>;

Modules law() { return parse_modules(page); }

Findings including(const std::string& path, const std::string& line) {
  return check_includes({path, "// one\n" + line + "\n"}, law());
}

TEST(ModuleTable, IsReadFromThePage) {
  const Modules modules = law();
  EXPECT_TRUE(modules.findings.empty());
  EXPECT_EQ(modules.may_include.size(), 6U);
  EXPECT_EQ(modules.may_include.at("base"), Set{});
  EXPECT_EQ(modules.may_include.at("net"), Set{"base"});
  EXPECT_EQ(modules.may_include.at("api"), (Set{"base", "json"}));
  EXPECT_EQ(modules.may_include.at("pipe"), (Set{"base", "json", "net", "api"}));
  EXPECT_EQ(modules.may_include.at("gate"), (Set{"base", "json", "net", "api", "pipe"}));
}

TEST(ModuleTable, ReportsANameThatNoRowAboveDefines) {
  const Modules modules = parse_modules(
      {"A.md",
       "| a | b | may include |\n|---|---|---|\n| base | x | json |\n| json | y | base |\n"});
  ASSERT_EQ(modules.findings.size(), 1U);
  EXPECT_EQ(modules.findings[0].line, 3U);
}

TEST(ModuleTable, ReportsAPageWithoutOne) {
  EXPECT_EQ(parse_modules({"A.md", "no table"}).findings.size(), 1U);
}

TEST(Includes, PassDownwards) {
  EXPECT_TRUE(including("src/json/a.cc", "#include \"base/a.h\"").empty());
  EXPECT_TRUE(including("src/json/a.cc", "#include \"json/a.h\"").empty());
  EXPECT_TRUE(including("src/base/a.cc", "#include <vector>").empty());
  EXPECT_TRUE(including("src/gate/a.cc", "#include \"net/a.h\"").empty());
}

TEST(Includes, FailUpwardsSidewaysAndElsewhere) {
  EXPECT_EQ(including("src/base/a.cc", "#include \"json/a.h\"").size(), 1U);
  EXPECT_EQ(including("src/net/a.cc", "#include \"json/a.h\"").size(), 1U);
  EXPECT_EQ(including("src/api/a.cc", "#include \"net/a.h\"").size(), 1U);
  EXPECT_EQ(including("src/net/a.cc", "#include \"a.h\"").size(), 1U);
  EXPECT_EQ(including("src/cellar/a.cc", "#include \"base/a.h\"").size(), 1U);
}

TEST(Includes, PointAtTheirLine) {
  const Findings found = including("src/base/a.cc", "#include \"json/a.h\"");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(describe(found[0]),
            "src/base/a.cc:2: include: base may not include json (table of ARCHITECTURE.md)");
}

TEST(Includes, LeaveLibrariesToTheModuleThatHidesThem) {
  EXPECT_TRUE(including("src/net/a.cc", "#include <boost/asio.hpp>").empty());
  EXPECT_TRUE(including("src/json/a.cc", "#include <simdjson.h>").empty());
  EXPECT_EQ(including("src/gate/a.cc", "#include <boost/asio.hpp>").size(), 1U);
  EXPECT_EQ(including("src/net/a.cc", "#include <simdjson.h>").size(), 1U);
  EXPECT_EQ(including("bench/a.cc", "#include <boost/asio.hpp>").size(), 1U);
}

TEST(Includes, KeepHeadersLight) {
  EXPECT_EQ(including("src/net/a.h", "#include <boost/asio.hpp>").size(), 1U);
  EXPECT_EQ(including("src/json/a.h", "#include <simdjson.h>").size(), 1U);
  EXPECT_TRUE(including("src/json/a.h", "#include <vector>").empty());
}

TEST(Uses, AgreeWithTheTable) {
  const std::string path = "src/json/CMakeLists.txt";
  EXPECT_TRUE(
      check_uses({path, "omni_module(json SOURCES a.cc USES base LINKS x)"}, law()).empty());
  EXPECT_EQ(check_uses({path, "omni_module(json SOURCES a.cc\n USES base net)"}, law()).size(), 1U);
  EXPECT_EQ(check_uses({path, "omni_module(net SOURCES a.cc USES base)"}, law()).size(), 1U);
  EXPECT_EQ(check_uses({"src/x/CMakeLists.txt", "omni_module(x SOURCES a.cc)"}, law()).size(), 1U);
  EXPECT_TRUE(check_uses({"src/CMakeLists.txt", "add_subdirectory(base)"}, law()).empty());
}

}  // namespace
}  // namespace omni::tidy
