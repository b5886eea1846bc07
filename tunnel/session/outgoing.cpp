#include "tunnel/session/outgoing.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace culvert::tunnel::session {

Outgoing::Outgoing(std::unique_ptr<UnackedStore> store, std::size_t capacity_bytes)
    : store_(std::move(store)), capacity_bytes_(capacity_bytes) {
    CULVERT_CHECK(store_ != nullptr);
}

Status Outgoing::append(std::string_view message) {
    if (kept_bytes_ != 0 && kept_bytes_ + message.size() > capacity_bytes_) {
        return fail(Code::Overloaded,
                    "session: " + std::to_string(kept_bytes_) + " bytes wait for the peer's acknowledgement");
    }
    if (auto kept = store_->append(last_ + 1, message); !kept) return kept;
    ++last_;
    sizes_.push_back(static_cast<std::uint32_t>(message.size()));
    kept_bytes_ += message.size();
    return {};
}

Status Outgoing::resume_after(std::uint64_t received) {
    if (received < acknowledged_ || received > last_) {
        return fail(Code::InvalidInput,
                    "session: the peer claims message " + std::to_string(received) + " of " + std::to_string(last_));
    }
    drop_up_to(received);
    sent_ = acknowledged_;
    in_flight_bytes_ = 0;
    return {};
}

Status Outgoing::acknowledge(std::uint64_t received) {
    if (received > sent_) {
        return fail(Code::InvalidInput, "session: the peer acknowledges message " + std::to_string(received) +
                                            ", sent were " + std::to_string(sent_));
    }
    drop_up_to(received);
    return {};
}

Result<Outgoing::Next> Outgoing::take_unsent() {
    CULVERT_CHECK(has_unsent());
    auto message = store_->read(sent_ + 1);
    if (!message) return tl::unexpected(message.error());
    ++sent_;
    in_flight_bytes_ += message->size();
    return Next{sent_, std::move(*message)};
}

void Outgoing::drop_up_to(std::uint64_t number) {
    if (number <= acknowledged_) return;
    while (acknowledged_ < number) {
        const std::size_t size = sizes_.front();
        sizes_.pop_front();
        kept_bytes_ -= size;
        if (acknowledged_ < sent_) in_flight_bytes_ -= std::min(in_flight_bytes_, size);
        ++acknowledged_;
    }
    store_->drop_up_to(number);
}

}  // namespace culvert::tunnel::session
