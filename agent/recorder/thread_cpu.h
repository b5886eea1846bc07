// CPU time of the calling thread.
#pragma once

#include "common/base/units.h"

namespace culvert::agent::recorder {

Duration thread_cpu_time();

}  // namespace culvert::agent::recorder
