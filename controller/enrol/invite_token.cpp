#include "common/crypto/hex.h"
#include "controller/enrol/invite_book.h"

namespace culvert::controller::enrol {

Result<std::string> token_for(const Invite& invite, const crypto::MeshCa& ca, const std::vector<std::string>& relays,
                              const std::optional<std::string>& web_pin_hex) {
    crypto::JoinToken token;
    token.mesh = ca.mesh();
    token.relays = relays;
    token.mesh_ca_sha256 = ca.sha256();
    token.invite = invite.id;
    token.secret = invite.secret;
    token.expires = invite.expires;
    if (web_pin_hex) {
        auto pin = crypto::from_hex(*web_pin_hex);
        if (!pin) return fail(Code::InvalidInput, "tunnel.pin_sha256 is not 64 hex digits");
        token.web_pin = std::move(*pin);
    }
    return crypto::format_join_token(token);
}

}  // namespace culvert::controller::enrol
