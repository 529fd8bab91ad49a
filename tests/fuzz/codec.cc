// One target for each dialect and each of request, reply and stream; CMakeLists.txt says which.

#include "conversation.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  omni::fuzz::OMNI_FUZZ_INPUT(omni::chat::Dialect::OMNI_FUZZ_DIALECT,
                              {reinterpret_cast<const char*>(data), size});
  return 0;
}
