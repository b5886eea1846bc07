// A batch as it comes from an untrusted peer: every envelope is taken off, and every body is read by every reader of
// bodies.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "tunnel/envelope/admission.h"
#include "tunnel/envelope/envelope.h"
#include "tunnel/envelope/pending_list.h"
#include "tunnel/envelope/presence.h"

using namespace culvert;
using namespace culvert::tunnel::envelope;

namespace {

// What was read must be written and read again as the same value.
template <class T, class Parse>
void round_trip(std::string_view body, const Parse& parse) {
    const Result<T> value = parse(body);
    if (value) CULVERT_CHECK(parse(encode(*value)) == *value);
}

void read_body(std::string_view body) {
    round_trip<Challenge>(body, parse_challenge);
    round_trip<Hello>(body, parse_hello);
    round_trip<Admitted>(body, parse_admitted);
    round_trip<Refusal>(body, parse_refusal);
    round_trip<JoinState>(body, parse_join_state);
    if (const auto pending = parse_pending(body); pending && !pending->entries.empty()) {
        for (const std::string& written : encode_pending(pending->entries))
            CULVERT_CHECK(parse_pending(written).has_value());
    }
    const auto update = parse_presence(body);
    if (!update || update->entries.empty()) return;
    for (const std::string& written : encode_changes(update->entries))
        CULVERT_CHECK(parse_presence(written).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    read_body(input);
    std::string_view rest = input;
    while (!rest.empty()) {
        const auto taken = take_front(rest);
        if (!taken) break;
        std::string written;
        append_to(written, Envelope{taken->kind, taken->from, taken->to, std::string(taken->body)});
        CULVERT_CHECK(written == taken->whole);
        read_body(taken->body);
    }
    return 0;
}
