#include "common/base/node_id.h"

#include <cstring>

#include "common/base/text.h"

namespace culvert {

std::string to_string(const NodeId& id) {
    return to_hex(id.bytes);
}
std::string short_id(const NodeId& id) {
    return to_hex(id.bytes).substr(0, 8);
}

}  // namespace culvert

std::size_t std::hash<culvert::Address>::operator()(const culvert::Address& address) const noexcept {
    // The id is a piece of a SHA-256: any 8 bytes of it are already well spread.
    std::uint64_t head = 0;
    std::memcpy(&head, address.node.bytes.data(), sizeof head);
    return static_cast<std::size_t>(head ^ (address.instance * 0x9e3779b97f4a7c15ULL));
}
