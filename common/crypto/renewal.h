// A certificate is renewed at two thirds of its life, for the same key and so under the same id: sessions and runs do
// not notice. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/crypto/identity.h"

namespace culvert::crypto {

// From this instant on it is to be renewed.
WallTime renewal_due(const Member& member);

// "expires 2026-05-30, in 9 d"; "expired 2026-05-30, 2 h ago".
std::string expiry_text(WallTime not_after, WallTime now);

// PKCS #10 for the identity's own key and name.
std::string renewal_request(const Identity& identity);

// `present` with the certificate that a controller sent. Unauthorized unless it is of this mesh, for the same key, name
// and role, and ends later.
Result<Identity> renewed_identity(const Identity& present, std::string_view certificate_der, const MeshTrust& trust);

// Puts `renewed` where `present` was loaded from, in one step. InvalidInput: the file holds another identity by now,
// which stays.
Status replace_identity_file(const std::string& file, const Identity& present, const Identity& renewed);

}  // namespace culvert::crypto
