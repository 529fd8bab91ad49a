#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "net/task.h"
#include "upstream/answer.h"
#include "upstream/special/demo.h"

namespace omni::upstream {

/// Answers a request for the provider whose file names `hook`, in this program.
net::Task<Result<std::unique_ptr<Answer>>> answer_specially(std::string_view hook,
                                                            const DemoAsk& ask);

}  // namespace omni::upstream
