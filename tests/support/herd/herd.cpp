#include "tests/support/herd/herd.h"

#include <utility>

#include "common/base/log.h"
#include "common/crypto/node_key.h"
#include "tunnel/link/from_config.h"
#include "tunnel/link/uplink_settings.h"

namespace culvert::test {
namespace {

using namespace tunnel;

Result<crypto::Identity> certify(const crypto::MeshCa& ca, const std::string& name, const Clock& clock) {
    const crypto::NodeKey key = crypto::NodeKey::generate();
    const auto issued = ca.issue(key.signing_request(name), {.name = name}, clock);
    if (!issued) return tl::unexpected(issued.error());
    return crypto::make_identity(key, issued->der, ca.certificate_pem());
}

}  // namespace

class Herd::Member final : public link::UplinkEvents {
  public:
    Member(Herd& herd, crypto::Identity identity) : herd_(herd), identity_(std::move(identity)) {}

    Status make(const link::UplinkSettings& settings) {
        auto uplink = link::make_uplink(herd_.loop_, identity_, herd_.trust_, settings, *this);
        if (!uplink) return tl::unexpected(uplink.error());
        uplink_ = std::move(*uplink);
        return {};
    }
    link::Uplink& uplink() { return *uplink_; }

  private:
    void on_up(const link::LinkInfo& info) override {
        if (std::exchange(up_, true)) return;  // renewed
        if (const auto all = herd_.tally_.came(info.handshake, herd_.loop_.clock().steady_now())) herd_.all_up_(*all);
    }
    void on_down(const Error& why, std::optional<Duration> retry_in) override {
        if (!retry_in)
            log::error("out for good: " + why.message, {{"agent", identity_.member().name}});
        else
            log::debug(why.message, {{"agent", identity_.member().name}});
        if (std::exchange(up_, false)) return herd_.tally_.went(herd_.loop_.clock().steady_now());
        herd_.tally_.failed();
    }
    void on_envelope(envelope::EnvelopeView) override {}
    void on_presence(const std::vector<link::Presence>&, bool) override {}
    void on_writable() override {}

    Herd& herd_;
    const crypto::Identity identity_;
    std::unique_ptr<link::Uplink> uplink_;
    bool up_ = false;
};

Result<std::unique_ptr<Herd>> Herd::create(net::Loop& loop, const crypto::MeshCa& ca, const HerdSettings& settings,
                                           std::function<void(const Comeback&)> all_up) {
    auto trust = crypto::MeshTrust::from_pem(ca.certificate_pem(), ca.mesh(), loop.clock());
    if (!trust) return tl::unexpected(trust.error());
    auto uplink = link::settings_from(settings.tunnel, settings.folder);
    if (!uplink) return tl::unexpected(uplink.error());
    uplink->credential_file.clear();  // they are the agent's
    uplink->learnt_file.clear();
    // The system's store is read once for all, not once for each.
    auto web_trust = crypto::TlsTrust::load(uplink->extra_ca, uplink->pins);
    if (!web_trust) return tl::unexpected(web_trust.error());
    uplink->web_trust = std::make_shared<const crypto::TlsTrust>(std::move(*web_trust));
    uplink->software = "herd";
    std::unique_ptr<Herd> herd(new Herd(loop, std::move(*trust), settings.links, std::move(all_up)));
    for (std::size_t i = 0; i < settings.links; ++i) {
        auto identity = certify(ca, settings.name + "-" + std::to_string(i + 1), loop.clock());
        if (!identity) return tl::unexpected(identity.error());
        herd->members_.push_back(std::make_unique<Member>(*herd, std::move(*identity)));
        if (const Status made = herd->members_.back()->make(*uplink); !made) return tl::unexpected(made.error());
    }
    return herd;
}

Herd::Herd(net::Loop& loop, crypto::MeshTrust trust, std::size_t links, std::function<void(const Comeback&)> all_up)
    : loop_(loop), trust_(std::move(trust)), all_up_(std::move(all_up)), tally_(links, loop.clock().steady_now()) {}

Herd::~Herd() = default;

void Herd::start() {
    tally_ = Tally(tally_.links(), loop_.clock().steady_now());
    for (const auto& member : members_) member->uplink().start();
}

void Herd::stop() {
    for (const auto& member : members_) member->uplink().stop();
}

}  // namespace culvert::test
