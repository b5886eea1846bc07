#include "agent/enrol/state_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "common/config/node_config_text.h"
#include "common/crypto/hex.h"
#include "common/crypto/key_file.h"

namespace culvert::agent::enrol {
namespace {

constexpr const char* kIdentity = "identity.pem";
constexpr const char* kConfig = "agent.yaml";
constexpr const char* kJoiningKey = "joining.key";

bool exists(const std::string& file) {
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

Status make_folder(const std::string& folder) {
    std::error_code error;
    const std::filesystem::path parent = std::filesystem::path(folder).parent_path();
    if (!parent.empty()) std::filesystem::create_directories(parent, error);
    if (!error && (::mkdir(folder.c_str(), 0700) == 0 || (errno == EEXIST && std::filesystem::is_directory(folder))))
        return {};
    return fail(Code::InvalidInput,
                fmt::format("making the folder {}: {}", folder, error ? error.message() : std::strerror(errno)));
}

}  // namespace

Result<std::optional<crypto::Identity>> find_identity(const std::string& folder) {
    const std::string file = folder + "/" + kIdentity;
    if (!exists(file)) return std::optional<crypto::Identity>();
    auto identity = crypto::Identity::load(file);
    if (!identity) return tl::unexpected<Error>(identity.error());
    return std::optional<crypto::Identity>(std::move(*identity));
}

Status prepare_folder(const std::string& folder, const crypto::JoinToken& token) {
    if (Status made = make_folder(folder); !made) return made;
    const auto identity = find_identity(folder);
    if (identity && *identity && (*identity)->member().mesh != token.mesh) {
        return fail(Code::Unauthorized,
                    fmt::format("this join token is for mesh {}, this agent is {} of mesh {} ({}); for a second agent: "
                                "--state ANOTHER-FOLDER",
                                token.mesh, (*identity)->member().name, (*identity)->member().mesh, folder));
    }
    const std::string config_file = folder + "/" + kConfig;
    if (!exists(config_file)) return {};
    const auto config = config::load_agent_config(config_file);
    // One with mistakes says them itself when the agent starts.
    if (!config || config->mesh == token.mesh) return {};
    return fail(
        Code::Unauthorized,
        fmt::format("this join token is for mesh {}, {} is for mesh {}; for a second agent: --state ANOTHER-FOLDER",
                    token.mesh, config_file, config->mesh));
}

config::AgentConfig agent_config_of(const crypto::JoinToken& token, const JoinOptions& options) {
    config::AgentConfig config;
    config.mesh = token.mesh;
    config.name = options.name;
    config.weight = options.weight.value_or(config.weight);
    config.tunnel.relays = token.relays;
    config.tunnel.proxy = options.proxy;
    config.tunnel.extra_ca = options.extra_ca;
    if (token.web_pin) config.tunnel.pin_sha256 = {crypto::octets_to_hex(*token.web_pin)};
    if (!options.allow.empty()) {
        config.charter.emplace();
        config.charter->targets = options.allow;
    }
    return config;
}

Result<crypto::NodeKey> joining_key(const std::string& folder) {
    const std::string file = folder + "/" + kJoiningKey;
    if (exists(file)) {
        const auto pem = crypto::read_private_file(file);
        if (!pem) return tl::unexpected<Error>(pem.error());
        auto key = crypto::NodeKey::from_pem(*pem);
        if (!key) return fail(key.error().code, fmt::format("{}: {}; remove the file", file, key.error().message));
        return key;
    }
    crypto::NodeKey key = crypto::NodeKey::generate();
    if (const Status kept = crypto::write_file_atomically(file, key.to_pem(), crypto::Access::OwnerOnly); !kept)
        return tl::unexpected<Error>(kept.error());
    return key;
}

Result<JoinFiles> save_enrolment(const std::string& folder, const Enrolled& enrolled, const crypto::JoinToken& token,
                                 const JoinOptions& options) {
    JoinFiles files{.identity_file = folder + "/" + kIdentity, .config_file = folder + "/" + kConfig};
    files.config_kept = exists(files.config_file);
    if (const Status saved = enrolled.identity.save(files.identity_file); !saved)
        return tl::unexpected<Error>(saved.error());
    ::unlink((folder + "/" + kJoiningKey).c_str());
    if (files.config_kept) return files;
    config::AgentConfig config = agent_config_of(token, options);
    config.labels = enrolled.labels;
    if (const Status saved = crypto::write_file_atomically(files.config_file, config::render_agent_config(config),
                                                           crypto::Access::Everyone, crypto::Existing::Refuse);
        !saved) {
        return tl::unexpected<Error>(saved.error());
    }
    return files;
}

}  // namespace culvert::agent::enrol
