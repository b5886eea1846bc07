// What a walk along the path from a node to its relay came to: one check a hop, one cause, what to ask for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/exit_code.h"
#include "common/base/units.h"

namespace culvert::tunnel::doctor {

// In the order in which they are looked at: what time it is at the relay is known once it is heard. The names are part
// of the JSON contract.
enum class Hop : std::uint8_t {
    Config,
    WhichProxy,
    ReachProxy,
    Connect,
    Tls,
    WebSocket,
    LongPoll,
    Clock,
    Admission,
    Echo,
    IdleCut,
    MaximumAge,
    Buffering,
    Target,
};

const char* to_string(Hop hop);  // "which proxy", "CONNECT", …

enum class Outcome : std::uint8_t { Passed, Noted, Failed, NotSeen };

struct Check {
    Hop hop = Hop::Config;
    Outcome outcome = Outcome::Passed;
    std::string detail;  // one line
    Duration took{};     // zero: nothing to measure
    // What programs want of the detail, by name: part of the JSON contract.
    std::vector<std::pair<std::string, std::string>> facts{};
};

// What a failure means and what mends it.
struct Advice {
    std::string cause;        // one plain sentence
    std::string ask;          // what to ask the network team for; may be empty
    std::string yaml;         // what to write in the configuration; whole lines, may be empty
    std::optional<Hop> at{};  // the check that shows it
};

struct Diagnosis {
    std::string program;  // "culvert-agent doctor"
    std::string node;     // its name
    std::string config_file;
    std::string relay;  // the one that was walked to
    std::vector<Check> checks;
    std::string verdict;  // "Works, over WebSocket."
    std::optional<Advice> advice;
    ExitCode exit = ExitCode::Ok;
    Duration took{};
};

// For a person: one line a hop, then the verdict.
std::string text_of(const Diagnosis& diagnosis, bool unicode);
// The parts of it. Who walks where; nothing of the result.
std::string headline_of(const Diagnosis& diagnosis, bool unicode);
// What it came to.
std::string verdict_of(const Diagnosis& diagnosis);
// "exit 0, with notes; 12 checks in 6.1 s"
std::string ending_of(const Diagnosis& diagnosis);
std::string line_of(const Check& check, std::size_t number, bool unicode);
std::string json_of(const Diagnosis& diagnosis);

}  // namespace culvert::tunnel::doctor
