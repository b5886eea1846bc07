// What is looked at before a relay serves: the numbers that must fit, the clock against the certificate, the files it
// may open.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/crypto/served_certificate.h"
#include "tunnel/relay/settings.h"

namespace culvert::tunnel::relay {

// Connections beyond the admitted links: handshakes, pending joins, closing links, the admin's.
inline constexpr std::size_t kSpareConnections = 1024;

std::size_t most_connections(const RelayLimits& limits);
// Of the URL: where the WebSocket is.
std::string path_of(const std::string& url);
// Mesh and URL travel in every Challenge.
Status check_lengths(const RelaySettings& settings);
// As far as the hard limit allows. Before libwebsockets starts: it reads the limit then.
void raise_file_limit(const RelayLimits& limits);
// What an operator should know and a relay can live with, one sentence each.
std::vector<std::string> warnings_about_files(const RelayLimits& limits);
std::vector<std::string> warnings_about_time(const crypto::ServedCertificate& certificate, const std::string& file,
                                             WallTime now);

}  // namespace culvert::tunnel::relay
