#pragma once

#include "base/random.h"
#include "base/result.h"
#include "gateway/config.h"
#include "otlp/exporter.h"

namespace omni::gateway {

/// What a collector of OpenTelemetry is told, as variables have it.  Where none is named, both
/// addresses are empty.  Of a config that was read.
otlp::Options telemetry_options(const Config& config, Random& random);

}  // namespace omni::gateway
