// What waits for one node: envelopes, laid together into messages of up to kBatchTarget bytes as they arrive, so that a
// slow link costs few writes. Bounded; when full the caller cuts the node. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "tunnel/envelope/envelope.h"

namespace culvert::tunnel::relay {

class NodeQueue {
  public:
    struct Batch {
        std::string bytes;  // kHeadroom bytes, then the envelopes
        std::uint32_t envelopes = 0;
        SteadyTime queued_at{};  // of the first envelope
    };

    explicit NodeQueue(std::size_t capacity) : capacity_(capacity) {}
    // Before admission a link gets less.
    void set_capacity(std::size_t capacity) { capacity_ = capacity; }

    // False when full: nothing was taken.
    [[nodiscard]] bool push(const envelope::Envelope& envelope, SteadyTime now);
    [[nodiscard]] bool push(std::string_view encoded_envelope, SteadyTime now);

    bool empty() const { return first_ == batches_.size(); }
    std::size_t bytes() const { return bytes_; }
    std::size_t capacity() const { return capacity_; }
    // How often something came into the empty queue: says whether it has been empty since.
    std::uint64_t fillings() const { return fillings_; }
    // Precondition: not empty.
    Batch pop();
    void clear();

  private:
    std::size_t capacity_;
    std::vector<Batch> batches_;  // the waiting ones are [first_, end); a deque would cost an idle link half a KiB
    std::size_t first_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t fillings_ = 0;
};

}  // namespace culvert::tunnel::relay
