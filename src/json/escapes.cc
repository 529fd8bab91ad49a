// Text of agents is code in strings, with an escape in most lines, so each is looked at without a
// branch of its own: masks of 64 bytes say where backslashes stand, which bytes they escape, and
// whether those are of the letters that may be escaped.  Only \u is looked at by itself.

#include "json/escapes.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace omni::json {
namespace {

constexpr std::size_t stride = 64;

/// A bit for each byte of a stride, the first lowest.
struct Masks {
  std::uint64_t backslashes = 0;
  std::uint64_t letters = 0;  // that stand for something by themselves: " \ / b f n r t
};

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// `at` is where the letter of an escape stands, which is none of the short ones.
bool is_code_unit(std::string_view text, std::size_t at) {
  if (at + 5 > text.size() || text[at] != 'u') return false;
  return is_hex(text[at + 1]) && is_hex(text[at + 2]) && is_hex(text[at + 3]) &&
         is_hex(text[at + 4]);
}

/// Which bytes are escaped.  A run of backslashes escapes what follows it if it is odd; the sum
/// below carries from the start of a run to its end, and so tells the one from the other.
class Escaped {
 public:
  std::uint64_t next(std::uint64_t backslashes) {
    constexpr std::uint64_t even = 0x5555'5555'5555'5555;
    backslashes &= ~first_is_escaped_;
    const std::uint64_t follows = backslashes << 1 | first_is_escaped_;
    const std::uint64_t odd_starts = backslashes & ~even & ~follows;
    const std::uint64_t sum = odd_starts + backslashes;
    first_is_escaped_ = sum < odd_starts ? 1 : 0;
    return (even ^ (sum << 1)) & follows;
  }
  /// Whether the last byte is a backslash that escapes the first of what follows.
  std::uint64_t pending() const { return first_is_escaped_; }

 private:
  std::uint64_t first_is_escaped_ = 0;
};

constexpr bool is_letter(char c) {
  return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
}

Masks look(const char* block) {
  Masks masks;
  for (std::size_t i = 0; i < stride; ++i) {
    masks.backslashes |= std::uint64_t{block[i] == '\\'} << i;
    masks.letters |= std::uint64_t{is_letter(block[i])} << i;
  }
  return masks;
}

#ifdef __x86_64__
constexpr std::size_t half = 32;

/// The letters are told by two look-ups, of the low and of the high half of a byte: a bit for each
/// row of ASCII that has some of them.
struct Table {
  alignas(half) std::array<char, half> low{}, high{};

  constexpr Table() {
    constexpr std::array<char, 4> rows{0x2, 0x5, 0x6, 0x7};
    for (std::size_t bit = 0; bit < rows.size(); ++bit) {
      for (char column = 0; column < 16; ++column) {
        if (!is_letter(static_cast<char>(rows[bit] << 4 | column))) continue;
        add(low, column, bit);
        add(high, rows[bit], bit);
      }
    }
  }
  /// To both lanes of sixteen, as the look-ups do not cross them.
  static constexpr void add(std::array<char, half>& part, char index, std::size_t bit) {
    for (const std::size_t lane : {std::size_t{0}, half / 2}) {
      char& entry = part[lane + static_cast<std::size_t>(index)];
      entry = static_cast<char>(entry | 1 << bit);
    }
  }
};
constexpr Table table;

[[gnu::target("avx2")]] inline __m256i load(const char* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

[[gnu::target("avx2")]] inline Masks look_at_half(const char* bytes) {
  const __m256i block = load(bytes);
  const __m256i slashes = _mm256_cmpeq_epi8(block, _mm256_set1_epi8('\\'));
  const __m256i rows = _mm256_and_si256(_mm256_srli_epi16(block, 4), _mm256_set1_epi8(0xF));
  const __m256i both = _mm256_and_si256(_mm256_shuffle_epi8(load(table.low.data()), block),
                                        _mm256_shuffle_epi8(load(table.high.data()), rows));
  const __m256i none = _mm256_cmpeq_epi8(both, _mm256_setzero_si256());
  return {static_cast<std::uint32_t>(_mm256_movemask_epi8(slashes)),
          static_cast<std::uint32_t>(~_mm256_movemask_epi8(none))};
}

[[gnu::target("avx2")]] inline Masks look_fast(const char* block) {
  const Masks first = look_at_half(block);
  const Masks second = look_at_half(block + half);
  return {first.backslashes | second.backslashes << half, first.letters | second.letters << half};
}
#endif

template <Masks (*look_at)(const char*)>
[[gnu::always_inline]] inline std::size_t find_bad(std::string_view text) {
  Escaped escaped;
  std::array<char, stride> rest{};
  for (std::size_t start = 0; start < text.size(); start += stride) {
    const char* from = text.data() + start;
    if (text.size() - start < stride) {
      std::memcpy(rest.data(), from, text.size() - start);
      from = rest.data();
    }
    const Masks masks = look_at(from);
    if ((masks.backslashes | escaped.pending()) == 0) continue;
    std::uint64_t doubtful = escaped.next(masks.backslashes) & ~masks.letters;
    for (; doubtful != 0; doubtful &= doubtful - 1) {
      const std::size_t at = start + static_cast<std::size_t>(std::countr_zero(doubtful));
      if (!is_code_unit(text, at)) return at - 1;
    }
  }
  return escaped.pending() != 0 ? text.size() - 1 : std::string_view::npos;
}

using Find = std::size_t (*)(std::string_view);
#ifdef __x86_64__
[[gnu::target("avx2")]] std::size_t find_bad_fast(std::string_view text) {
  return find_bad<look_fast>(text);
}
Find choose() { return __builtin_cpu_supports("avx2") ? find_bad_fast : find_bad<look>; }
#else
Find choose() { return find_bad<look>; }
#endif

}  // namespace

std::size_t find_bad_escape(std::string_view text) {
  static const Find find = choose();
  return find(text);
}

}  // namespace omni::json
