#include "blocks.h"

#include <cctype>
#include <stdexcept>

#include "base/strings.h"

namespace omni::docs_test {
namespace {

constexpr std::string_view remark_begin = "<!-- test: ", remark_end = " -->";

/// What a comment says of the next block.
void take_remark(std::string_view line, Block& block) {
  std::string_view says = line;
  says.remove_prefix(remark_begin.size());
  if (!says.ends_with(remark_end)) throw std::runtime_error("no end: " + std::string(line));
  says.remove_suffix(remark_end.size());
  const std::size_t is = says.find(" is ");
  if (says.starts_with("first ")) {
    block.first.append(says.substr(6)).append("\n");
  } else if (says.starts_with("skip, ")) {
    block.why_skipped = says.substr(6);
  } else if (is != std::string_view::npos) {
    block.words.emplace_back(says.substr(0, is), says.substr(is + 4));
  } else {
    throw std::runtime_error("nobody understands " + std::string(line));
  }
}

bool is_of_a_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

std::vector<Block> blocks_of(std::string_view page) {
  std::vector<Block> blocks;
  Block next;
  bool inside = false, ours = false, remarked = false;
  for (int number = 1; !page.empty(); ++number) {
    const std::string_view line = cut(page, '\n');
    const std::string_view bare = trim(line);  // blocks of lists are further in
    if (bare.starts_with("```")) {
      inside = !inside;
      if (inside) {
        ours = bare == "```sh";
        next.line = number;
      } else if (ours) {
        blocks.push_back(std::exchange(next, {}));
        ours = remarked = false;
      }
    } else if (inside && ours) {
      next.commands.append(line).append("\n");
    } else if (!inside && bare.starts_with(remark_begin)) {
      take_remark(bare, next);
      remarked = true;
    }
  }
  if (remarked) throw std::runtime_error("a remark is about no block");
  return blocks;
}

std::string with_word(std::string_view text, std::string_view word, std::string_view value) {
  std::string result;
  for (;;) {
    const std::size_t at = text.find(word);
    if (at == std::string_view::npos) return result.append(text);
    const std::size_t end = at + word.size();
    const bool longer = (at > 0 && is_of_a_word(text[at - 1]) && is_of_a_word(word.front())) ||
                        (end < text.size() && is_of_a_word(text[end]) && is_of_a_word(word.back()));
    result.append(text.substr(0, at)).append(longer ? word : value);
    text.remove_prefix(end);
  }
}

}  // namespace omni::docs_test
