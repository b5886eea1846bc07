// Envelopes on their way to the relay, as batches: each envelope joins the last batch until that is full, so the longer
// the queue, the fewer the messages.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

#include "tunnel/envelope/envelope.h"

namespace culvert::tunnel::link {

class SendQueue {
  public:
    explicit SendQueue(std::size_t capacity) : capacity_(capacity) {}

    // False: full; nothing was taken.
    bool push(const envelope::Envelope& envelope) {
        const std::size_t size = envelope::kHeaderSize + envelope.body.size();
        if (bytes_ + size > capacity_) return false;
        if (batches_.empty() || batches_.back().size() + size > envelope::kBatchTarget) batches_.emplace_back();
        envelope::append_to(batches_.back(), envelope);
        bytes_ += size;
        return true;
    }
    // The oldest batch; not when empty().
    std::string pop() {
        std::string batch = std::move(batches_.front());
        batches_.pop_front();
        bytes_ -= batch.size();
        return batch;
    }
    bool empty() const { return batches_.empty(); }
    std::size_t bytes() const { return bytes_; }

  private:
    const std::size_t capacity_;
    std::deque<std::string> batches_;
    std::size_t bytes_ = 0;
};

}  // namespace culvert::tunnel::link
