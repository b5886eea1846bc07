// What myIpAddress() of a PAC script answers: the address that this machine would speak from. libpacparser's own looks
// up the host's name, which is 127.0.1.1 on most machines.
#pragma once

#include <optional>
#include <string>

namespace culvert::tunnel::pac {

// Sends nothing. Empty: no network at all.
std::optional<std::string> own_address();

}  // namespace culvert::tunnel::pac
