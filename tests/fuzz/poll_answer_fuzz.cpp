// An answer to a long-poll request, which may come from any box in between: whole and in pieces it must be the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "tunnel/envelope/long_poll.h"
#include "tunnel/link/http_response.h"

namespace {

using culvert::tunnel::link::HttpResponse;

constexpr std::size_t kLargestBody = 4096;

std::string read(std::string_view bytes, std::size_t piece) {
    HttpResponse response(kLargestBody);
    for (bool more = true; more; more = !bytes.empty()) {
        const auto progress = response.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        if (!progress) return "refused";
        CULVERT_CHECK(response.body().size() <= kLargestBody);
        if (*progress == HttpResponse::Progress::Whole) return std::to_string(response.status()) + response.body();
    }
    const auto ended = response.ended();
    return ended ? "ended " + response.body() : "broken off";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::string whole = read(bytes, std::max<std::size_t>(size, 1));
    const std::string pieces = read(bytes, 1 + size % 5);
    CULVERT_CHECK(whole == pieces || whole == "refused" || pieces == "refused");
    std::string_view body = bytes;
    const auto number = culvert::tunnel::envelope::long_poll::take_number(body);
    if (number) {
        std::string again;
        culvert::tunnel::envelope::long_poll::append_number(again, *number);
        CULVERT_CHECK(bytes.starts_with(again));
    }
    return 0;
}
