// `culvert agents`: who is there, how they are connected and how well. Pure: a view of the mesh in, text out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/node_id.h"
#include "controller/cli/render/text_style.h"
#include "controller/roster/roster.h"

namespace culvert::cli::render {

// Wants to join; what it says of itself is not checked.
struct PendingRow {
    std::string name;            // empty: its join cannot be read
    std::string invite;          // id; empty the same
    std::string peer;            // where it comes from, as the relay sees it
    bool invite_is_here = true;  // this controller knows the invite, and may sign
    Duration waits{};
};

struct RevokedRow {
    std::string name;
    Role role = Role::Agent;
    NodeId id;
    WallTime at;
};

struct MeshView {
    std::string mesh, relay;
    std::vector<roster::RosterEntry> agents;
    std::vector<PendingRow> pending;
    std::vector<RevokedRow> revoked;  // whose certificates would be good otherwise
    std::string own_version;          // agents of other versions are marked
    WallTime now{};
};

std::string agents_table(const MeshView& view, const TextStyle& style);
std::string agents_json(const MeshView& view);

}  // namespace culvert::cli::render
