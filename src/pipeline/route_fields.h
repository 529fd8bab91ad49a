#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "net/fields.h"
#include "pipeline/trace.h"
#include "pipeline/view.h"
#include "route/resolve.h"

namespace omni::pipeline {

/// Where an answer or a failure comes from; what is empty is not known.
struct Origin {
  std::string_view provider, model, connection;
  std::uint64_t attempts = 0;  // 0: it was remembered, or nobody could be called
  Millis took{0};
};

/// That in fields of the answer's head; none unless the settings want it told.
net::OutFields route_fields(const View& view, const route::Plan& plan, const Origin& origin);

/// The same of whoever was asked last; none where nobody was.
net::OutFields route_fields(const View& view, const route::Plan& plan, const Trace& trace,
                            std::uint64_t attempts, Millis took);

}  // namespace omni::pipeline
