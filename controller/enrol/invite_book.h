// Invites: who may join, made and withdrawn by an operator, spent by agents. Answers the joins that a relay brings. An
// invite is spent only when the certificate was issued and remembered. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/units.h"
#include "common/crypto/join_message.h"
#include "common/crypto/join_token.h"
#include "common/crypto/mesh_ca.h"
#include "common/crypto/node_key.h"
#include "controller/enrol/invite_store.h"

namespace culvert::controller::enrol {

inline constexpr Duration kShortestInvite = std::chrono::minutes{1};
inline constexpr Duration kLongestInvite = std::chrono::hours{24} * 30;
inline constexpr std::uint32_t kMostUses = 10'000;
// Ephemeral agents come and go by themselves; so do their certificates.
inline constexpr Duration kEphemeralLife = std::chrono::hours{24} * 7;

struct InviteOptions {
    std::map<std::string, std::string> labels;
    Duration life = std::chrono::hours{24};
    std::uint32_t uses = 1;
    bool ephemeral = false;
};

enum class InviteState { Open, Spent, Expired, Withdrawn };

struct InviteSummary {
    Invite invite;
    InviteState state = InviteState::Open;
    std::vector<std::string> used_by;  // names, oldest first
};

// What became of one join.
struct JoinOutcome {
    std::string reply_body;              // of the JoinReply envelope
    std::string name;                    // that the agent asked for; not to be believed when refused
    std::optional<EnrolledAgent> agent;  // enrolled
    bool again = false;                  // enrolled before: the same key asked once more, nothing was spent
    std::optional<crypto::JoinRefused> refused;
};

class InviteBook {
  public:
    // Whether a node is connected just now: the name of an ephemeral agent is free again when it is not. Not given:
    // never free before its certificate ends.
    using IsOnline = std::function<bool(const NodeId&)>;
    // All outlive the book.
    InviteBook(const crypto::MeshCa& ca, InviteStore& store, const Clock& clock, IsOnline is_online = {});

    Result<Invite> create(const InviteOptions& options);
    Result<std::vector<InviteSummary>> list() const;
    // `id`: whole, or the beginning of one. InvalidInput: none or several begin so, or it is spent already.
    Result<Invite> withdraw(std::string_view id);
    // InvalidInput: not a join at all; nothing is to be answered.
    Result<JoinOutcome> answer(std::string_view join_body);

  private:
    struct Asked {
        crypto::JoinRequest request;
        crypto::SigningRequest signing;
        Invite invite;
        std::vector<EnrolledAgent> used_by;
    };
    using Refusal = std::optional<crypto::JoinRefused>;

    Refusal refuse_invite(const Asked& asked) const;
    Result<Refusal> refuse_name(const Asked& asked) const;
    Result<JoinOutcome> answer_proven(const Asked& asked, std::string_view join_body);
    Result<EnrolledAgent> enrol(const Asked& asked);

    const crypto::MeshCa& ca_;
    InviteStore& store_;
    const Clock& clock_;
    const IsOnline is_online_;
};

InviteState state_of(const Invite& invite, std::size_t used, WallTime now);
const char* to_string(InviteState state);

// The token to paste on the new host. `web_pin_hex`: of a self-signed relay (tunnel.pin_sha256).
Result<std::string> token_for(const Invite& invite, const crypto::MeshCa& ca, const std::vector<std::string>& relays,
                              const std::optional<std::string>& web_pin_hex);

}  // namespace culvert::controller::enrol
