// What a relay that lies does to the envelopes of one direction. Framing and lengths stay right: only what the channel
// inside protects can tell.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/fault_proxy/faults.h"
#include "tunnel/envelope/envelope.h"

namespace culvert::test {

class EnvelopeLiar {
  public:
    // `on_lie`: told what was done to which envelope ("envelope_edit", 17).
    explicit EnvelopeLiar(std::function<void(const std::string& what, std::uint64_t envelope)> on_lie)
        : on_lie_(std::move(on_lie)) {}

    // The batch as it goes on; empty: none does. Bytes that are no batch are left alone.
    std::string pass(std::string_view batch, const EnvelopeFaults& faults);

  private:
    void data(const tunnel::envelope::EnvelopeView& view, const EnvelopeFaults& faults, std::string& out);
    void divert(const tunnel::envelope::EnvelopeView& view, const EnvelopeFaults& faults, std::string& out);
    void forge(const tunnel::envelope::EnvelopeView& view, const EnvelopeFaults& faults, std::string& out);
    // Whether this lie's turn has come; then it counts as told.
    bool tells(Lie lie, const EnvelopeFaults& faults);

    const std::function<void(const std::string&, std::uint64_t)> on_lie_;
    std::uint64_t envelopes_ = 0;
    std::array<std::uint64_t, kLies> told_{};
    std::optional<tunnel::envelope::Envelope> delayed_;
    std::map<Address, std::string> channels_;  // by sender: how its last body began
};

}  // namespace culvert::test
