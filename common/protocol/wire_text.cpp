#include "common/protocol/wire_text.h"

#include <algorithm>

#include "common/base/text.h"

namespace culvert::protocol {

Status check_run_id(std::string_view id) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    };
    if (id.empty() || id.size() > kLongestRunId || id.front() == '.' || !std::all_of(id.begin(), id.end(), allowed)) {
        return fail(Code::InvalidInput, "not the id of a run: \"" + excerpt(id, 40) + "\"");
    }
    return {};
}

Status check_text(std::string_view text, std::string_view what) {
    if (text.size() <= kLongestText) return {};
    return fail(Code::InvalidInput, std::string(what) + ": " + std::to_string(text.size()) + " bytes, allowed are " +
                                        std::to_string(kLongestText));
}

Result<Sha256> sha256_from_wire(std::string_view bytes) {
    Sha256 hash{};
    if (bytes.size() != hash.size())
        return fail(Code::InvalidInput, "a SHA-256 of " + std::to_string(bytes.size()) + " bytes");
    std::copy(bytes.begin(), bytes.end(), hash.begin());
    return hash;
}

}  // namespace culvert::protocol
