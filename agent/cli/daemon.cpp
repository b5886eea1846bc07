#include "agent/cli/daemon.h"

#include <sys/utsname.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "agent/cli/tunnel_settings.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/crypto/key_file.h"

namespace culvert::agent::cli {
namespace {

// A session is kept for longer than any run keeps going without it, so that results are delivered after long outages
// too.
constexpr Duration kGiveUp = std::chrono::hours(12);

workload::Labels labels_of(const config::AgentConfig& config) {
    workload::Labels labels = config.labels;
    utsname system{};
    if (::uname(&system) == 0) {
        labels["os"] = to_lower_ascii(system.sysname);
        labels["arch"] = to_lower_ascii(system.machine);
    }
    return labels;
}

charter::Charter charter_of(const config::AgentConfig& config) {
    charter::Charter charter;  // without one in agent.yaml: nothing is allowed
    if (!config.charter) return charter;
    charter.targets = config.charter->targets;
    charter.max_rate = config.charter->max_rate;
    charter.max_users = config.charter->max_users;
    charter.engines = config.charter->engines;
    return charter;
}

Result<worker::EngineOptions> engine_options_of(const config::AgentConfig& config) {
    worker::EngineOptions options;
    options.extra_ca_files = load_extra_ca(config);
    if (config.load_proxy.source == config::ProxyConfig::Source::None) return options;
    auto proxy = load_proxy_of(config);
    if (!proxy) return tl::unexpected(proxy.error());
    options.proxy = std::move(*proxy);
    options.proxy_credential_file = load_credential_file(config);
    return options;
}

std::string rounded(Duration duration) {
    return to_string(Duration(std::chrono::ceil<std::chrono::milliseconds>(duration)));
}

// The newest list that a relay brought, so that no relay can make a restarted agent forget who is revoked.
std::string revocations_file(const config::AgentConfig& config) {
    return config.directory + "/revocations.crl";
}

void load_revocations(const std::string& file, crypto::MeshTrust& trust) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return;
    const auto list = crypto::read_public_file(file);
    const Status taken = list ? trust.update_revocations(*list) : Status(tl::unexpected<Error>(list.error()));
    if (!taken) log::warning("the revocations of earlier are not known: " + taken.error().message, {{"file", file}});
}

void save_revocations(const std::string& file, std::string_view list) {
    if (const Status saved = crypto::write_file_atomically(file, list, crypto::Access::OwnerOnly); !saved)
        log::warning("a revocation list holds now but would be forgotten at a restart: " + saved.error().message);
}

protocol::AgentHello description_of(const config::AgentConfig& config, const crypto::Member& member) {
    protocol::AgentHello hello;
    hello.name = member.name;
    hello.labels = labels_of(config);
    hello.weight = config.weight;
    hello.program_version = CULVERT_VERSION;
    hello.cores = std::max(1U, std::thread::hardware_concurrency());
    return hello;
}

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::create(net::Loop& loop, const config::AgentConfig& config,
                                               run::EngineFactory engines) {
    auto identity = crypto::Identity::load(config.identity);
    if (!identity) {
        std::error_code ignored;
        const bool missing = !std::filesystem::exists(config.identity, ignored);
        return fail(
            identity.error().code,
            identity.error().message + (missing ? "; an agent gets its identity with: culvert-agent join TOKEN" : ""));
    }
    auto trust = crypto::MeshTrust::from_pem(identity->mesh_ca_pem(), config.mesh, loop.clock());
    if (!trust) return fail(trust.error(), config.identity);
    load_revocations(revocations_file(config), *trust);
    const auto member = trust->verify(identity->certificate_der(), Role::Agent);
    if (!member) return fail(member.error(), config.identity);
    auto spool = spool::Spool::open(config.directory + "/spool.sqlite", config.on_disconnect.spool);
    if (!spool) return tl::unexpected(spool.error());
    auto files = run::FileStore::open(config.directory + "/files");
    if (!files) return tl::unexpected(files.error());

    std::unique_ptr<Daemon> daemon(new Daemon(loop, std::move(*identity), std::move(*trust), std::move(*spool)));
    if (const Status wired = daemon->wire(config, std::move(engines), std::move(*files)); !wired)
        return tl::unexpected(wired.error());
    return daemon;
}

Daemon::Daemon(net::Loop& loop, crypto::Identity identity, crypto::MeshTrust trust, std::unique_ptr<spool::Spool> spool)
    : loop_(loop), identity_(std::move(identity)), trust_(std::move(trust)), spool_(std::move(spool)) {}

Daemon::~Daemon() {
    uplink_.reset();
    endpoint_.reset();
    service_.reset();
}

Status Daemon::wire(const config::AgentConfig& config, run::EngineFactory engines, run::FileStore files) {
    auto engine_options = engine_options_of(config);
    if (!engine_options) return tl::unexpected(engine_options.error());
    auto settings = uplink_settings_of(config, config.directory);
    if (!settings) return tl::unexpected(settings.error());
    for (const spool::Leftover& left : spool_->leftovers()) {
        log::info("an earlier process of this agent left results: its controller can ask for them",
                  {{"messages", std::to_string(left.messages)}, {"controller", to_string(left.peer)}});
    }
    service_ = std::make_unique<session::AgentService>(session::AgentService::Setup{
        .scheduler = std::make_unique<tunnel::session::LoopScheduler>(loop_),
        .post = [this](std::function<void()> task) { loop_.post(std::move(task)); },
        .engines = std::move(engines),
        .charter = charter_of(config),
        .engine_options = std::move(*engine_options),
        .files = std::move(files),
        .keep_running_for = config.on_disconnect.keep_running_for,
        .description = description_of(config, identity_.member()),
        .spooled = [this] { return spool_->stored(); },
        .cpu_percent = [this] { return cpu_.percent(); },
        .proxy = [this] { return uplink_ && uplink_->info() ? uplink_->info()->route.proxy : std::string(); },
        .spool = spool_.get()});

    tunnel::session::Endpoint::Handlers handlers;
    handlers.accept = [this](const Address& peer, const std::string& name) -> tunnel::session::SessionEvents& {
        return service_->accept(peer, name);
    };
    scheduler_ = std::make_unique<tunnel::session::LoopScheduler>(loop_);
    keeper_ = std::make_unique<session::CertificateKeeper>(session::CertificateKeeper::Setup{
        *scheduler_, loop_.clock(), identity_, trust_, config.identity, std::random_device{}()});
    handlers.on_datagram = [this](tunnel::session::Session& from, std::string_view datagram) {
        if (!keeper_->on_datagram(from, datagram)) service_->on_datagram(from, datagram);
    };
    handlers.on_revocations = [file = revocations_file(config)](std::string_view list) {
        save_revocations(file, list);
    };
    handlers.on_link_up = [this](const tunnel::link::LinkInfo& info) { link_up(info); };
    handlers.on_link_down = [this](const Error& why, std::optional<Duration> retry_in) { link_down(why, retry_in); };
    tunnel::session::SessionLimits limits;
    limits.unacknowledged_bytes = static_cast<std::size_t>(config.on_disconnect.spool.count);
    limits.give_up = std::max(kGiveUp, 2 * config.on_disconnect.keep_running_for);
    endpoint_ = tunnel::session::Endpoint::create(loop_, identity_, trust_, Role::Agent, limits, std::move(handlers),
                                                  [this](const Address& peer, const tunnel::session::SessionId&) {
                                                      return spool_->make_store(peer, protocol::ends_message);
                                                  });
    auto uplink = tunnel::link::make_uplink(loop_, identity_, trust_, std::move(*settings), *endpoint_);
    if (!uplink) return tl::unexpected(uplink.error());
    uplink_ = std::move(*uplink);
    endpoint_->attach(*uplink_);
    return {};
}

void Daemon::start() {
    uplink_->start();
}

void Daemon::stop() {
    if (std::exchange(stopping_, true)) {
        log::info("stopping at once");
        return leave();
    }
    log::info("stopping; a second signal stops at once");
    service_->shut_down([this] { leave(); });
}

void Daemon::leave() {
    service_->close_all("the agent was stopped");
    uplink_->stop();
    loop_.stop();
}

void Daemon::link_up(const tunnel::link::LinkInfo& info) {
    log::info("connected", {{"relay", info.relay},
                            {"proxy", info.route.proxy.empty() ? "none" : info.route.proxy},
                            {"transport", tunnel::link::name_of(info.transport)},
                            {"rtt", rounded(info.rtt)}});
}

void Daemon::link_down(const Error& why, std::optional<Duration> retry_in) {
    if (retry_in) return log::warning("not connected: " + why.message, {{"retry_in", rounded(*retry_in)}});
    log::error("the relay will not have this agent: " + why.message);
    exit_code_ =
        why.code == Code::InvalidInput || why.code == Code::Unauthorized ? ExitCode::Usage : ExitCode::RelayNotReached;
    // Nobody is left to hear of a run: it ends, and the process with it.
    stop();
}

}  // namespace culvert::agent::cli
