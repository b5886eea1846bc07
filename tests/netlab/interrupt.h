// Ctrl-C and SIGTERM set a flag that every wait looks at, so that whatever was started is also stopped.
#pragma once

#include <functional>

#include "common/base/units.h"

namespace culvert::netlab {

void catch_interrupts();
bool interrupted();
// Looks at `holds` until it is true; false: `patience` is over, or somebody pressed Ctrl-C.
bool wait_until(const std::function<bool()>& holds, Duration patience);

}  // namespace culvert::netlab
