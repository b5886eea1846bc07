// A trial: one iteration of one user of each scenario, to look at every request of it.
#pragma once

#include "agent/worker/engine.h"

namespace culvert::agent::worker {

// The run with every load replaced: no rates, users, pace, warm-up or think times. Scenarios that this agent has no
// seat in stay out.
RunSpec trial_of(RunSpec spec);

}  // namespace culvert::agent::worker
