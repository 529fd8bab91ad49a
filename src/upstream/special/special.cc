#include "upstream/special/special.h"

#include <string>

namespace omni::upstream {

net::Task<Result<std::unique_ptr<Answer>>> answer_specially(std::string_view hook,
                                                            SpecialAsk /*ask*/) {
  co_return Error(Error::Kind::internal, "nobody answers for " + std::string(hook));
}

}  // namespace omni::upstream
