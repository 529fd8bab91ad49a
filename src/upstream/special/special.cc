#include "upstream/special/special.h"

#include <algorithm>
#include <array>
#include <string>

namespace omni::upstream {
namespace {

struct Hook {
  std::string_view name;
  net::Task<Result<std::unique_ptr<Answer>>> (*answer)(const DemoAsk& ask);
};

constexpr std::array hooks{Hook{"demo", answer_demo}};

}  // namespace

net::Task<Result<std::unique_ptr<Answer>>> answer_specially(std::string_view hook,
                                                            const DemoAsk& ask) {
  const auto found = std::ranges::find(hooks, hook, &Hook::name);
  if (found == hooks.end()) {
    co_return Error(Error::Kind::internal, "nobody answers for " + std::string(hook));
  }
  co_return co_await found->answer(ask);
}

}  // namespace omni::upstream
