// One request of a trial and its response, in full as far as the bounds go. What an agent reports is masked. Values;
// the wire form is common/protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/metrics/interval.h"

namespace culvert::metrics {

// One direction of an exchange.
struct HttpText {
    static constexpr std::size_t kLongestHead = 16 << 10;
    static constexpr std::size_t kLongestBody = 64 << 10;

    std::string head;  // with its line ends, without the empty line behind it; empty: nothing was sent or received
    std::string body;  // without transfer coding
    std::uint64_t body_size = 0;  // of the whole body, of which `body` may be the beginning
    bool cut = false;             // head or body are longer than what is here

    friend bool operator==(const HttpText&, const HttpText&) = default;
};

struct CheckResult {
    std::string check;  // as the plan has it
    bool holds = false;
    std::string found;  // what the response had in that place; empty: nothing worth saying

    friend bool operator==(const CheckResult&, const CheckResult&) = default;
};

struct SavedValue {
    std::string variable, value;
    friend bool operator==(const SavedValue&, const SavedValue&) = default;
};

struct Exchange {
    // Final: this is what counts for the step. After the others the same step goes on with another attempt, or the
    // trial was stopped.
    enum class Ending : std::uint8_t { Final, Redirected, Retried, Interrupted };
    static constexpr std::size_t kEndings = 4;

    std::uint32_t scenario = 0, step = 0;  // by Plan::scenarios and RequestStep::index
    std::uint32_t attempt = 0;             // of this step, from 0
    Ending ending = Ending::Final;
    std::string method, url;
    HttpText request, response;
    std::uint16_t status = 0;        // 0: there was no answer
    std::optional<ErrorKind> error;  // empty: ok
    std::string what,
        phase;  // with an error: in words, and where it happened: dns, connect, tls, send, first_byte, body, check
    // Empty: there was no such phase, as on a connection that was open already.
    std::optional<std::uint64_t> dns_micros, connect_micros, tls_micros, first_byte_micros, rest_micros;
    std::uint64_t latency_micros = 0;  // of this attempt, with connecting
    std::string remote_address;
    std::vector<CheckResult> checks;
    std::vector<SavedValue> saves;

    bool ok() const { return !error; }
    friend bool operator==(const Exchange&, const Exchange&) = default;
};

const char* to_string(Exchange::Ending ending);  // "final", "redirected", "retried", "interrupted"

}  // namespace culvert::metrics
