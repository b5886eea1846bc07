// What a PAC script returns, and what its engine complains about: whatever it is, every way is a URL that a dial takes,
// and what is shown is bounded.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "tunnel/pac/complaint.h"
#include "tunnel/pac/result.h"
#include "tunnel/proxy/proxy_url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace culvert::tunnel;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<std::string> left_out;
    const auto ways = pac::parse_result(text, left_out);
    CULVERT_CHECK(left_out.size() <= pac::kMostWays);
    if (ways) {
        CULVERT_CHECK(!ways->empty() && ways->size() <= pac::kMostWays);
        for (const pac::Way& way : *ways) {
            if (way.proxy.empty()) continue;
            const auto url = proxy::parse_proxy_url(way.proxy);
            CULVERT_CHECK(url && url->username.empty());
        }
    } else {
        CULVERT_CHECK(ways.error().message.size() < 1024);
    }
    CULVERT_CHECK(pac::explain_complaint(text, text).size() < 1024);
    return 0;
}
