// Include directions.  The table is read as:  | name | purpose | may include |
// where the last cell holds module names, or "all above [except X]", "everything", "std".

#include "tidy/modules.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <sstream>
#include <vector>

namespace omni::tidy {
namespace {

struct Library {
  std::string_view prefix;
  std::string_view modules;  // blank before and after each
};
constexpr std::array<Library, 9> libraries{{
    {"boost/", " net "},
    {"simdjson", " json "},
    {"openssl/", " base net "},
    {"sqlite3.h", " store "},
    {"crypt.h", " identity "},
    {"hnswlib/", " recall "},
    {"zlib.h", " net api "},
    {"brotli/", " net "},
    {"zstd", " net store "},
}};

std::vector<std::string> cells_of(std::string_view row) {
  std::vector<std::string> cells;
  std::string cell;
  std::istringstream in{std::string(row.substr(1))};
  while (std::getline(in, cell, '|')) {
    const std::size_t first = cell.find_first_not_of(' ');
    const std::size_t last = cell.find_last_not_of(' ');
    cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
  }
  return cells;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

/// One row: what the words of its last cell grant, given the rows above it.
class RowReader {
 public:
  explicit RowReader(const Modules& above) : above_(above) {}

  std::set<std::string> read(const std::vector<std::string>& words) {
    bool granting = true;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == "all" && i + 1 < words.size() && words[i + 1] == "above") {
        for (const auto& [name, unused] : above_.may_include) granted_.insert(name);
        ++i;
      } else if (words[i] == "except") {
        granting = false;
      } else if (words[i] != "std") {
        take(words[i], granting);
      }
    }
    return granted_;
  }
  const std::vector<std::string>& unknown() const { return unknown_; }

 private:
  void take(const std::string& name, bool granting) {
    if (!above_.may_include.contains(name)) {
      unknown_.push_back(name);
    } else if (granting) {
      granted_.insert(name);
    } else {
      granted_.erase(name);
    }
  }

  const Modules& above_;
  std::set<std::string> granted_;
  std::vector<std::string> unknown_;
};

std::string module_of(std::string_view path) {
  if (!below(path, "src")) return {};
  path.remove_prefix(4);
  const std::size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

/// What an include line names, with its bracket or quote in front; empty for other lines.
std::string_view included_by(std::string_view line) {
  if (!line.starts_with("#include ")) return {};
  line.remove_prefix(9);
  const std::size_t end = line.find_first_of("\">", 1);
  return line.substr(0, end);
}

/// Heavy headers that every includer of ours would compile again.
bool weighs_down(std::string_view path, std::string_view name) {
  return is_header(path) && (name.starts_with("boost/") || name.starts_with("simdjson") ||
                             name.starts_with("hnswlib/"));
}

Findings check_library(const Finding& at, const std::string& module, std::string_view name) {
  if (weighs_down(at.file, name)) {
    Finding finding = at;
    finding.why = std::string(name) + " is for .cc files: headers stay light";
    return {finding};
  }
  std::string padded = " ";
  padded.append(module).append(" ");
  for (const Library& library : libraries) {
    const bool hides = library.modules.find(padded) != std::string_view::npos;
    if (name.starts_with(library.prefix) && (module.empty() || !hides)) {
      Finding finding = at;
      finding.why = "only" + std::string(library.modules) + "may include " + std::string(name);
      return {finding};
    }
  }
  return {};
}

Findings check_module(const Finding& at, const std::string& module, std::string_view name,
                      const Modules& modules) {
  const std::string other(name.substr(0, name.find('/')));
  if (other == module) return {};
  Finding finding = at;
  const auto row = modules.may_include.find(module);
  if (row == modules.may_include.end()) {
    finding.why = "src/" + module + " is not in the table of ARCHITECTURE.md";
  } else if (!modules.may_include.contains(other)) {
    finding.why = "\"" + std::string(name) + "\" names no module: write \"module/file.h\"";
  } else if (!row->second.contains(other)) {
    finding.why = module + " may not include " + other + " (table of ARCHITECTURE.md)";
  } else {
    return {};
  }
  return {finding};
}

}  // namespace

Modules parse_modules(const File& architecture) {
  Modules modules;
  bool in_table = false;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(architecture.text)) {
    ++number;
    if (!line.starts_with("|")) {
      in_table = false;
    } else if (line.find("may include") != std::string_view::npos) {
      in_table = true;
    } else if (in_table && !line.starts_with("|-")) {
      const std::vector<std::string> cells = cells_of(line);
      if (cells.size() < 3) continue;
      RowReader reader(modules);
      const bool everything = cells[2] == "everything";
      modules.may_include[cells[0]] =
          reader.read(everything ? std::vector<std::string>{"all", "above"} : words_of(cells[2]));
      for (const std::string& word : reader.unknown()) {
        modules.findings.push_back({architecture.path, number, "module table",
                                    cells[0] + " names " + word + ", which no row above defines"});
      }
    }
  }
  if (modules.may_include.empty()) {
    modules.findings.push_back({architecture.path, 1, "module table", "no table found"});
  }
  return modules;
}

Findings check_includes(const File& file, const Modules& modules) {
  const std::string module = module_of(file.path);
  Findings findings;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(file.text)) {
    ++number;
    const std::string_view included = included_by(line);
    if (included.empty()) continue;
    const Finding at{file.path, number, "include", ""};
    const std::string_view name = included.substr(1);
    const Findings found = included[0] == '<' ? check_library(at, module, name)
                           : module.empty()   ? Findings{}
                                              : check_module(at, module, name, modules);
    findings.insert(findings.end(), found.begin(), found.end());
  }
  return findings;
}

Findings check_uses(const File& cmake_lists, const Modules& modules) {
  std::string text = cmake_lists.text;
  for (char& c : text) {
    if (c == '(' || c == ')') c = ' ';
  }
  const std::vector<std::string> words = words_of(text);
  const auto call = std::ranges::find(words, "omni_module");
  if (call == words.end() || call + 1 == words.end()) return {};
  const std::string& module = *(call + 1);
  const Finding at{cmake_lists.path, 1, "uses", ""};
  Findings findings;
  const auto complain = [&](const std::string& why) {
    findings.push_back(at);
    findings.back().why = why;
  };
  if (module != module_of(cmake_lists.path)) complain("module " + module + " is in another folder");
  const auto row = modules.may_include.find(module);
  if (row == modules.may_include.end()) {
    complain(module + " is not in the table of ARCHITECTURE.md");
    return findings;
  }
  const std::set<std::string> keywords{"SOURCES", "TESTS", "LINKS"};
  bool in_uses = false;
  for (const std::string& word : words) {
    if (word == "USES" || keywords.contains(word)) {
      in_uses = word == "USES";
    } else if (in_uses && modules.may_include.contains(word) && !row->second.contains(word)) {
      complain(module + " may not use " + word + " (table of ARCHITECTURE.md)");
    }
  }
  return findings;
}

}  // namespace omni::tidy
