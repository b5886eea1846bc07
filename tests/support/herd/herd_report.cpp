#include "tests/support/herd/herd_report.h"

#include <nlohmann/json.hpp>

#include "common/base/text.h"

namespace culvert::test {

std::optional<HerdReturn> last_return(std::string_view herd_says) {
    std::optional<HerdReturn> last;
    for (const std::string_view line : split(herd_says, '\n')) {
        const auto said = nlohmann::json::parse(line, nullptr, false);
        if (said.is_discarded() || !said.contains("outage")) continue;
        const auto& handshake = said.at("handshake_ms");
        last = HerdReturn{said.at("outage"),
                          said.at("links"),
                          std::chrono::duration_cast<Duration>(std::chrono::duration<double>(said.at("back_after_s"))),
                          said.at("attempts"),
                          handshake.at("p50"),
                          handshake.at("p99"),
                          handshake.at("max")};
    }
    return last;
}

}  // namespace culvert::test
