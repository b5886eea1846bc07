// Asks a PAC script for one URL, in a child process with a deadline: the script may never end, crash its engine, or
// wait for a DNS server that does not answer.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/units.h"

namespace culvert::tunnel::pac {

inline constexpr Duration kEvaluationLimit = std::chrono::seconds(5);

// This program again, as the child: its main() must begin with is_child().
std::vector<std::string> own_child_command();

struct Evaluation {
    std::string script;
    std::string url;   // "https://relay.example.com/"
    std::string host;  // "relay.example.com"
    Duration limit = kEvaluationLimit;
    std::vector<std::string> command = own_child_command();
};

// What FindProxyForURL returned. Blocks; returns within milliseconds once `cancel` is requested. Any thread. The error
// is one line that says what is wrong with the script, and where, without its name.
Result<std::string> evaluate(const Evaluation& evaluation, const std::stop_token& cancel = {});

}  // namespace culvert::tunnel::pac
