// Bounds of the small fields that every message has. Internal to common/protocol.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/protocol/messages.h"

namespace culvert::protocol {

inline std::string cut(std::string_view text) {
    return std::string(text.substr(0, kLongestText));
}

// Letters, digits, '-', '_' and '.', 1 … kLongestRunId of them: a run id becomes a folder's name.
Status check_run_id(std::string_view id);
Status check_text(std::string_view text, std::string_view what);
Result<Sha256> sha256_from_wire(std::string_view bytes);
inline std::string sha256_to_wire(const Sha256& hash) {
    return {hash.begin(), hash.end()};
}

}  // namespace culvert::protocol
