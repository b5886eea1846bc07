// What a relay is told. main.cpp makes it from relay.yaml; tests fill it in directly.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/base/units.h"

namespace culvert::tunnel::relay {

struct RelayLimits {
    std::size_t links = 20000;             // admitted ones
    std::size_t queue_per_node = 4 << 20;  // bytes; a node that lets more wait is cut
    std::size_t pending_joins = 64;
    Rate handshakes = Rate::per_second(500);               // that may begin; more wait their turn
    Duration handshake_timeout{std::chrono::seconds(30)};  // from the beginning of a handshake to a Hello or Join
    Duration pending_time{std::chrono::minutes(10)};       // how long a join may wait for a controller that signs
    Duration ping_after{std::chrono::seconds(25)};         // of silence; below the idle cut of most proxies
    Duration give_up_after{std::chrono::seconds(40)};      // of silence
    Duration linger{std::chrono::seconds(5)};              // how long a closed link may take to fetch its last words
};

struct RelaySettings {
    std::string config_file;  // for the log
    std::string mesh;
    std::string url;  // public address, wss://host[:port]/path
    std::string mesh_ca_file;
    std::vector<std::string> listen;  // "[::]:443", "127.0.0.1:0"
    std::string certificate_file;     // of the web server, with its chain
    std::string key_file;
    std::string admin_listen;      // empty: no admin listener
    std::string revocations_file;  // the newest CRL is kept here; empty: in memory only
    RelayLimits limits;
};

}  // namespace culvert::tunnel::relay
