#include "controller/enrol/revoke.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/base/name.h"
#include "common/base/text.h"
#include "common/base/wall_time.h"

namespace culvert::controller::enrol {
namespace {

struct Certificate {
    Role role = Role::Agent;
    std::string name;
    NodeId id;
    std::string serial;
    WallTime expires;
    std::optional<WallTime> revoked;
};

// Every certificate that this controller gave, those of one name oldest first.
Result<std::vector<Certificate>> all_certificates(const InviteStore& store) {
    std::vector<Certificate> all;
    const auto invites = store.invites();
    if (!invites) return tl::unexpected<Error>(invites.error());
    std::vector<crypto::InviteId> ids;
    for (const Invite& invite : *invites) {
        if (invite.id != kNoInvite) ids.push_back(invite.id);
    }
    ids.push_back(kNoInvite);  // renewed ones, the newest
    for (const crypto::InviteId& id : ids) {
        const auto agents = store.agents_of(id);
        if (!agents) return tl::unexpected<Error>(agents.error());
        for (const EnrolledAgent& agent : *agents)
            all.push_back({Role::Agent, agent.name, agent.id, agent.serial, agent.expires, agent.revoked});
    }
    const auto controllers = store.controllers();
    if (!controllers) return tl::unexpected<Error>(controllers.error());
    for (const IssuedController& one : *controllers)
        all.push_back({Role::Controller, one.name, one.id, one.serial, one.expires, one.revoked});
    return all;
}

bool is_fingerprint(const std::string& text) {
    return text.size() >= kShortestFingerprint && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

tl::unexpected<Error> unknown_node(const std::string& node, const std::vector<Certificate>& all) {
    std::vector<std::string_view> names;
    for (const Certificate& one : all) names.push_back(one.name);
    const auto near = closest(node, names);
    const std::string hint =
        near ? fmt::format("did you mean {}?", *near) : "culvert agents and culvert controllers list them";
    return fail(Code::InvalidInput,
                fmt::format("no node \"{}\" was enrolled here; {}", excerpt(node, kLongestName), hint));
}

const char* role_name(Role role) {
    return role == Role::Agent ? "agent" : "controller";
}

// Of one node each, or an error that says how to tell them apart.
Status only_one(const std::string& node, const std::vector<Certificate>& found, bool by_name) {
    std::set<std::pair<Role, NodeId>> nodes;
    std::string list;
    for (const Certificate& one : found) {
        // By name, the keys that an agent had one after the other are one node.
        const std::pair key{one.role, by_name ? NodeId{} : one.id};
        if (nodes.insert(key).second)
            list +=
                fmt::format("{}{} {} ({})", list.empty() ? "" : ", ", role_name(one.role), one.name, to_string(one.id));
    }
    if (nodes.size() <= 1) return {};
    return fail(Code::InvalidInput,
                fmt::format("\"{}\" is more than one node: {}; write more of its fingerprint", node, list));
}

}  // namespace

std::string described(const RevocationTarget& target) {
    return std::string(role_name(target.role)) + " " + target.name;
}

Result<RevocationTarget> find_for_revocation(const std::string& node, const InviteStore& store, WallTime now) {
    const auto all = all_certificates(store);
    if (!all) return tl::unexpected<Error>(all.error());
    std::vector<Certificate> found;
    std::copy_if(all->begin(), all->end(), std::back_inserter(found),
                 [&node](const Certificate& one) { return one.name == node; });
    const bool by_name = !found.empty();
    const std::string digits = to_lower_ascii(node);
    if (!by_name && is_fingerprint(digits)) {
        std::copy_if(all->begin(), all->end(), std::back_inserter(found),
                     [&digits](const Certificate& one) { return to_string(one.id).starts_with(digits); });
    }
    if (found.empty()) return unknown_node(node, *all);
    if (const Status one = only_one(node, found, by_name); !one) return tl::unexpected<Error>(one.error());

    const Certificate& latest = found.back();
    RevocationTarget target{latest.role, latest.name, latest.id, {}, latest.expires, std::nullopt};
    for (const Certificate& one : found) {
        if (one.revoked || one.expires <= now) continue;
        target.serials.push_back(one.serial);
        target.expires = std::max(target.expires, one.expires);
    }
    if (!target.serials.empty()) return target;
    target.revoked = latest.revoked;
    if (target.revoked) return target;
    return fail(Code::InvalidInput, fmt::format("the certificate of {} expired on {}; there is nothing to revoke",
                                                described(target), utc_text(latest.expires)));
}

Result<std::string> revoke(const RevocationTarget& target, const crypto::MeshCa& ca, InviteStore& store,
                           const Clock& clock) {
    const WallTime now = from_unix_seconds(unix_seconds(clock.wall_now()));
    const auto previous = store.revocations();
    if (!previous) return tl::unexpected<Error>(previous.error());
    auto crl = ca.revoke(*previous, target.serials, clock);
    if (!crl) return crl;
    // The list first: if the rest fails, the next attempt finds the certificates unmarked and completes the work.
    if (const Status stored = store.set_revocations(*crl); !stored) return tl::unexpected<Error>(stored.error());
    for (const std::string& serial : target.serials) {
        if (const Status marked = store.mark_revoked(serial, now); !marked)
            return tl::unexpected<Error>(marked.error());
    }
    return crl;
}

}  // namespace culvert::controller::enrol
