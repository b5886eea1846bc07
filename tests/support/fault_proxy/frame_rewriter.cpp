#include "tests/support/fault_proxy/frame_rewriter.h"

#include <algorithm>
#include <utility>

namespace culvert::test {
namespace {

constexpr std::uint64_t kLargestFrame = 16 << 20;
constexpr unsigned kContinuation = 0, kBinary = 2, kFirstControl = 8;

bool due(std::uint64_t every, std::uint64_t number) {
    return every != 0 && (number - 1) % every == 0;
}

}  // namespace

std::string FrameRewriter::pass(std::string_view bytes, const LaneFaults& faults) {
    if (opaque_) return std::string(bytes);
    input_ += bytes;
    std::string out;
    while (auto frame = next_frame()) {
        if (frame->opcode >= kFirstControl) {
            append_frame(out, true, frame->opcode, frame->masked, frame->payload);
            continue;
        }
        if (frame->opcode == kContinuation && message_) {
            message_->payload += frame->payload;
        } else {
            message_ = Frame{true, frame->opcode, frame->masked, frame->payload};
        }
        if (!frame->fin) continue;
        message(*std::exchange(message_, std::nullopt), faults, out);
    }
    if (opaque_) out += std::exchange(input_, {});
    return out;
}

std::optional<FrameRewriter::Frame> FrameRewriter::next_frame() {
    const auto byte = [this](std::size_t i) { return static_cast<unsigned char>(input_[i]); };
    if (input_.size() < 2) return std::nullopt;
    Frame frame{(byte(0) & 0x80U) != 0, byte(0) & 0x0fU, (byte(1) & 0x80U) != 0, {}};
    std::uint64_t length = byte(1) & 0x7fU;
    const std::size_t length_bytes = length == 126 ? 2 : length == 127 ? 8 : 0;
    std::size_t at = 2 + length_bytes;
    if (input_.size() < at + (frame.masked ? 4U : 0U)) return std::nullopt;
    if (length_bytes != 0) {
        length = 0;
        for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | byte(2 + i);
    }
    if (length > kLargestFrame || (message_ && message_->payload.size() > kLargestFrame)) {
        opaque_ = true;
        return std::nullopt;
    }
    const std::size_t mask_at = at;
    if (frame.masked) at += 4;
    if (input_.size() < at + length) return std::nullopt;
    frame.payload = input_.substr(at, length);
    if (frame.masked) {
        for (std::size_t i = 0; i < frame.payload.size(); ++i)
            frame.payload[i] = static_cast<char>(frame.payload[i] ^ input_[mask_at + i % 4]);
    }
    input_.erase(0, at + length);
    return frame;
}

void FrameRewriter::message(Frame frame, const LaneFaults& faults, std::string& out) {
    if (frame.opcode == kBinary && !frame.payload.empty()) {
        frame.payload = liar_.pass(frame.payload, faults.envelopes);
        if (frame.payload.empty()) return;
    }
    const MessageFaults& wrong = faults.messages;
    ++messages_;
    const std::uint64_t number = messages_ > wrong.skip ? messages_ - wrong.skip : 0;
    const auto is_due = [number, left = faults_done_ < wrong.times](std::uint64_t every) {
        return left && number != 0 && due(every, number);
    };
    if (is_due(wrong.drop_every)) return report("drop");
    if (is_due(wrong.edit_every) && !frame.payload.empty()) {
        // Not its own inverse: a message may pass here twice, on the tunnels of its sender and of its receiver.
        frame.payload.back() = static_cast<char>(frame.payload.back() + 1);
        report("edit");
    }
    if (is_due(wrong.reorder_every) && !delayed_) {
        report("reorder");
        delayed_ = std::move(frame);
        return;
    }
    out += encoded(frame, faults.frame_bytes);
    if (is_due(wrong.replay_every)) {
        report("replay");
        out += encoded(frame, faults.frame_bytes);
    }
    if (delayed_) out += encoded(*std::exchange(delayed_, std::nullopt), faults.frame_bytes);
}

void FrameRewriter::report(const char* what) {
    ++faults_done_;
    on_fault_(what, messages_);
}

std::string FrameRewriter::encoded(const Frame& message, std::uint64_t frame_bytes) {
    std::string out;
    std::string_view rest = message.payload;
    unsigned opcode = message.opcode;
    while (frame_bytes != 0 && rest.size() > frame_bytes) {
        append_frame(out, false, opcode, message.masked, rest.substr(0, frame_bytes));
        rest.remove_prefix(frame_bytes);
        opcode = kContinuation;
    }
    append_frame(out, true, opcode, message.masked, rest);
    return out;
}

void FrameRewriter::append_frame(std::string& out, bool fin, unsigned opcode, bool masked, std::string_view payload) {
    const std::uint64_t size = payload.size();
    const unsigned mask_bit = masked ? 0x80U : 0U;
    out += static_cast<char>((fin ? 0x80U : 0U) | opcode);
    if (size < 126) {
        out += static_cast<char>(mask_bit | static_cast<unsigned>(size));
    } else {
        const bool wide = size > 0xffff;
        out += static_cast<char>(mask_bit | (wide ? 127U : 126U));
        for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
    }
    if (!masked) {
        out += payload;
        return;
    }
    const std::uint32_t mask = static_cast<std::uint32_t>(masks_());
    std::string key;
    for (int shift = 24; shift >= 0; shift -= 8) key += static_cast<char>(mask >> shift & 0xff);
    out += key;
    for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ key[i % 4]);
}

}  // namespace culvert::test
