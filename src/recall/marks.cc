// One pass over the words.  Numbers, names, code and quotations are marked in the order in which
// they come, for "from A to B" is not "from B to A".
#include "recall/marks.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/strings.h"

namespace omni::recall {
namespace {

struct Row {
  std::string_view mark;
  std::string_view words;  // a blank before and after each
};

/// One side of each pair of opposites: the other side is the absence of its mark.
constexpr std::array<Row, 34> meanings{{
    {"not", " not no never none neither nor without cannot nothing nobody "},
    {"off",
     " disable disables disabled deactivate deactivated off forbid forbids deny block hide "},
    {"less", " decrease reduce lower shorter smaller shrink less fewer sooner slower "},
    {"least", " min minimum smallest lowest least shortest "},
    {"remove",
     " remove removes removed removing delete deletes deleted deleting drop uninstall rid "},
    {"stop", " stop stops stopped kill terminate abort cancel end close closes shut "},
    {"undo", " unset undo revert "},
    {"decode", " decrypt decode decompress extract unpack unzip "},
    {"down", " export download pull "},
    {"up", " import upload push "},
    {"descending", " descending "},
    {"against", " disadvantage disadvantages against cons drawbacks "},
    {"last", " last "},
    {"first", " first "},
    {"older", " older "},
    {"oldest", " oldest "},
    {"before", " before "},
    {"after", " after "},
    {"left", " left "},
    {"right", " right "},
    {"remote", " remote "},
    {"single", " single "},
    {"double", " double both "},
    {"accept", " accept "},
    {"decline", " decline reject refuse "},
    {"worse", " worse worst "},
    {"unique", " unique "},
    {"sell", " sell "},
    {"yesterday", " yesterday "},
    {"today", " today "},
    {"tomorrow", " tomorrow "},
    {"day", " day daily "},
    {"month", " month monthly "},
    {"year", " year yearly annual annually "},
}};

constexpr std::array<Row, 11> numbers{{
    {"2", " two "},
    {"3", " three "},
    {"4", " four "},
    {"5", " five "},
    {"6", " six "},
    {"7", " seven "},
    {"8", " eight "},
    {"9", " nine "},
    {"10", " ten "},
    {"11", " eleven "},
    {"12", " twelve "},
}};

constexpr std::string_view quotes = "\"`";
constexpr std::string_view around_words = ".,;:!?()[]{}'<>";
constexpr std::string_view inside_code = "_/\\#$@=<>.:(";

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <std::size_t count>
std::string_view find(const std::array<Row, count>& rows, std::string_view word) {
  std::string padded = " ";
  padded.append(word).append(" ");
  for (const Row& row : rows) {
    if (row.words.find(padded) != std::string_view::npos) return row.mark;
  }
  return {};
}

bool is_code(std::string_view word) {
  const auto humps = [&](std::size_t i) { return is_lower(word[i - 1]) && is_upper(word[i]); };
  for (std::size_t i = 1; i < word.size(); ++i) {
    if (humps(i)) return true;
  }
  return word.starts_with('-') || word.find_first_of(inside_code) != std::string_view::npos;
}

/// A capital letter says nothing of the first word of a sentence, two of them do.
bool is_name(std::string_view word, std::string_view before) {
  if (word.size() < 2 || !is_upper(word[0]) || word.starts_with("I'")) return false;
  const bool begins = before.empty() || before.find_first_of(".:!?\n") != std::string_view::npos;
  return is_upper(word[1]) || !begins;
}

/// As it is without a plural's s and without a genitive.
std::string stem_of(std::string word) {
  if (word.ends_with("s")) word.pop_back();
  if (word.ends_with("'")) word.pop_back();
  return word;
}

class Marker {
 public:
  std::string mark(std::string_view text) {
    while (!text.empty()) text.remove_prefix(take(text));
    for (const std::string_view meaning : meanings_) append(meaning);
    return marks_;
  }

 private:
  /// How many bytes of the text's begin.
  std::size_t take(std::string_view text) {
    if (quotes.find(text[0]) != std::string_view::npos) {
      const std::size_t end = text.find(text[0], 1);
      if (end == std::string_view::npos) return 1;
      append(to_lower(text.substr(1, end - 1)));
      return end + 1;
    }
    const std::size_t end = std::min(text.find_first_of(" \t\r\n\"`"), text.size());
    if (end == 0) {
      if (text[0] == '\n') before_ = "\n";
      return 1;
    }
    take_word(text.substr(0, end));
    return end;
  }

  void take_word(std::string_view raw) {
    const std::size_t first = raw.find_first_not_of(around_words);
    const std::size_t end = raw.find_last_not_of(around_words) + 1;
    if (first == std::string_view::npos) return;
    const std::string_view word = raw.substr(first, end - first);
    const std::string lower = to_lower(word);
    if (std::ranges::any_of(word, is_digit) || is_code(word)) {
      append(lower);
    } else if (is_name(word, before_)) {
      append(stem_of(lower));
    } else {
      take_meaning(lower);
    }
    before_ = raw.substr(end);
    if (before_.empty()) before_ = " ";
  }

  void take_meaning(std::string_view word) {
    append(find(numbers, word));
    if (word.ends_with("n't")) meanings_.insert("not");
    while (!word.empty()) meanings_.insert(find(meanings, cut(word, '-')));
  }

  void append(std::string_view mark) {
    if (!mark.empty()) marks_.append(mark).append("\n");
  }

  std::string marks_;
  std::set<std::string_view> meanings_;
  /// What stands between the last word and this one.
  std::string_view before_;
};

}  // namespace

std::string marks_of(std::string_view text) { return Marker().mark(text); }

}  // namespace omni::recall
