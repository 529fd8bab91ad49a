// The rules over the real tree.  A finding reads `file:line: rule: why`.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iostream>
#include <set>

#include "tidy/exceptions.h"
#include "tidy/functions.h"
#include "tidy/modules.h"
#include "tidy/reach.h"
#include "tidy/shapes.h"

namespace omni::tidy {
namespace {

const std::vector<File>& tree() {
  static const std::vector<File> files = read_tree(OMNI_SOURCE_DIR);
  return files;
}

const File& page(std::string_view path) {
  const auto found = std::ranges::find(tree(), path, &File::path);
  if (found == tree().end()) throw std::runtime_error(std::string(path) + " is missing");
  return *found;
}

bool is_excepted(const Finding& finding) {
  return std::ranges::any_of(exceptions, [&](const Exception& exception) {
    return exception.file == finding.file && exception.rule == finding.rule;
  });
}

void append(Findings& all, const Findings& some) {
  all.insert(all.end(), some.begin(), some.end());
}

Findings over_files(const std::function<Findings(const File&)>& rule) {
  Findings all;
  for (const File& file : tree()) append(all, rule(file));
  return all;
}

Findings check_directions() {
  const Modules modules = parse_modules(page("ARCHITECTURE.md"));
  Findings all = modules.findings;
  for (const File& file : tree()) {
    if (is_source(file.path)) append(all, check_includes(file, modules));
    if (file.path.ends_with("CMakeLists.txt")) append(all, check_uses(file, modules));
  }
  return all;
}

void expect_none(const Findings& findings) {
  std::string report;
  for (const Finding& finding : findings) {
    if (!is_excepted(finding)) report += "\n" + describe(finding);
  }
  if (!report.empty()) ADD_FAILURE() << report;
}

TEST(Tree, IncludesOnlyWhatTheModuleTableGrants) { expect_none(check_directions()); }

TEST(Tree, HasAFolderForEveryModuleAndARowForEveryFolder) {
  std::set<std::string> rows;
  for (const auto& [name, unused] : parse_modules(page("ARCHITECTURE.md")).may_include) {
    rows.insert(name);
  }
  std::set<std::string> folders;
  for (const File& file : tree()) {
    const std::size_t slash = file.path.find('/', 4);
    if (below(file.path, "src") && slash != std::string::npos) {
      folders.insert(file.path.substr(4, slash - 4));
    }
  }
  EXPECT_EQ(folders, rows);
}

TEST(Tree, KeepsFilesFunctionsAndLinesShort) {
  expect_none(over_files(check_sizes));
  expect_none(over_files(check_function_lines));
  for (const Finding& finding : over_files(note_sizes)) {
    std::cout << "note: " << describe(finding) << "\n";
  }
}

TEST(Tree, KeepsParametersFewAndReadable) { expect_none(over_files(check_parameters)); }

TEST(Tree, HasNoBannedShapes) {
  expect_none(over_files(check_lines));
  expect_none(over_files(check_empty_catch));
  expect_none(over_files(check_pragma_once));
  expect_none(over_files(check_skips));
}

TEST(Tree, BuildsEverySource) { expect_none(check_built(tree())); }
TEST(Tree, IncludesEveryHeader) { expect_none(check_included(tree())); }
TEST(Tree, LinksToEveryPage) { expect_none(check_links(tree())); }
TEST(Tree, HasAReadmeInEveryFolder) { expect_none(check_readmes(tree())); }

TEST(Tree, NeedsEveryException) {
  Findings all = check_directions();
  for (const auto& rule : {check_sizes, check_function_lines, check_parameters, check_lines,
                           check_empty_catch, check_pragma_once, check_skips}) {
    append(all, over_files(rule));
  }
  for (const auto& rule : {check_built, check_included, check_links, check_readmes}) {
    append(all, rule(tree()));
  }
  for (const Exception& exception : exceptions) {
    const bool needed = std::ranges::any_of(all, [&](const Finding& finding) {
      return exception.file == finding.file && exception.rule == finding.rule;
    });
    EXPECT_TRUE(needed) << exception.file << ": " << exception.rule
                        << ": spares nothing: delete it";
  }
}

}  // namespace
}  // namespace omni::tidy
