#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace omni::docs_test {

/// Commands of a page, and what the page says of running them.
struct Block {
  int line = 0;  // where it begins
  std::string commands;
  std::string first;  // commands to be run before
  /// Words, and the commands that print what stands for each.
  std::vector<std::pair<std::string, std::string>> words;
  std::string why_skipped;  // empty: it is run
};

/// All blocks of a page that are for a shell.  Throws for a remark about none, or that is none.
std::vector<Block> blocks_of(std::string_view page);

/// The text with `value` wherever `word` stands and is no part of a longer one.
std::string with_word(std::string_view text, std::string_view word, std::string_view value);

}  // namespace omni::docs_test
