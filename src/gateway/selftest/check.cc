#include "gateway/selftest/check.h"

#include <array>

#include "gateway/selftest/stage.h"

namespace omni::gateway::selftest {
namespace {

Finding check_start(Stage& stage) {
  if (Status started = stage.start(); !started) return started.error();
  return std::string("it serves, with an account at a provider of each dialect");
}

constexpr std::array all{
    Check{"seal", check_seal},           Check{"store", check_store},
    Check{"gateway", check_start, true}, Check{"dialects", check_dialects},
    Check{"streams", check_streams},     Check{"pairs", check_pairs},
    Check{"vectors", check_vectors},     Check{"backup", check_backup},
    Check{"openapi", check_routes},
};

}  // namespace

std::span<const Check> checks() { return all; }

}  // namespace omni::gateway::selftest
