// The answer to a WebSocket upgrade, which may come from any box in between: whole and in pieces it must give the same
// verdict.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "tunnel/link/upgrade.h"

namespace {

using culvert::tunnel::link::UpgradeResponse;

std::string verdict(UpgradeResponse& response, std::string_view bytes, std::size_t piece) {
    while (!bytes.empty()) {
        const auto progress = response.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        if (!progress) return "refused";
        if (*progress == UpgradeResponse::Progress::Upgraded)
            return "upgraded, then " + response.rest() + std::string(bytes);
    }
    CULVERT_CHECK(!response.ended().message.empty());
    return "unfinished";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::string accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    UpgradeResponse whole(accept), pieces(accept);
    const std::string at_once = verdict(whole, bytes, std::max<std::size_t>(size, 1));
    const std::string bit_by_bit = verdict(pieces, bytes, 1 + size % 7);
    const bool upgraded = at_once.starts_with("upgraded");
    CULVERT_CHECK(upgraded == bit_by_bit.starts_with("upgraded"));
    if (upgraded) CULVERT_CHECK(at_once == bit_by_bit);
    CULVERT_CHECK(culvert::tunnel::link::page_text(bytes).size() < 1024);
    return 0;
}
