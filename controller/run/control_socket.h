// Unix sockets by path, for both ends of a run's control socket.
#pragma once

#include <filesystem>

#include "common/base/result.h"

namespace culvert::run {

// Listening, non-blocking, mode 0600.
Result<int> listen_on(const std::filesystem::path& socket);
// Connected, blocking. Disconnected: nobody listens there.
Result<int> connect_to(const std::filesystem::path& socket);

}  // namespace culvert::run
