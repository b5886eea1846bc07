#include "tunnel/relay/relay.h"

#include <chrono>
#include <utility>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/wall_time.h"
#include "tunnel/relay/admin_server.h"
#include "tunnel/relay/admission.h"
#include "tunnel/relay/certificate_files.h"
#include "tunnel/relay/listener.h"
#include "tunnel/relay/lws_server.h"
#include "tunnel/relay/preflight.h"
#include "tunnel/relay/stored_trust.h"
#include "tunnel/relay/switchboard.h"
#include "tunnel/relay/waiting_room.h"

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
void warn(const std::vector<std::string>& warnings) {
    for (const std::string& warning : warnings) log::warning(warning);
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
          admin_([this] { return counters(); }),
          waiting_room_(loop, settings_.limits.handshakes, [this](int fd) {
              if (!server_->adopt_public(fd)) ++connections_refused_;
          }) {}

    ~RunningRelay() override {
        listeners_.clear();
        waiting_room_.clear();
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
    Status serve();
    Status listen();
    void start_timers();
    void plan_presence();
    void look_whether_drained();

    net::Loop& loop_;
    const RelaySettings settings_;
    StoredTrust trust_;
    CertificateFiles certificate_;
    crypto::ServedCertificate certificate_now_{{}, WallTime::min(), WallTime::max()};  // without TLS: for ever
    Admission admission_;
    Switchboard switchboard_;
    AdminServer admin_;
    WaitingRoom waiting_room_;
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
    raise_file_limit(settings_.limits);
    if (const Status serving = serve(); !serving) return serving;
    if (const Status listening = listen(); !listening) return listening;
    log::info("culvert-relay " CULVERT_VERSION, {{"config", settings_.config_file},
                                                 {"mesh", settings_.mesh},
                                                 {"relay", settings_.url},
                                                 {"listen", join(addresses(), ",")},
                                                 {"admin", admin_address()}});
    warn(warnings_about_files(settings_.limits));
    warn(warnings_about_time(certificate_now_, settings_.certificate_file, loop_.clock().wall_now()));
    start_timers();
    return {};
}

Status RunningRelay::serve() {
    const std::string path = path_of(settings_.url);
    const RelayLimits& limits = settings_.limits;
    auto server = LwsServer::create(
        loop_,
        {path, settings_.certificate_file, settings_.key_file, most_connections(limits), limits.handshake_timeout,
         limits.ping_after, limits.give_up_after},
        switchboard_, [path](std::string_view asked) { return answer_on_public_port(asked, path); },
        [this](std::string_view asked) { return admin_.answer(asked); });
    if (!server) return tl::unexpected<Error>(server.error());
    server_ = *std::move(server);
    switchboard_.attach(*server_);
    return {};
}

void RunningRelay::start_timers() {
    periodic_.push_back(loop_.every(kSweepPeriod, [this] { switchboard_.sweep(); }));
    periodic_.push_back(loop_.every(kExpiryPeriod, [this] { switchboard_.close_expired(); }));
    if (with_tls()) {
        periodic_.push_back(loop_.every(kCertificatePeriod, [this] {
            if (certificate_.changed()) reload_certificate();
        }));
    }
}

Status RunningRelay::load_certificate() {
    const auto certificate = certificate_.load();
    if (!certificate) return fail(certificate.error(), "tls");
    certificate_now_ = *certificate;
    return {};
}

Status RunningRelay::listen() {
    for (const std::string& where : settings_.listen) {
        auto listener = Listener::open(loop_, where, [this](int fd) { waiting_room_.take(fd); });
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
    warn(warnings_about_time(certificate_now_, settings_.certificate_file, loop_.clock().wall_now()));
    log::info("web certificate taken up",
              {{"file", settings_.certificate_file}, {"valid_until", utc_text(certificate_now_.not_after)}});
}

void RunningRelay::plan_presence() {
    presence_timer_ = loop_.after(kPresenceDelay, [this] { switchboard_.flush_presence(); });
}

void RunningRelay::drain(std::function<void()> done) {
    listeners_.clear();
    waiting_room_.clear();
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
    const WaitingRoom::Counts room = waiting_room_.counts();
    now.handshakes = room.begun;
    now.turned_away = room.turned_away;
    now.left_waiting = room.left;
    now.waiting = room.waiting;
    now.handshakes_per_second = settings_.limits.handshakes.per_second();
    if (with_tls()) now.certificate_not_after = certificate_now_.not_after;
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
    warn(warnings_about_time(*certificate, settings.certificate_file, clock.wall_now()));
    return {};
}

}  // namespace culvert::tunnel::relay
