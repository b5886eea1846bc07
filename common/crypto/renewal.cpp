#include "common/crypto/renewal.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/check.h"
#include "common/base/wall_time.h"
#include "common/crypto/mesh_ca.h"
#include "common/crypto/node_key.h"

namespace culvert::crypto {

WallTime renewal_due(const Member& member) {
    const WallTime issued = std::min(member.not_before + kBackdated, member.not_after);
    return issued + (member.not_after - issued) / 3 * 2;
}

std::string expiry_text(WallTime not_after, WallTime now) {
    const std::string day = utc_text(not_after).substr(0, 10);
    if (now >= not_after) return fmt::format("expired {}, {} ago", day, span_text(now - not_after));
    return fmt::format("expires {}, in {}", day, span_text(not_after - now));
}

std::string renewal_request(const Identity& identity) {
    const auto key = NodeKey::from_pem(identity.to_pem().reveal());
    CULVERT_CHECK(key.has_value());
    return key->signing_request(identity.member().name);
}

Result<Identity> renewed_identity(const Identity& present, std::string_view certificate_der, const MeshTrust& trust) {
    const Member& old = present.member();
    const auto member = trust.verify(certificate_der, old.role);
    if (!member) return fail(member.error(), "the renewed certificate");
    if (member->name != old.name || member->id != old.id || member->mesh != old.mesh) {
        return fail(Code::Unauthorized, fmt::format("the renewed certificate is for {} ({}), not for {} ({})",
                                                    member->name, short_id(member->id), old.name, short_id(old.id)));
    }
    if (member->not_after <= old.not_after)
        return fail(Code::Unauthorized, "the renewed certificate ends no later than the present one");
    const auto key = NodeKey::from_pem(present.to_pem().reveal());
    if (!key) return tl::unexpected<Error>(key.error());
    return make_identity(*key, certificate_der, present.mesh_ca_pem());
}

Status replace_identity_file(const std::string& file, const Identity& present, const Identity& renewed) {
    if (const auto there = Identity::load(file); there && there->member().serial != present.member().serial) {
        return fail(Code::InvalidInput,
                    fmt::format("{} holds another identity by now ({}); it stays, restart to use it", file,
                                there->member().name));
    }
    return renewed.save(file);
}

}  // namespace culvert::crypto
