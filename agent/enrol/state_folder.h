// The folder an agent lives in: what a join finds there and what it leaves. identity.pem is the agent; agent.yaml
// belongs to its owner once it is written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/enrol/join_attempt.h"
#include "common/base/result.h"
#include "common/config/node_config.h"
#include "common/crypto/identity.h"
#include "common/crypto/join_token.h"

namespace culvert::agent::enrol {

// What the operator says on the command line of join.
struct JoinOptions {
    std::string name;  // config::host_name() if not said
    std::optional<double> weight;
    std::vector<std::string> allow;     // charter.targets
    config::ProxyConfig proxy;          // paths absolute
    std::vector<std::string> extra_ca;  // absolute
};

// The identity in the folder, if there is one. An error: there is one that cannot be used.
Result<std::optional<crypto::Identity>> find_identity(const std::string& folder);

// Whether a join with this token may go on here. Unauthorized: the folder belongs to another mesh. The folder is made
// if missing (0700).
Status prepare_folder(const std::string& folder, const crypto::JoinToken& token);

// The key of a join that was begun in this folder and did not end, else a new one; kept (0600) until save_enrolment. An
// attempt that breaks off after the controller has signed, for a wrong clock or a lost reply, can so be made again with
// the same token.
Result<crypto::NodeKey> joining_key(const std::string& folder);

struct JoinFiles {
    std::string identity_file;
    std::string config_file;
    bool config_kept = false;  // agent.yaml was there before and stays as its owner wrote it
};

// identity.pem (0600) and, unless there is one, agent.yaml; the joining key is then in the identity only.
Result<JoinFiles> save_enrolment(const std::string& folder, const Enrolled& enrolled, const crypto::JoinToken& token,
                                 const JoinOptions& options);

// As save_enrolment writes it; also for the dial before there is an agent.yaml.
config::AgentConfig agent_config_of(const crypto::JoinToken& token, const JoinOptions& options);

}  // namespace culvert::agent::enrol
