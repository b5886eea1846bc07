// How a controller that does not hold the mesh CA asks one that does, through a relay that both distrust: as the body
// of a Join envelope that is told from a newcomer's join by its first octet. The request is signed by the asker's key,
// the answer is a certificate, which the mesh CA has signed.
//
//   request := 'R' version:u8(=1) sent:u64be(Unix seconds) certificate:text signing_request:text signature:text
//   reply   := 'R' version:u8(=1) certificate:text refusal:text          one of them is empty
//   text    := length:u16be octet[length]
//
// The signature (Ed25519) is over "culvert renewal 1" and everything before it.
#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/crypto/identity.h"

namespace culvert::crypto {

struct RenewalQuestion {
    Member shown;  // verified: of this mesh, good now, and its key has signed the question
    std::string signing_request;
};

struct RenewalAnswer {
    std::string certificate_der;
    std::string refusal;  // said by whoever answered, perhaps by the relay: for the log
};

// Whether this body of Join or JoinReply is one of ours.
bool is_renewal(std::string_view body);

Result<std::string> encode_renewal_question(const Identity& asker, WallTime now);
// Unauthorized: not a member in good standing, or signed too long ago (a relay may have kept it).
Result<RenewalQuestion> open_renewal_question(std::string_view body, const MeshTrust& trust, WallTime now);

std::string encode_renewal_answer(const RenewalAnswer& answer);
Result<RenewalAnswer> parse_renewal_answer(std::string_view body);

}  // namespace culvert::crypto
