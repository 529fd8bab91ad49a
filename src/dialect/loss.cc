#include "dialect/loss.h"

#include <cstddef>

namespace omni::dialect {
namespace {

constexpr std::size_t entries_max = 64;
constexpr std::size_t detail_bytes_max = 100;

/// The longest head of the text that fits and ends with a whole character.
std::string_view head_of(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  while (end > 0 && continues(end)) --end;
  return text.substr(0, end);
}

}  // namespace

void Losses::add(const LossRow& row, std::string_view detail) {
  if (entries_.size() == entries_max) return;
  detail = head_of(detail, detail_bytes_max);
  for (const Entry& entry : entries_) {
    if (entry.row == &row && entry.detail == detail) return;
  }
  entries_.push_back({&row, std::string(detail)});
}

}  // namespace omni::dialect
