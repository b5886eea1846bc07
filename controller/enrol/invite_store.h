// What the controller remembers about invites and about the agents it enrolled. Implemented on SQLite in
// controller/store; in memory for tests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/node_id.h"
#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/crypto/join_token.h"

namespace culvert::controller::enrol {

struct Invite {
    crypto::InviteId id;
    Secret secret;  // 32 octets; the store's file is readable by its owner only
    std::map<std::string, std::string> labels;
    WallTime created, expires;  // whole seconds
    std::uint32_t uses = 1;     // how many agents it may enrol
    bool ephemeral = false;
    std::optional<WallTime> withdrawn;

    friend bool operator==(const Invite&, const Invite&) = default;
};

// A renewed certificate belongs to no invite: it spends none.
inline constexpr crypto::InviteId kNoInvite{};

// One certificate given to one agent. The latest of a name is that agent's.
struct EnrolledAgent {
    std::string name;
    NodeId id;
    crypto::InviteId invite;
    std::map<std::string, std::string> labels;
    std::string serial;  // hex, of the certificate
    std::string certificate_der;
    WallTime enrolled, expires;  // whole seconds; of the certificate
    bool ephemeral = false;
    std::optional<WallTime> revoked;

    friend bool operator==(const EnrolledAgent&, const EnrolledAgent&) = default;
};

// One certificate given to one controller.
struct IssuedController {
    std::string name;
    NodeId id;
    std::string serial;        // hex, of the certificate
    WallTime issued, expires;  // whole seconds; of the certificate
    std::optional<WallTime> revoked;

    friend bool operator==(const IssuedController&, const IssuedController&) = default;
};

class InviteStore {
  public:
    virtual ~InviteStore() = default;

    virtual Status add_invite(const Invite& invite) = 0;
    virtual Result<std::optional<Invite>> find_invite(const crypto::InviteId& id) const = 0;
    virtual Result<std::vector<Invite>> invites() const = 0;  // by creation, oldest first
    virtual Status withdraw_invite(const crypto::InviteId& id, WallTime at) = 0;

    // One transaction: adds the agent (an earlier one of the same name is kept for the record) and so spends one use of
    // its invite. Overloaded, with nothing changed, when the invite has no use left.
    virtual Status add_agent(const EnrolledAgent& agent) = 0;
    // Another certificate of the same agent; agent.invite is kNoInvite.
    virtual Status add_renewal(const EnrolledAgent& agent) = 0;
    virtual Result<std::optional<EnrolledAgent>> find_agent(
        const std::string& name) const = 0;                         // the latest of that name
    virtual Result<std::vector<EnrolledAgent>> agents() const = 0;  // the latest of each name, by name
    virtual Result<std::vector<EnrolledAgent>> agents_of(
        const crypto::InviteId& id) const = 0;                                // by enrolment, oldest first
    virtual Status mark_revoked(const std::string& serial, WallTime at) = 0;  // of an agent or a controller

    // Adding one that is there already is no error and changes nothing.
    virtual Status add_controller(const IssuedController& controller) = 0;
    virtual Result<std::vector<IssuedController>> controllers() const = 0;  // by name, then by issue, oldest first

    // The mesh's present revocation list (DER); empty: none yet.
    virtual Result<std::string> revocations() const = 0;
    virtual Status set_revocations(const std::string& crl_der) = 0;
};

}  // namespace culvert::controller::enrol
