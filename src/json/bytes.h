#pragma once

#include <cstddef>
#include <cstdint>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace omni::json {

inline constexpr std::size_t block_bytes = 16;

/// A bit for each backslash among the block_bytes bytes from `block` on, the first lowest.
inline std::uint32_t backslashes(const char* block) {
#ifdef __SSE2__
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
  const __m128i equal = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(equal));
#else
  std::uint32_t found = 0;
  for (std::size_t i = 0; i < block_bytes; ++i) found |= std::uint32_t{block[i] == '\\'} << i;
  return found;
#endif
}

}  // namespace omni::json
