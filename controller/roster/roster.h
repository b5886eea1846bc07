// Who is there, and who of them takes part: the entries of `culvert agents`, and the choice of a run's agents among
// them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/node_id.h"
#include "common/base/result.h"
#include "common/protocol/messages.h"
#include "common/workload/plan.h"
#include "common/workload/share.h"
#include "common/workload/split.h"
#include "controller/roster/clock_estimator.h"

namespace culvert::roster {

enum class EntryState : std::uint8_t {
    Connecting,  // present at the relay; its channel is not open yet
    Ready,
    Busy,          // with another run
    Incompatible,  // speaks another version of the protocol
    Unreachable,   // present at the relay, but no channel: `notes` says why
    Offline,       // known from earlier, not present
};
const char* to_string(EntryState state);

// Of the certificate that an agent showed.
struct CertificateTimes {
    WallTime renewal_due, not_after;
};

struct RosterEntry {
    Address address;
    std::string name;
    workload::Labels labels;
    double weight = 1;
    EntryState state = EntryState::Connecting;
    std::string busy_with;  // run id
    std::string program_version;
    std::string transport, proxy;      // "websocket", "long_poll"; "http://proxy.corp:3128" or ""
    std::optional<ClockOffset> clock;  // with the round trip
    double cpu_percent = 0;
    std::uint32_t cores = 0;
    protocol::CharterSummary charter;
    std::uint64_t spooled_bytes = 0;    // results that wait for their controller
    std::optional<WallTime> last_seen;  // Offline
    std::optional<CertificateTimes> certificate{};
    std::string note;  // last words, or why it cannot be reached
};

// "region=eu,size!=small". `name` stands for the agent's name. InvalidInput says what is wrong and where.
Result<workload::Selector> parse_selector(std::string_view text);
// As it is written on the command line; empty for every agent.
std::string selector_text(const workload::Selector& selector);
// Labels with `name` among them, unless a label has that name already.
workload::Labels labels_with_name(const std::string& name, const workload::Labels& labels);

// The agents of a run, in the order of their names. InvalidInput: two agents of one name, nobody matches (says which
// labels there are), or a scenario of the plan that none of them may carry. Overloaded: one that matches is busy,
// incompatible or cannot be reached.
Result<std::vector<RosterEntry>> choose(const std::vector<RosterEntry>& present, const workload::Selector& selector,
                                        const workload::Plan& plan);

// What the split of a plan needs to know of each agent; `name` is among the labels.
std::vector<workload::Member> members_of(const std::vector<RosterEntry>& agents);

// One Share for each member. Those that are `away` (lost) get empty seats; the others divide the plan by their weights.
std::vector<workload::Share> shares_without(const workload::Plan& plan, const std::vector<workload::Member>& members,
                                            const std::vector<bool>& away);

}  // namespace culvert::roster
