#include "tunnel/relay/node_queue.h"

#include <utility>

#include "common/base/check.h"
#include "tunnel/relay/transport.h"

namespace culvert::tunnel::relay {

bool NodeQueue::push(const envelope::Envelope& envelope, SteadyTime now) {
    std::string encoded;
    envelope::append_to(encoded, envelope);
    return push(encoded, now);
}

bool NodeQueue::push(std::string_view encoded_envelope, SteadyTime now) {
    if (bytes_ + encoded_envelope.size() > capacity_) return false;
    bytes_ += encoded_envelope.size();
    if (empty()) ++fillings_;
    if (empty() || batches_.back().bytes.size() - kHeadroom + encoded_envelope.size() > envelope::kBatchTarget) {
        Batch batch;
        batch.bytes.reserve(kHeadroom + encoded_envelope.size());
        batch.bytes.assign(kHeadroom, '\0');
        batch.bytes.append(encoded_envelope);
        batch.envelopes = 1;
        batch.queued_at = now;
        batches_.push_back(std::move(batch));
        return true;
    }
    Batch& last = batches_.back();
    if (last.envelopes == 1) last.bytes.reserve(kHeadroom + envelope::kBatchTarget);  // more will follow: grow once
    last.bytes.append(encoded_envelope);
    ++last.envelopes;
    return true;
}

NodeQueue::Batch NodeQueue::pop() {
    CULVERT_CHECK(!empty());
    Batch taken = std::move(batches_[first_]);
    ++first_;
    bytes_ -= taken.bytes.size() - kHeadroom;
    if (empty()) {
        batches_.clear();
        first_ = 0;
        if (batches_.capacity() > 4) batches_.shrink_to_fit();
    } else if (first_ >= 64 && first_ * 2 >= batches_.size()) {
        batches_.erase(batches_.begin(), batches_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
    return taken;
}

void NodeQueue::clear() {
    batches_ = {};
    first_ = 0;
    bytes_ = 0;
}

}  // namespace culvert::tunnel::relay
