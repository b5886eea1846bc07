// One attempt to join a mesh, without a network: makes the body to send, and judges the reply.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/node_id.h"
#include "common/base/result.h"
#include "common/crypto/identity.h"
#include "common/crypto/join_token.h"
#include "common/crypto/node_key.h"

namespace culvert::agent::enrol {

struct Enrolled {
    crypto::Identity identity;
    std::map<std::string, std::string> labels;  // that the invite gives
    bool ephemeral = false;
};

class JoinAttempt {
  public:
    // InvalidInput: a name that cannot be one. The clock is borrowed for this call only. A controller that has signed
    // for this `key` before gives the same certificate again, at no further use of the invite.
    static Result<JoinAttempt> begin(const crypto::JoinToken& token, const std::string& name, const Clock& clock,
                                     crypto::NodeKey key = crypto::NodeKey::generate());

    // Body of the Join envelope: the same however often it is sent.
    const std::string& body() const { return body_; }
    // What this node will be called on the wire.
    NodeId id() const { return key_.id(); }
    // Judges the body of a JoinReply. Overloaded: the controller cannot sign just now, send again. InvalidInput: no
    // reply, keep waiting. Unauthorized: refused; the message says why and how to mend it.
    Result<Enrolled> finish(std::string_view reply_body, const Clock& clock) const;

  private:
    JoinAttempt(crypto::JoinToken token, std::string name, crypto::NodeKey key, std::string body)
        : token_(std::move(token)), name_(std::move(name)), key_(std::move(key)), body_(std::move(body)) {}

    crypto::JoinToken token_;
    std::string name_;
    crypto::NodeKey key_;
    std::string body_;
};

// What this machine's clock says about the token: "expired 3 h ago by this clock (…)"; empty: nothing to say. The
// controller's clock decides.
std::string expiry_warning(const crypto::JoinToken& token, const Clock& clock);

}  // namespace culvert::agent::enrol
