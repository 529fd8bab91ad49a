#include "json/escapes.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace omni::json {
namespace {

constexpr std::size_t npos = std::string_view::npos;

/// From escape to escape, as one would say it.
std::size_t find_slowly(std::string_view text) {
  for (std::size_t at = text.find('\\'); at != npos; at = text.find('\\', at)) {
    if (at + 1 == text.size()) return at;
    if (text[at + 1] == 'u') {
      if (at + 6 > text.size()) return at;
      for (std::size_t i = at + 2; i < at + 6; ++i) {
        if (std::string_view("0123456789abcdefABCDEF").find(text[i]) == npos) return at;
      }
      at += 6;
    } else {
      if (std::string_view("\"\\/bfnrt").find(text[at + 1]) == npos) return at;
      at += 2;
    }
  }
  return npos;
}

TEST(Escapes, EveryByteBehindABackslashIsGoodOrBadAsTheGrammarSays) {
  for (int byte = 0; byte < 256; ++byte) {
    for (const std::size_t blanks : {0, 1, 31, 32, 62, 63, 64, 100}) {
      std::string text(blanks, ' ');
      text.append("\\").push_back(static_cast<char>(byte));
      text.append("12aF!");
      EXPECT_EQ(find_bad_escape(text), find_slowly(text)) << byte << " after " << blanks;
    }
  }
}

TEST(Escapes, ABackslashThatIsEscapedEscapesNothing) {
  for (std::size_t run = 1; run < 200; ++run) {
    for (const std::size_t blanks : {0, 1, 62, 63, 64, 65}) {
      const std::string text = std::string(blanks, 'x') + std::string(run, '\\') + "q";
      EXPECT_EQ(find_bad_escape(text), run % 2 == 1 ? blanks + run - 1 : npos) << run;
    }
  }
}

TEST(Escapes, ACodeUnitNeedsItsFourDigitsAlsoAcrossBlocks) {
  for (std::size_t blanks = 0; blanks < 70; ++blanks) {
    const std::string before(blanks, 'x');
    EXPECT_EQ(find_bad_escape(before + "\\u00e9"), npos);
    EXPECT_EQ(find_bad_escape(before + "\\u00e"), blanks);
    EXPECT_EQ(find_bad_escape(before + "\\u00g9"), blanks);
  }
}

TEST(Escapes, ATextThatEndsBehindABackslashIsBad) {
  EXPECT_EQ(find_bad_escape("\\"), 0U);
  EXPECT_EQ(find_bad_escape(std::string(63, 'x') + "\\"), 63U);
  EXPECT_EQ(find_bad_escape(std::string(64, 'x') + "\\\\"), npos);
  EXPECT_EQ(find_bad_escape(""), npos);
}

TEST(Escapes, AgreeWithTheSlowWayOnTextsOfChance) {
  SeededRandom random(7);
  constexpr std::string_view letters = "\\\\\\\\\\\\\"/bfnrtu0aF x";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t i = random.below(200); i > 0; --i) {
      text.push_back(letters[random.below(letters.size())]);
    }
    ASSERT_EQ(find_bad_escape(text), find_slowly(text)) << text;
  }
}

}  // namespace
}  // namespace omni::json
