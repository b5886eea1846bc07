#include "tunnel/session/carriage.h"

#include "common/base/check.h"

namespace culvert::tunnel::session {
namespace {

constexpr unsigned kOpen = 1, kClose = 2, kWake = 4;

}  // namespace

std::string encode(const Carriage& carriage) {
    CULVERT_CHECK(carriage.payload.size() <= kLargestPayload);
    std::string body;
    body.reserve(kCarriageHeader + carriage.payload.size());
    for (unsigned i = 8; i-- > 0;) body += static_cast<char>(static_cast<unsigned char>(carriage.channel >> (8 * i)));
    body +=
        static_cast<char>((carriage.open ? kOpen : 0) | (carriage.close ? kClose : 0) | (carriage.wake ? kWake : 0));
    body += carriage.payload;
    return body;
}

Result<Carriage> decode_carriage(std::string_view body) {
    if (body.size() < kCarriageHeader || body.size() > envelope::kLargestBody) {
        return fail(Code::InvalidInput, "session: a Data body of " + std::to_string(body.size()) + " bytes");
    }
    Carriage carriage;
    for (std::size_t i = 0; i < 8; ++i)
        carriage.channel = (carriage.channel << 8) | static_cast<unsigned char>(body[i]);
    const auto flags = static_cast<unsigned char>(body[8]);
    carriage.open = (flags & kOpen) != 0;
    carriage.close = (flags & kClose) != 0;
    carriage.wake = (flags & kWake) != 0;
    carriage.payload = body.substr(kCarriageHeader);
    return carriage;
}

}  // namespace culvert::tunnel::session
