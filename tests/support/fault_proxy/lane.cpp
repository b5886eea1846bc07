#include "tests/support/fault_proxy/lane.h"

#include <algorithm>

namespace culvert::test {

Lane::State Lane::move(const LaneFaults& faults, SteadyTime now) {
    if (wants_to_read()) read(faults, now);
    release(faults, now);
    if (!write(faults, now)) return State::Broken;
    if (broken_) return State::Broken;
    if (!queue_.empty() || !held_.empty()) return State::Open;
    if (cut_) return State::Cut;
    return ended_ ? State::Finished : State::Open;
}

void Lane::read(const LaneFaults& faults, SteadyTime now) {
    do {
        const End::Read got = from_.read(buffer_.data(), buffer_.size());
        switch (got.got) {
            case End::Got::Nothing:
                return;
            case End::Got::Finished:
                ended_ = true;
                return;
            case End::Got::Broken:
                ended_ = broken_ = true;
                return;
            case End::Got::Bytes:
                take(std::string_view(buffer_.data(), got.count), faults, now);
        }
    } while (from_.has_decrypted_bytes() && wants_to_read());
}

void Lane::take(std::string_view bytes, const LaneFaults& faults, SteadyTime now) {
    const std::uint64_t before = read_;
    read_ += bytes.size();
    if (faults.cut_after_bytes && read_ >= *faults.cut_after_bytes) {
        cut_ = ended_ = true;
        const std::uint64_t left = *faults.cut_after_bytes > before ? *faults.cut_after_bytes - before : 0;
        bytes = bytes.substr(0, left);
    }
    if (faults.stall || (faults.stall_after_bytes && read_ > *faults.stall_after_bytes)) return;
    const std::string out = transform_ ? transform_(bytes, faults) : std::string(bytes);
    if (out.empty()) return;
    if (faults.hold_bytes == 0 && faults.hold_for == Duration::zero() && held_.empty()) {
        queue_.push_back({out, now + faults.delay});
    } else {
        if (!held_since_) held_since_ = now;
        held_ += out;
    }
    waiting_bytes_ += out.size();
}

void Lane::release(const LaneFaults& faults, SteadyTime now) {
    if (held_.empty()) return;
    const bool full = faults.hold_bytes == 0 ? faults.hold_for == Duration::zero() : held_.size() >= faults.hold_bytes;
    const bool old = faults.hold_for != Duration::zero() && now - *held_since_ >= faults.hold_for;
    if (!full && !old && !ended_) return;
    queue_.push_back({std::move(held_), now + faults.delay});
    held_.clear();
    held_since_.reset();
}

void Lane::inject(std::string bytes, SteadyTime now) {
    waiting_bytes_ += bytes.size();
    queue_.push_back({std::move(bytes), now});
}

std::size_t Lane::allowance(const LaneFaults& faults, SteadyTime now) {
    constexpr std::size_t kUnlimited = 64 << 10;
    if (faults.bandwidth == 0) return kUnlimited;
    const double rate = static_cast<double>(faults.bandwidth);
    if (budget_at_) budget_ += rate * std::chrono::duration<double>(now - *budget_at_).count();
    budget_at_ = now;
    budget_ = std::min(budget_, std::max(1.0, rate / 10));
    return static_cast<std::size_t>(budget_);
}

// False: the receiver is gone.
bool Lane::write(const LaneFaults& faults, SteadyTime now) {
    blocked_ = false;
    while (!queue_.empty() && queue_.front().due <= now) {
        Chunk& chunk = queue_.front();
        std::size_t most = std::min(chunk.bytes.size(), allowance(faults, now));
        if (faults.piece_bytes != 0) most = std::min<std::size_t>(most, faults.piece_bytes);
        if (most == 0) return true;
        const long sent = to_.write(std::string_view(chunk.bytes).substr(0, most));
        if (sent < 0) return false;
        if (sent == 0) {
            blocked_ = true;
            return true;
        }
        const auto count = static_cast<std::size_t>(sent);
        waiting_bytes_ -= count;
        if (faults.bandwidth != 0) budget_ -= static_cast<double>(count);
        if (count == chunk.bytes.size()) {
            queue_.pop_front();
        } else {
            chunk.bytes.erase(0, count);
        }
    }
    return true;
}

}  // namespace culvert::test
