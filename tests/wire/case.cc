// A .case file:
//
//     What the scenario shows.
//
//     === hints
//     seal_issuer anthropic-main
//
//     === request gemini
//     /v1beta/models/gemini-3-pro:generateContent
//     {"contents": …}
//
//     === stream openai_chat
//     data: {"id": …}
//
// Sections of the kinds sent, answered, told and failed are generated.  One blank line before a
// heading belongs to neither, save in a stream, where every byte counts.

#include "wire/case.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace omni::wire {
namespace {

namespace fs = std::filesystem;
using chat::Dialect;

constexpr std::string_view mark = "=== ";
constexpr std::array<std::string_view, 13> hint_names{"to",
                                                      "model",
                                                      "seal_issuer",
                                                      "sealed_by",
                                                      "want_usage",
                                                      "web_search",
                                                      "cache_marks",
                                                      "completion_token_limit",
                                                      "clean_schemas",
                                                      "thinking_levels",
                                                      "adaptive_thinking",
                                                      "json_with_tools",
                                                      "output_tokens_max"};
constexpr std::array<std::string_view, 4> generated_kinds{"sent", "answered", "told", "failed"};

fs::path folder() { return fs::path(OMNI_SOURCE_DIR) / "tests" / "wire"; }

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  return {std::istream_iterator<std::string>(in), {}};
}

void add_section(Case& scenario, Section section) {
  const bool generated = std::ranges::find(generated_kinds, section.kind) != generated_kinds.end();
  if (section.kind != "stream" && section.text.ends_with("\n\n")) section.text.pop_back();
  (generated ? scenario.generated : scenario.written).push_back(std::move(section));
}

std::string plain_body(Dialect dialect) {
  switch (dialect) {
    case Dialect::openai_responses:
      return R"({"model": "asked-model", "input": "Hello"})";
    case Dialect::anthropic:
      return R"({"model": "asked-model", "max_tokens": 1024,
                 "messages": [{"role": "user", "content": "Hello"}]})";
    case Dialect::gemini:
      return R"({"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]})";
    case Dialect::openai_chat:
    case Dialect::ollama:
      return R"({"model": "asked-model", "messages": [{"role": "user", "content": "Hello"}]})";
  }
  return {};
}

std::string_view path_of(Dialect dialect) {
  static constexpr std::array<std::string_view, chat::all_dialects.size()> paths{
      "/v1/chat/completions", "/v1/responses", "/v1/messages",
      "/v1beta/models/asked-model:streamGenerateContent?alt=sse", "/api/chat"};
  return paths[static_cast<std::size_t>(dialect)];
}

}  // namespace

std::string Section::heading() const {
  std::string line = std::string(mark) + kind;
  for (const std::string& word : words) line += " " + word;
  return line;
}

bool Section::has_word(std::string_view word) const {
  return std::ranges::find(words, word) != words.end();
}

const Section* Case::find(std::string_view kind, Dialect dialect) const {
  const auto found = std::ranges::find_if(written, [&](const Section& section) {
    return section.kind == kind && !section.words.empty() &&
           section.words[0] == chat::name_of(dialect);
  });
  return found == written.end() ? nullptr : &*found;
}

std::string Case::hint(std::string_view hint_name) const {
  for (const Section& section : written) {
    if (section.kind != "hints") continue;
    const std::vector<std::string> words = words_of(section.text);
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
      if (words[i] == hint_name) return words[i + 1];
    }
  }
  return {};
}

void refuse_unknown_hints(const Case& scenario) {
  for (const Section& section : scenario.written) {
    if (section.kind != "hints") continue;
    const std::vector<std::string> words = words_of(section.text);
    for (std::size_t i = 0; i < words.size(); i += 2) {
      if (std::ranges::find(hint_names, words[i]) == hint_names.end())
        throw std::runtime_error(scenario.name + ": no hint is called " + words[i]);
    }
  }
}

RequestText request_of(const Case& scenario, Dialect dialect) {
  const Section* const section = scenario.find("request", dialect);
  RequestText request{std::string(path_of(dialect)),
                      section == nullptr ? plain_body(dialect) : section->text};
  if (request.body.starts_with("/")) {
    const std::size_t end = request.body.find('\n');
    request.path = request.body.substr(0, end);
    request.body.erase(0, end + 1);
  }
  return request;
}

std::vector<std::string> case_names(const std::string& within) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder() / within)) {
    if (entry.path().extension() == ".case") names.push_back(within + entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

Case load_case(const std::string& name) {
  std::ifstream in(folder() / (name + ".case"), std::ios::binary);
  if (!in) throw std::runtime_error("no case " + name);
  Case scenario;
  scenario.name = name;
  std::optional<Section> open;
  std::string line;
  while (std::getline(in, line)) {
    if (line.starts_with(mark)) {
      if (open) add_section(scenario, std::move(*open));
      std::vector<std::string> words = words_of(std::string_view(line).substr(mark.size()));
      if (words.empty()) throw std::runtime_error(name + ": a heading without a kind");
      open = Section{words[0], {words.begin() + 1, words.end()}, {}};
    } else {
      (open ? open->text : scenario.description) += line + "\n";
    }
  }
  if (open) add_section(scenario, std::move(*open));
  refuse_unknown_hints(scenario);
  return scenario;
}

void save_case(const Case& scenario, const std::vector<Section>& generated) {
  std::string text = scenario.description;
  for (const auto* sections : {&scenario.written, &generated}) {
    for (const Section& section : *sections) {
      text += section.heading() + "\n" + section.text;
      if (!text.ends_with("\n\n")) text += "\n";
    }
  }
  while (text.ends_with("\n\n")) text.pop_back();
  std::ofstream(folder() / (scenario.name + ".case"), std::ios::binary) << text;
}

std::optional<Dialect> dialect_named(std::string_view name) {
  const auto* const found = std::ranges::find(chat::all_dialects, name, chat::name_of);
  if (found == chat::all_dialects.end()) return std::nullopt;
  return *found;
}

}  // namespace omni::wire
