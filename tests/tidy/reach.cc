// What nobody can reach is dead: files that no build names, headers that nobody includes, pages
// that no page links to.

#include "tidy/reach.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

namespace omni::tidy {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& path) { return fs::path(path).parent_path().string(); }

bool is_page(const std::string& path) { return path.ends_with(".md"); }

/// Whether `name` stands in `text` as a whole file name, not as the end of a longer one.
bool names(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    if (std::string_view(" \n\t\"/(").find(before) != std::string_view::npos) return true;
  }
  return false;
}

/// The CMakeLists.txt of the file's folder or of the nearest folder above that has one.
const File* build_of(const std::map<std::string, const File*>& builds, const std::string& path) {
  for (std::string folder = folder_of(path); !folder.empty(); folder = folder_of(folder)) {
    const auto found = builds.find(folder);
    if (found != builds.end()) return found->second;
  }
  return nullptr;
}

struct Link {
  std::string target;
  std::size_t line;
};

/// Links to places inside the repository, relative to its root.
std::vector<Link> links_of(const File& page) {
  static const std::regex pattern(R"(\]\(([^)#\s]+)[^)]*\))");
  std::vector<Link> links;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(page.text)) {
    ++number;
    for (std::cregex_iterator it(line.data(), line.data() + line.size(), pattern), end; it != end;
         ++it) {
      const std::string target = (*it)[1].str();
      if (target.find("://") != std::string::npos) continue;
      std::string place = (fs::path(folder_of(page.path)) / target).lexically_normal().string();
      if (place.ends_with('/')) place.pop_back();
      links.push_back({place, number});
    }
  }
  return links;
}

/// Every file and every folder that holds one.
std::set<std::string> places_of(const std::vector<File>& tree) {
  std::set<std::string> places;
  for (const File& file : tree) {
    for (std::string place = file.path; !place.empty(); place = folder_of(place)) {
      places.insert(place);
    }
  }
  return places;
}

}  // namespace

Findings check_built(const std::vector<File>& tree) {
  std::map<std::string, const File*> builds;
  for (const File& file : tree) {
    if (file.path.ends_with("CMakeLists.txt")) builds[folder_of(file.path)] = &file;
  }
  Findings findings;
  for (const File& file : tree) {
    if (!file.path.ends_with(".cc")) continue;
    const File* const build = build_of(builds, file.path);
    const std::string name = fs::path(file.path).filename().string();
    // A function of the folder may take the bare name: omni_fuzz_target(json_reader LINKS …).
    const std::string call = "(" + fs::path(name).stem().string() + " ";
    const bool named = build != nullptr &&
                       (names(build->text, name) || build->text.find(call) != std::string::npos);
    if (named) continue;
    findings.push_back({file.path, 1, "dead file", "no CMakeLists.txt names it"});
  }
  return findings;
}

Findings check_included(const std::vector<File>& tree) {
  std::set<std::string> included;
  for (const File& file : tree) {
    for (const std::string_view line : lines_of(file.text)) {
      if (!line.starts_with("#include \"")) continue;
      const std::string name(line.substr(10, line.find('"', 10) - 10));
      if ("src/" + name != file.path) included.insert("src/" + name);
    }
  }
  Findings findings;
  for (const File& file : tree) {
    if (!below(file.path, "src") || !is_header(file.path) || included.contains(file.path)) continue;
    findings.push_back({file.path, 1, "dead file", "nothing includes it"});
  }
  return findings;
}

Findings check_links(const std::vector<File>& tree) {
  const std::set<std::string> places = places_of(tree);
  std::map<std::string, const File*> pages;
  for (const File& file : tree) {
    if (is_page(file.path)) pages[file.path] = &file;
  }
  std::vector<std::string> open;
  for (const auto& [path, page] : pages) {
    if (folder_of(path).empty()) open.push_back(path);
  }
  std::set<std::string> reached;
  Findings findings;
  while (!open.empty()) {
    const std::string path = open.back();
    open.pop_back();
    if (!reached.insert(path).second) continue;
    for (const Link& link : links_of(*pages.at(path))) {
      if (!places.contains(link.target)) {
        findings.push_back({path, link.line, "dead link", link.target + " does not exist"});
      }
      // A link to a folder shows its README.
      for (const std::string& target : {link.target, link.target + "/README.md"}) {
        if (pages.contains(target)) open.push_back(target);
      }
    }
  }
  for (const auto& [path, page] : pages) {
    if (reached.contains(path)) continue;
    findings.push_back({path, 1, "dead page", "no page links to it"});
  }
  return findings;
}

Findings check_readmes(const std::vector<File>& tree) {
  static constexpr std::array<std::string_view, 3> houses{"src", "tests", "docs"};
  static constexpr std::array<std::string_view, 4> rooms{"bench", "catalog", "ui", "packaging"};
  const std::set<std::string> places = places_of(tree);
  std::set<std::string> folders(rooms.begin(), rooms.end());
  for (const std::string& place : places) {
    const bool in_house = std::ranges::find(houses, folder_of(place)) != houses.end();
    if (in_house && places.lower_bound(place + "/") != places.end() &&
        places.lower_bound(place + "/")->starts_with(place + "/")) {
      folders.insert(place);
    }
  }
  Findings findings;
  for (const std::string& folder : folders) {
    if (places.contains(folder + "/README.md")) continue;
    findings.push_back({folder + "/README.md", 1, "readme",
                        "every folder says its purpose, key type, where to start, what must not "
                        "be here"});
  }
  return findings;
}

}  // namespace omni::tidy
