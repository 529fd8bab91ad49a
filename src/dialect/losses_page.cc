#include "dialect/losses_page.h"

// Two tables, of requests and of replies: a line for each row that any codec declares, a column for
// each dialect that it is written in.

#include <array>
#include <map>
#include <span>
#include <string_view>

#include "dialect/codec.h"

namespace omni::dialect {

namespace {

constexpr std::string_view head =
    "# What is lost between dialects\n\n"
    "Generated from the codecs; `UPDATE_GOLDEN=1 build/dev/src/dialect/dialect_test` writes it.\n\n"
    "A conversation that stays in one dialect loses nothing, save thoughts that open for another\n"
    "provider or account alone. One that is written in another loses what is marked in that\n"
    "dialect's column: it is *dropped*, or *approximated* as the line says.\n"
    "Whatever happens to one request is logged under the name in the first column.\n";

using Declared = std::span<const LossRow* const>;

struct Line {
  const LossRow* row = nullptr;
  std::array<bool, chat::all_dialects.size()> marks{};
};

std::string_view word_of(LossRow::Effect effect) {
  return effect == LossRow::Effect::dropped ? "dropped" : "approximated";
}

template <typename DeclaredBy>
std::map<std::string_view, Line> collect(const DeclaredBy& declared_by) {
  std::map<std::string_view, Line> lines;
  for (const chat::Dialect dialect : chat::all_dialects) {
    const Declared declared = declared_by(codec_for(dialect));
    for (const LossRow* row : declared) {
      Line& line = lines[row->name];
      line.row = row;
      line.marks[static_cast<std::size_t>(dialect)] = true;
    }
  }
  return lines;
}

void append_table(std::string& out, const std::map<std::string_view, Line>& lines) {
  out += "| name |";
  for (const chat::Dialect dialect : chat::all_dialects) {
    out.append(" ").append(name_of(dialect)).append(" |");
  }
  out += " effect | what |\n|---|";
  for (std::size_t i = 0; i < chat::all_dialects.size(); ++i) out += ":-:|";
  out += "---|---|\n";
  for (const auto& [name, line] : lines) {
    out.append("| ").append(name).append(" |");
    for (const bool mark : line.marks) out += mark ? " x |" : " |";
    out.append(" ").append(word_of(line.row->effect)).append(" | ");
    out.append(line.row->what).append(" |\n");
  }
}

}  // namespace

std::string losses_page() {
  std::string out(head);
  out += "\n## Requests, by the dialect of the provider they are sent to\n\n";
  append_table(out, collect([](const Codec& codec) { return codec.request_losses(); }));
  out += "\n## Replies, by the dialect of the client they are told to\n\n";
  append_table(out, collect([](const Codec& codec) { return codec.reply_losses(); }));
  return out;
}

}  // namespace omni::dialect
