#include "tunnel/relay/relay.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "common/base/log.h"
#include "common/base/wall_time.h"
#include "tunnel/relay/admin_server.h"
#include "tunnel/relay/admission.h"
#include "tunnel/relay/certificate_files.h"
#include "tunnel/relay/listener.h"
#include "tunnel/relay/lws_server.h"
#include "tunnel/relay/stored_trust.h"
#include "tunnel/relay/switchboard.h"

namespace culvert::tunnel::relay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kSweepPeriod = seconds(1);
constexpr Duration kExpiryPeriod = seconds(60);
constexpr Duration kCertificatePeriod = seconds(10);
// Changes of presence wait this long for company: after a restart every node comes within seconds.
constexpr Duration kPresenceDelay = milliseconds(50);
constexpr Duration kDrainPoll = milliseconds(20);
// Connections beyond the admitted links: handshakes, pending joins, closing links, the admin's.
constexpr std::size_t kSpareConnections = 1024;
constexpr std::size_t kSpareFiles = 64;

std::string path_of(const std::string& url) {
    const std::size_t scheme = url.find("://");
    const std::size_t slash = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
    return slash == std::string::npos ? "/" : url.substr(slash, url.find_first_of("?#", slash) - slash);
}

std::size_t most_connections(const RelayLimits& limits) { return limits.links + limits.pending_joins + kSpareConnections; }

// Every link is an open file.
void raise_file_limit(std::size_t connections) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const rlim_t wanted = connections + kSpareFiles;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < wanted) {
        log::warning("this process may open " + std::to_string(limit.rlim_cur) + " files, limits.links needs " + std::to_string(wanted) +
                     ": raise LimitNOFILE, or lower limits.links");
    }
}

// What travels in every Challenge.
Status check_lengths(const RelaySettings& settings) {
    if (settings.mesh.size() > envelope::kLongestMesh) return fail(Code::InvalidInput, "mesh: longer than " + std::to_string(envelope::kLongestMesh) + " characters");
    if (settings.url.size() > envelope::kLongestUrl) return fail(Code::InvalidInput, "url: longer than " + std::to_string(envelope::kLongestUrl) + " characters");
    return {};
}

Status check_time(const crypto::ServedCertificate& certificate, const std::string& file, WallTime now) {
    if (certificate.not_after < now) log::warning(file + ": this web certificate expired " + utc_text(certificate.not_after) + "; nodes will refuse it");
    if (certificate.not_before > now) log::warning(file + ": this web certificate is valid from " + utc_text(certificate.not_before) + "; is the clock right?");
    return {};
}

class RunningRelay final : public Relay {
  public:
    RunningRelay(net::Loop& loop, RelaySettings settings, StoredTrust trust)
        : loop_(loop),
          settings_(std::move(settings)),
          trust_(std::move(trust)),
          certificate_(settings_.certificate_file, settings_.key_file),
          admission_(trust_, settings_.mesh, settings_.url, loop.clock()),
          switchboard_(settings_.limits, admission_, trust_, loop.clock(), [this] { plan_presence(); }),
          admin_([this] { return counters(); }) {}

    ~RunningRelay() override {
        listeners_.clear();
        admin_listener_.reset();
        periodic_.clear();
        presence_timer_.reset();
        drain_timer_.reset();
        server_.reset();  // turns the loop: nothing of ours may wait there
    }

    Status open();

    std::uint16_t port() const override { return listeners_.front()->port(); }
    std::uint16_t admin_port() const override { return admin_listener_ ? admin_listener_->port() : std::uint16_t{0}; }
    std::vector<std::string> addresses() const override;
    std::string admin_address() const override { return admin_listener_ ? admin_listener_->address() : std::string(); }
    void reload_certificate() override;
    void drain(std::function<void()> done) override;
    Counters counters() const override;

  private:
    bool with_tls() const { return !settings_.certificate_file.empty(); }
    Status load_certificate();
    Status listen();
    void plan_presence();
    void look_whether_drained();

    net::Loop& loop_;
    const RelaySettings settings_;
    StoredTrust trust_;
    CertificateFiles certificate_;
    WallTime certificate_not_after_{};
    Admission admission_;
    Switchboard switchboard_;
    AdminServer admin_;
    std::uint64_t connections_refused_ = 0;

    std::unique_ptr<LwsServer> server_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::unique_ptr<Listener> admin_listener_;
    std::vector<std::unique_ptr<net::Loop::Timer>> periodic_;
    std::unique_ptr<net::Loop::Timer> presence_timer_, drain_timer_;
    SteadyTime drain_until_{};
    std::function<void()> drained_;
};

