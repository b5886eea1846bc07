// `culvert agents`: who is there, how they are connected and how well. Pure: a view of the mesh in, text out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "controller/cli/render/text_style.h"
#include "controller/roster/roster.h"

namespace culvert::cli::render {

struct MeshView {
    std::string mesh, relay;
    std::vector<roster::RosterEntry> agents;
    std::vector<std::string> pending;  // names of nodes that wait for a signature
    std::string own_version;           // agents of other versions are marked
    WallTime now{};
};

std::string agents_table(const MeshView& view, const TextStyle& style);
std::string agents_json(const MeshView& view);

}  // namespace culvert::cli::render
