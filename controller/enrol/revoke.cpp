#include "controller/enrol/revoke.h"

#include <fmt/format.h>

#include "common/base/name.h"
#include "common/base/text.h"
#include "common/base/wall_time.h"

namespace culvert::controller::enrol {
namespace {

// Certificates of `name` that would still be believed.
Result<std::vector<EnrolledAgent>> good_certificates(const std::string& name, const InviteStore& store, WallTime now) {
    const auto invites = store.invites();
    if (!invites) return tl::unexpected<Error>(invites.error());
    std::vector<EnrolledAgent> good;
    for (const Invite& invite : *invites) {
        const auto agents = store.agents_of(invite.id);
        if (!agents) return tl::unexpected<Error>(agents.error());
        for (const EnrolledAgent& agent : *agents) {
            if (agent.name == name && !agent.revoked && agent.expires > now) good.push_back(agent);
        }
    }
    return good;
}

tl::unexpected<Error> unknown_agent(const std::string& name, const InviteStore& store) {
    std::string hint = "culvert agents lists them";
    if (const auto agents = store.agents()) {
        std::vector<std::string_view> names;
        for (const EnrolledAgent& agent : *agents) names.push_back(agent.name);
        if (const auto near = closest(name, names)) hint = fmt::format("did you mean {}?", *near);
    }
    return fail(Code::InvalidInput,
                fmt::format("no agent \"{}\" was enrolled here; {}", excerpt(name, kLongestName), hint));
}

}  // namespace

Result<RevokedAgent> revoke_agent(const std::string& name, const crypto::MeshCa& ca, InviteStore& store,
                                  const Clock& clock) {
    const WallTime now = from_unix_seconds(unix_seconds(clock.wall_now()));
    const auto latest = store.find_agent(name);
    if (!latest) return tl::unexpected<Error>(latest.error());
    if (!*latest) return unknown_agent(name, store);
    const auto good = good_certificates(name, store, now);
    if (!good) return tl::unexpected<Error>(good.error());
    if (good->empty()) {
        if ((*latest)->revoked)
            return fail(Code::InvalidInput, fmt::format("{} was revoked on {}", name, utc_text(*(*latest)->revoked)));
        return fail(Code::InvalidInput, fmt::format("the certificate of {} expired on {}; there is nothing to revoke",
                                                    name, utc_text((*latest)->expires)));
    }
    RevokedAgent revoked{.agent = **latest, .serials = {}, .crl_der = {}};
    for (const EnrolledAgent& agent : *good) revoked.serials.push_back(agent.serial);
    const auto previous = store.revocations();
    if (!previous) return tl::unexpected<Error>(previous.error());
    auto crl = ca.revoke(*previous, revoked.serials, clock);
    if (!crl) return tl::unexpected<Error>(crl.error());
    revoked.crl_der = std::move(*crl);
    // The list first: if the rest fails, the next attempt finds the certificates unmarked and completes the work.
    if (const Status stored = store.set_revocations(revoked.crl_der); !stored)
        return tl::unexpected<Error>(stored.error());
    for (const std::string& serial : revoked.serials) {
        if (const Status marked = store.mark_revoked(serial, now); !marked)
            return tl::unexpected<Error>(marked.error());
    }
    revoked.agent.revoked = now;
    return revoked;
}

}  // namespace culvert::controller::enrol