Status RunningRelay::open() {
    if (with_tls()) {
        if (const Status loaded = load_certificate(); !loaded) return loaded;
    }
    raise_file_limit(most_connections(settings_.limits));
    const std::string path = path_of(settings_.url);
    const RelayLimits& limits = settings_.limits;
    auto server = LwsServer::create(loop_, {path, settings_.certificate_file, settings_.key_file, most_connections(limits), limits.handshake_timeout,
                                            limits.ping_after, limits.give_up_after},
                                    switchboard_, [path](std::string_view asked) { return answer_on_public_port(asked, path); },
                                    [this](std::string_view asked) { return admin_.answer(asked); });
    if (!server) return tl::unexpected<Error>(server.error());
    server_ = *std::move(server);
    switchboard_.attach(*server_);
    if (const Status listening = listen(); !listening) return listening;

    periodic_.push_back(loop_.every(kSweepPeriod, [this] { switchboard_.sweep(); }));
    periodic_.push_back(loop_.every(kExpiryPeriod, [this] { switchboard_.close_expired(); }));
    if (with_tls()) {
        periodic_.push_back(loop_.every(kCertificatePeriod, [this] {
            if (certificate_.changed()) reload_certificate();
        }));
    }
    return {};
}

Status RunningRelay::load_certificate() {
    const auto certificate = certificate_.load();
    if (!certificate) return fail(certificate.error(), "tls");
    certificate_not_after_ = certificate->not_after;
    return check_time(*certificate, settings_.certificate_file, loop_.clock().wall_now());
}

Status RunningRelay::listen() {
    for (const std::string& where : settings_.listen) {
        auto listener = Listener::open(loop_, where, [this](int fd) {
            if (!server_->adopt_public(fd)) ++connections_refused_;
        });
        if (!listener) return tl::unexpected<Error>(listener.error());
        listeners_.push_back(*std::move(listener));
    }
    if (listeners_.empty()) return fail(Code::InvalidInput, "listen: no address given; write listen: [ \"[::]:443\" ]");
    if (settings_.admin_listen.empty()) return {};
    auto admin = Listener::open(loop_, settings_.admin_listen, [this](int fd) { server_->adopt_admin(fd); });
    if (!admin) return fail(admin.error(), "admin");
    admin_listener_ = *std::move(admin);
    return {};
}

std::vector<std::string> RunningRelay::addresses() const {
    std::vector<std::string> all;
    for (const auto& listener : listeners_) all.push_back(listener->address());
    return all;
}

void RunningRelay::reload_certificate() {
    if (!with_tls()) return;
    if (const Status loaded = load_certificate(); !loaded) {
        log::error("the web certificate stays as it is: " + loaded.error().message);
        return;
    }
    server_->reload_certificate();
    log::info("web certificate taken up", {{"file", settings_.certificate_file}, {"valid_until", utc_text(certificate_not_after_)}});
}

void RunningRelay::plan_presence() {
    presence_timer_ = loop_.after(kPresenceDelay, [this] { switchboard_.flush_presence(); });
}

void RunningRelay::drain(std::function<void()> done) {
    listeners_.clear();
    admin_.set_draining();
    drained_ = std::move(done);
    drain_until_ = loop_.clock().steady_now() + settings_.limits.linger;
    switchboard_.drain();
    drain_timer_ = loop_.every(kDrainPoll, [this] { look_whether_drained(); });
}

void RunningRelay::look_whether_drained() {
    if (!switchboard_.empty() && loop_.clock().steady_now() < drain_until_) return;
    drain_timer_.reset();
    std::exchange(drained_, nullptr)();
}

Counters RunningRelay::counters() const {
    Counters now = switchboard_.counters();
    now.connections_refused = connections_refused_;
    now.certificate_not_after = certificate_not_after_;
    return now;
}

}  // namespace

Result<std::unique_ptr<Relay>> Relay::start(net::Loop& loop, RelaySettings settings) {
    if (const Status good = check_lengths(settings); !good) return tl::unexpected<Error>(good.error());
    auto trust = StoredTrust::load(settings.mesh_ca_file, settings.mesh, settings.revocations_file, loop.clock());
    if (!trust) return tl::unexpected<Error>(trust.error());
    auto relay = std::make_unique<RunningRelay>(loop, std::move(settings), *std::move(trust));
    if (const Status opened = relay->open(); !opened) return tl::unexpected<Error>(opened.error());
    return relay;
}

Status Relay::check(const RelaySettings& settings, const Clock& clock) {
    if (const Status good = check_lengths(settings); !good) return good;
    const auto trust = StoredTrust::load(settings.mesh_ca_file, settings.mesh, settings.revocations_file, clock);
    if (!trust) return tl::unexpected<Error>(trust.error());
    if (settings.certificate_file.empty()) return {};
    const auto certificate = CertificateFiles(settings.certificate_file, settings.key_file).load();
    if (!certificate) return fail(certificate.error(), "tls");
    return check_time(*certificate, settings.certificate_file, clock.wall_now());
}

}  // namespace culvert::tunnel::relay
