// The answers of a proxy to CONNECT, line by line: whatever it says, an attempt ends, and what is shown is bounded.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/net/connect_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using culvert::net::ConnectReply;
    ConnectReply reply;
    for (const std::string_view line : culvert::split({reinterpret_cast<const char*>(data), size}, '\n')) {
        const bool goes_on = reply.hear(line);
        CULVERT_CHECK(reply.status >= 0 && reply.status <= 999);
        CULVERT_CHECK(reply.status_line.size() < 512 && reply.detail.size() < 512);
        CULVERT_CHECK(!reply.tunnel_open || reply.status / 100 == 2);
        if (!goes_on) {
            CULVERT_CHECK(reply.cut_handshake || reply.refusals >= ConnectReply::kMostRefusals);
            break;
        }
    }
    return 0;
}
