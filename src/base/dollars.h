#pragma once

#include <cmath>
#include <cstdint>

namespace omni {

// Amounts are nano-dollars; who is told of them, or names them, has dollars.

inline constexpr double nano_per_dollar = 1e9;

inline double dollars(std::int64_t nano) { return static_cast<double>(nano) / nano_per_dollar; }
inline std::int64_t nano_of(double dollars) { return std::llround(dollars * nano_per_dollar); }

}  // namespace omni
