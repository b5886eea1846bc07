#include "tunnel/session/unacked_store.h"

#include "common/base/check.h"

namespace culvert::tunnel::session {

Status MemoryStore::append(std::uint64_t number, std::string_view message) {
    if (messages_.empty()) first_ = number;
    CULVERT_CHECK(number == first_ + messages_.size());
    messages_.emplace_back(message);
    return {};
}

Result<std::string> MemoryStore::read(std::uint64_t number) {
    CULVERT_CHECK(number >= first_ && number - first_ < messages_.size());
    return messages_[static_cast<std::size_t>(number - first_)];
}

void MemoryStore::drop_up_to(std::uint64_t number) {
    while (!messages_.empty() && first_ <= number) {
        messages_.pop_front();
        ++first_;
    }
}

}  // namespace culvert::tunnel::session
