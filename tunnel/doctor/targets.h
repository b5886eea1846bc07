// Whether the load's targets can be reached at all: a TCP connection each, by the way that the load would take. Never
// fails a walk.
#pragma once

#include "common/base/clock.h"
#include "tunnel/doctor/doctor_settings.h"
#include "tunnel/doctor/record.h"

namespace culvert::tunnel::doctor {

// At most so many, all at once.
inline constexpr std::size_t kMostTargetsTried = 8;

// Blocks for as long as one dial.
void try_targets(const TargetSettings& settings, const proxy::Environment& environment, const Clock& clock,
                 Record& record);

}  // namespace culvert::tunnel::doctor
