// WebSocket frames of one direction, taken apart and put together again as an inspecting middlebox does: other masks,
// other fragments, messages that are edited, replayed, reordered or dropped, and envelopes as a lying relay treats
// them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "tests/support/fault_proxy/envelope_liar.h"
#include "tests/support/fault_proxy/faults.h"

namespace culvert::test {

class FrameRewriter {
  public:
    // `on_fault`: told what was done to which message, or which envelope ("edit", 17).
    using OnFault = std::function<void(const std::string& what, std::uint64_t number)>;
    explicit FrameRewriter(OnFault on_fault) : on_fault_(std::move(on_fault)), liar_(on_fault_) {}

    std::string pass(std::string_view bytes, const LaneFaults& faults);

  private:
    struct Frame {
        bool fin = true;
        unsigned opcode = 0;
        bool masked = false;
        std::string payload;
    };
    std::optional<Frame> next_frame();
    void message(Frame frame, const LaneFaults& faults, std::string& out);
    void report(const char* what);
    std::string encoded(const Frame& message, std::uint64_t frame_bytes);
    void append_frame(std::string& out, bool fin, unsigned opcode, bool masked, std::string_view payload);

    const OnFault on_fault_;
    EnvelopeLiar liar_;
    std::string input_;
    std::optional<Frame> message_;  // whose fragments are coming
    std::optional<Frame> delayed_;  // goes behind the next one
    std::uint64_t messages_ = 0;
    std::uint64_t faults_done_ = 0;
    bool opaque_ = false;  // not frames after all, or larger than we look at: passed on as it is
    std::mt19937 masks_{20260101};
};

}  // namespace culvert::test
