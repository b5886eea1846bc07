#include <random>
#include <utility>

#include "tunnel/session/agent_endpoint.h"
#include "tunnel/session/controller_endpoint.h"
#include "tunnel/session/session.h"

namespace culvert::tunnel::session {
namespace {

std::uint64_t unpredictable() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

std::unique_ptr<Endpoint> Endpoint::create(net::Loop& loop, const crypto::Identity& identity, crypto::MeshTrust& trust,
                                           Role role, SessionLimits limits, Handlers handlers, StoreMaker stores) {
    EndpointParts parts;
    parts.scheduler = std::make_unique<LoopScheduler>(loop);
    parts.channels.client = [&identity, &trust](NodeId peer, channel::ChannelEvents events) {
        return channel::Channel::client(identity, trust, peer, std::move(events));
    };
    parts.channels.server = [&identity, &trust](channel::ChannelEvents events) {
        return channel::Channel::server(identity, trust, std::move(events));
    };
    parts.limits = limits;
    parts.handlers = std::move(handlers);
    parts.stores = std::move(stores);
    parts.revocations_in_force = [&trust](std::string_view crl) { return trust.revocations_der() == crl; };
    parts.revoked = [&trust](std::string_view serial) { return trust.revoked(serial); };
    parts.self = identity.member().id;
    parts.seed = unpredictable();
    if (role == Role::Controller) return std::make_unique<ControllerEndpoint>(std::move(parts));
    return std::make_unique<AgentEndpoint>(std::move(parts));
}

}  // namespace culvert::tunnel::session
