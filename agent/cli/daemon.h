// culvert-agent run: one agent on one loop, wired from agent.yaml.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/run/engine_factory.h"
#include "agent/session/agent_service.h"
#include "agent/session/certificate_keeper.h"
#include "agent/session/cpu_meter.h"
#include "agent/spool/spool.h"
#include "common/base/exit_code.h"
#include "common/config/node_config.h"
#include "common/crypto/identity.h"
#include "common/net/loop.h"
#include "tunnel/link/uplink.h"
#include "tunnel/session/session.h"

namespace culvert::agent::cli {

class Daemon {
  public:
    // Everything that can be wrong before the first dial is. State lies beside the configuration file: spool.sqlite,
    // files/, proxy-credentials, pac-copy.
    static Result<std::unique_ptr<Daemon>> create(net::Loop& loop, const config::AgentConfig& config,
                                                  run::EngineFactory engines);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    void start();
    // First call: gracefully; second: at once. Ends with Loop::stop().
    void stop();
    // Why the loop was stopped without stop(): the relay will never have us.
    ExitCode exit_code() const { return exit_code_; }
    const crypto::Member& member() const { return identity_.member(); }

  private:
    Daemon(net::Loop& loop, crypto::Identity identity, crypto::MeshTrust trust, std::unique_ptr<spool::Spool> spool);
    Status wire(const config::AgentConfig& config, run::EngineFactory engines, run::FileStore files);
    void link_up(const tunnel::link::LinkInfo& info);
    void link_down(const Error& why, std::optional<Duration> retry_in);
    void leave();

    net::Loop& loop_;
    crypto::Identity identity_;  // replaced when it is renewed
    crypto::MeshTrust trust_;
    const std::unique_ptr<spool::Spool> spool_;
    session::CpuMeter cpu_;
    // Destroyed in reverse: the uplink speaks to the endpoint, sessions to the service, and their stores lie in the
    // spool.
    std::unique_ptr<session::AgentService> service_;
    std::unique_ptr<tunnel::session::Scheduler> scheduler_;
    std::unique_ptr<session::CertificateKeeper> keeper_;
    std::unique_ptr<tunnel::session::Endpoint> endpoint_;
    std::unique_ptr<tunnel::link::Uplink> uplink_;
    bool stopping_ = false;
    ExitCode exit_code_ = ExitCode::Ok;
};

}  // namespace culvert::agent::cli
