// Who a node is on the wire: the first 16 bytes of SHA-256 over its public key (SubjectPublicKeyInfo), so an id cannot
// be chosen and needs no registry.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace culvert {

struct NodeId {
    std::array<std::uint8_t, 16> bytes{};

    friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

std::string to_string(const NodeId& id);  // 32 hex digits; short_id: the first 8
std::string short_id(const NodeId& id);

// One process of a node. An agent always uses instance 0, so that its newest link wins; every controller process draws
// a random one, so that `culvert run` and `culvert agents` of one identity live side by side.
struct Address {
    NodeId node;
    std::uint64_t instance = 0;

    friend auto operator<=>(const Address&, const Address&) = default;
};

enum class Role : std::uint8_t { Agent = 1, Controller = 2 };

}  // namespace culvert

template <>
struct std::hash<culvert::Address> {
    std::size_t operator()(const culvert::Address& address) const noexcept;
};
