// How values stand in columns.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/node_id.h"

namespace culvert::store {

std::int64_t seconds_of(WallTime time);
WallTime time_of_seconds(std::int64_t seconds);
std::int64_t millis_of(WallTime time);
WallTime time_of_millis(std::int64_t millis);

// Lines of "label=value". Neither holds a line end; a '=' in the label cannot be.
std::string labels_text(const std::map<std::string, std::string>& labels);
std::map<std::string, std::string> parse_labels(const std::string& text);

std::optional<NodeId> parse_node(const std::string& hex);

}  // namespace culvert::store
