#include "controller/enrol/renewal_desk.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/base/wall_time.h"
#include "common/crypto/node_key.h"
#include "common/crypto/renewal.h"
#include "controller/enrol/add_controller.h"
#include "controller/enrol/invite_book.h"

namespace culvert::controller::enrol {
namespace {

constexpr std::size_t kLongestQuoted = 64;
// A request of a controller passes a relay, which may repeat it.
constexpr Duration kControllerPause = std::chrono::minutes(10);

tl::unexpected<Error> revoked(const crypto::Member& shown) {
    return fail(
        Code::Unauthorized,
        fmt::format("the certificate of {} was revoked; to come back it must join with a new token", shown.name));
}

}  // namespace

Result<std::string> RenewalDesk::renew(const crypto::Member& shown, std::string_view signing_request) {
    if (const Status good = check(shown, signing_request); !good) return tl::unexpected<Error>(good.error());
    if (shown.role == Role::Agent) return renew_agent(shown, signing_request);
    if (const Status good = check_controller(shown, false); !good) return tl::unexpected<Error>(good.error());
    return renew_controller(shown, signing_request);
}

Result<std::string> RenewalDesk::renew_own(const crypto::Identity& own) {
    if (const Status good = check_revoked(own.member()); !good) return tl::unexpected<Error>(good.error());
    if (const Status good = check_controller(own.member(), true); !good) return tl::unexpected<Error>(good.error());
    return renew_controller(own.member(), crypto::renewal_request(own));
}

Status RenewalDesk::check(const crypto::Member& shown, std::string_view signing_request) const {
    if (shown.mesh != ca_.mesh())
        return fail(Code::Unauthorized,
                    fmt::format("{} is of mesh {}, this is {}", shown.name, shown.mesh, ca_.mesh()));
    const WallTime now = clock_.wall_now();
    if (shown.not_after <= now) {
        return fail(Code::Unauthorized, fmt::format("the certificate of {} expired {}; it must join again", shown.name,
                                                    utc_text(shown.not_after)));
    }
    if (now < crypto::renewal_due(shown)) {
        return fail(Code::InvalidInput, fmt::format("the certificate of {} is renewed from {} on, by this clock ({})",
                                                    shown.name, utc_text(crypto::renewal_due(shown)), utc_text(now)));
    }
    const auto request = crypto::read_signing_request(signing_request);
    if (!request) return tl::unexpected<Error>(request.error());
    if (request->id != shown.id || request->name != shown.name) {
        return fail(Code::Unauthorized,
                    fmt::format("{} ({}) asked for a certificate for {} ({})", shown.name, short_id(shown.id),
                                excerpt(request->name, kLongestQuoted), short_id(request->id)));
    }
    return check_revoked(shown);
}

Status RenewalDesk::check_revoked(const crypto::Member& shown) const {
    const auto list = store_.revocations();
    if (!list) return tl::unexpected<Error>(list.error());
    if (list->empty()) return {};
    const auto parsed = crypto::parse_revocations(*list);
    if (!parsed) return tl::unexpected<Error>(parsed.error());
    const bool found = std::any_of(parsed->revocations.begin(), parsed->revocations.end(),
                                   [&shown](const crypto::Revocation& one) { return one.serial == shown.serial; });
    if (found) return revoked(shown);
    return {};
}

Result<std::string> RenewalDesk::renew_agent(const crypto::Member& shown, std::string_view signing_request) {
    const auto latest = store_.find_agent(shown.name);
    if (!latest) return tl::unexpected<Error>(latest.error());
    if (!*latest) {
        return fail(Code::Unauthorized,
                    fmt::format("{} was not enrolled with this store; its own controller renews it", shown.name));
    }
    EnrolledAgent agent = **latest;
    if (agent.revoked) return revoked(shown);
    if (agent.id != shown.id)
        return fail(Code::Unauthorized,
                    fmt::format("the name {} belongs to another key since {}", shown.name, utc_text(agent.enrolled)));
    // Asked before, and the reply got lost; or another controller's process was asked as well.
    if (agent.expires > shown.not_after) return agent.certificate_der;
    if (!spend()) return fail(Code::Overloaded, "many certificates are renewed just now; ask later");
    crypto::NodeGrant grant{.name = shown.name, .role = Role::Agent, .ephemeral = shown.ephemeral};
    if (grant.ephemeral) grant.life = kEphemeralLife;
    const auto issued = ca_.issue(signing_request, grant, clock_);
    if (!issued) return tl::unexpected<Error>(issued.error());
    agent.invite = kNoInvite;
    agent.serial = issued->member.serial;
    agent.certificate_der = issued->der;
    agent.enrolled = from_unix_seconds(unix_seconds(clock_.wall_now()));
    agent.expires = issued->member.not_after;
    if (const Status added = store_.add_renewal(agent); !added) return tl::unexpected<Error>(added.error());
    return issued->der;
}

Status RenewalDesk::check_controller(const crypto::Member& shown, bool own) const {
    const auto known = store_.controllers();
    if (!known) return tl::unexpected<Error>(known.error());
    const WallTime now = clock_.wall_now();
    for (const IssuedController& one : *known) {
        if (one.id != shown.id) continue;
        if (one.revoked) return revoked(shown);
        if (!own && one.expires > shown.not_after && one.issued + kControllerPause > now)
            return fail(Code::Overloaded,
                        fmt::format("{} was given a certificate a moment ago; ask later", shown.name));
    }
    return {};
}

Result<std::string> RenewalDesk::renew_controller(const crypto::Member& shown, std::string_view signing_request) {
    if (!spend()) return fail(Code::Overloaded, "many certificates are renewed just now; ask later");
    const auto issued = ca_.issue(signing_request, {.name = shown.name, .role = Role::Controller}, clock_);
    if (!issued) return tl::unexpected<Error>(issued.error());
    for (const crypto::Member* member : {&shown, &issued->member}) {
        if (const Status added = store_.add_controller(issued_controller(*member)); !added)
            return tl::unexpected<Error>(added.error());
    }
    return issued->der;
}

bool RenewalDesk::spend() {
    const SteadyTime now = clock_.steady_now();
    if (now - second_ >= std::chrono::seconds(1)) {
        second_ = now;
        in_second_ = 0;
    }
    return ++in_second_ <= kMostPerSecond;
}

}  // namespace culvert::controller::enrol
