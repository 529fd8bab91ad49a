#include "tidy/reach.h"

#include <gtest/gtest.h>

namespace omni::tidy {
namespace {

std::vector<std::string> files_of(const Findings& findings) {
  std::vector<std::string> files;
  for (const Finding& finding : findings) files.push_back(finding.file);
  return files;
}
using Files = std::vector<std::string>;

TEST(Built, MeansNamedInTheNearestCMakeLists) {
  const std::vector<File> tree{
      {"src/a/CMakeLists.txt", "omni_module(a SOURCES\n  one.cc sub/two.cc three_test.cc)"},
      {"src/a/one.cc", ""},
      {"tests/f/CMakeLists.txt", "fuzz_target(one LINKS a)"},
      {"tests/f/one.cc", ""},
      {"src/a/sub/two.cc", ""},
      {"src/a/test.cc", ""},
      {"src/b/one.cc", ""},
  };
  EXPECT_EQ(files_of(check_built(tree)), (Files{"src/a/test.cc", "src/b/one.cc"}));
}

TEST(Included, MeansByAnotherFile) {
  const std::vector<File> tree{
      {"src/a/one.h", "#include \"a/one.h\"\n"},
      {"src/a/two.h", ""},
      {"src/b/two.cc", "#include \"a/two.h\"\n"},
  };
  EXPECT_EQ(files_of(check_included(tree)), Files{"src/a/one.h"});
}

TEST(Links, ReachPagesStepByStepAndThroughFolders) {
  const std::vector<File> tree{
      {"README.md", "[a](docs/a.md#part) [b](docs/b) [web](https://example.com/x.md)"},
      {"docs/a.md", "[up](../README.md) [c](c.md)"},
      {"docs/b/README.md", ""},
      {"docs/c.md", ""},
      {"docs/lost.md", "[itself](lost.md)"},
  };
  EXPECT_EQ(files_of(check_links(tree)), Files{"docs/lost.md"});
}

TEST(Links, LeadSomewhere) {
  const std::vector<File> tree{{"README.md", "one\n[a](docs/gone.md)"}};
  const Findings found = check_links(tree);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(describe(found[0]), "README.md:2: dead link: docs/gone.md does not exist");
}

TEST(Readmes, StandInEveryRoom) {
  std::vector<File> tree{{"src/a/x.cc", ""}, {"src/CMakeLists.txt", ""}, {"src/a/README.md", ""}};
  for (const std::string room : {"bench", "catalog", "ui", "packaging"}) {
    tree.push_back({room + "/README.md", ""});
  }
  EXPECT_TRUE(check_readmes(tree).empty());
  tree.push_back({"src/b/x.cc", ""});
  tree.push_back({"tests/sim/x.cc", ""});
  EXPECT_EQ(files_of(check_readmes(tree)), (Files{"src/b/README.md", "tests/sim/README.md"}));
}

}  // namespace
}  // namespace omni::tidy
