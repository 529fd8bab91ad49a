#include "dialect/losses_page.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/strings.h"
#include "dialect/codec.h"

namespace omni::dialect {
namespace {

constexpr auto file = OMNI_SOURCE_DIR "/docs/wire/LOSSES.md";

TEST(LossesPage, is_what_the_codecs_declare) {
  const std::string page = losses_page();
  const char* const update = std::getenv("UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") std::ofstream(file) << page;
  std::ostringstream written;
  written << std::ifstream(file).rdbuf();
  EXPECT_EQ(written.str(), page) << "UPDATE_GOLDEN=1 writes it anew; read the diff";
}

/// The cells of the row's line in a table.
std::vector<std::string> cells_of(std::string_view table, std::string_view row) {
  const std::size_t begin = table.find("\n| " + std::string(row) + " |");
  if (begin == std::string_view::npos) return {};
  std::string_view line = table.substr(begin + 1);
  line = cut(line, '\n');
  std::vector<std::string> cells;
  while (!line.empty()) cells.emplace_back(trim(cut(line, '|')));
  return cells;
}

TEST(LossesPage, marks_a_dialect_where_its_codec_declares_the_row) {
  const std::string page = losses_page();
  const std::size_t replies = page.find("## Replies");
  ASSERT_NE(replies, std::string::npos);
  for (const chat::Dialect dialect : chat::all_dialects) {
    const auto column = static_cast<std::size_t>(dialect) + 2;
    for (const LossRow* row : codec_for(dialect).request_losses()) {
      const auto cells = cells_of(std::string_view(page).substr(0, replies), row->name);
      ASSERT_GT(cells.size(), column) << row->name;
      EXPECT_EQ(cells[column], "x") << row->name;
    }
    for (const LossRow* row : codec_for(dialect).reply_losses()) {
      const auto cells = cells_of(std::string_view(page).substr(replies), row->name);
      ASSERT_GT(cells.size(), column) << row->name;
      EXPECT_EQ(cells[column], "x") << row->name;
    }
  }
}

TEST(LossesPage, knows_each_row_of_a_codec_once_by_its_name) {
  for (const chat::Dialect dialect : chat::all_dialects) {
    const Codec& codec = codec_for(dialect);
    for (const auto rows : {codec.request_losses(), codec.reply_losses()}) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) EXPECT_NE(rows[i]->name, rows[j]->name);
      }
    }
  }
}

}  // namespace
}  // namespace omni::dialect
