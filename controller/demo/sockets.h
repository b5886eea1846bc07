// Which sockets a process listens on, as the kernel tells (/proc/PID/fd against /proc/PID/net/tcp and tcp6).
#pragma once

#include <sys/types.h>

#include <cstddef>

#include "common/base/result.h"

namespace culvert::demo {

Result<std::size_t> listening_sockets(pid_t pid);

}  // namespace culvert::demo
