#include "controller/run/mesh.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/crypto/digest.h"
#include "common/crypto/renewal_message.h"
#include "controller/run/own_certificate.h"
#include "tunnel/link/from_config.h"
#include "tunnel/link/uplink_settings.h"

namespace culvert::run {
namespace {

using roster::EntryState;

// As long as an agent keeps its end: results that wait in its spool can still come.
constexpr Duration kGiveUp = std::chrono::hours(12);
constexpr Duration kProbeEvery = std::chrono::milliseconds(50);
constexpr std::uint64_t kRoundsBetweenProbes = 40;  // once a clock is known
constexpr Duration kLookAtCertificate = std::chrono::hours(1);

}  // namespace

Result<MeshIdentity> load_identity(const config::ControllerConfig& config, const Clock& clock,
                                   controller::enrol::InviteStore* invites) {
    auto identity = crypto::Identity::load(config.identity);
    if (!identity) return tl::unexpected(identity.error());
    const crypto::Member& self = identity->member();
    if (self.role != Role::Controller)
        return fail(Code::Unauthorized, fmt::format("{} is the identity of an agent ({}), not of a controller",
                                                    config.identity, self.name));
    if (!config.mesh.empty() && self.mesh != config.mesh) {
        return fail(Code::Unauthorized, fmt::format("{} belongs to mesh {}, {} says mesh {}", config.identity,
                                                    self.mesh, config.file, config.mesh));
    }
    auto trust = crypto::MeshTrust::from_pem(identity->mesh_ca_pem(), self.mesh, clock);
    if (!trust) return tl::unexpected(trust.error());
    MeshIdentity who{std::move(*identity), std::move(*trust), config.identity};
    if (invites != nullptr) {
        const auto revocations = invites->revocations();
        if (!revocations) return tl::unexpected(revocations.error());
        if (!revocations->empty()) {
            if (const Status taken = who.trust.update_revocations(*revocations); !taken)
                log::warning("the store's revocation list was not taken: " + taken.error().message);
        }
        // A key that cannot be read is a matter for the commands that need it.
        auto ca = config.mesh_ca ? crypto::MeshCa::load(config.mesh_ca->certificate, config.mesh_ca->key)
                                 : Result<crypto::MeshCa>(fail(Code::InvalidInput, "no mesh_ca"));
        if (ca) who.renewals = std::make_shared<controller::enrol::RenewalDesk>(std::move(*ca), *invites, clock);
    }
    if (invites != nullptr) keep_own_certificate(who, clock);
    if (const auto valid = who.trust.verify(who.identity.certificate_der(), Role::Controller); !valid)
        return fail(valid.error(), config.identity);
    return who;
}

std::uint64_t new_instance() {
    const std::string bytes = crypto::random_bytes(sizeof(std::uint64_t));
    std::uint64_t instance = 0;
    std::memcpy(&instance, bytes.data(), sizeof instance);
    return instance | 1;  // 0 is an agent's
}

UplinkMaker uplink_by(const config::ControllerConfig& config, bool enrols) {
    return [config, enrols](net::Loop& loop, const crypto::Identity& identity, crypto::MeshTrust& trust,
                            tunnel::link::UplinkEvents& events) -> Result<std::unique_ptr<tunnel::link::Uplink>> {
        auto settings = tunnel::link::settings_from(config.tunnel, config.directory);
        if (!settings) return tl::unexpected(settings.error());
        settings->role = Role::Controller;
        settings->instance = new_instance();
        settings->enrols = enrols;
        return tunnel::link::make_uplink(loop, identity, trust, std::move(*settings), events);
    };
}

Result<std::unique_ptr<Mesh>> Mesh::create(net::Loop& loop, MeshIdentity& who, const UplinkMaker& make_uplink,
                                           MeshEvents& events) {
    std::unique_ptr<Mesh> mesh(new Mesh(loop, who, events));
    Mesh* self = mesh.get();
    tunnel::session::Endpoint::Handlers handlers;
    handlers.on_datagram = [self](tunnel::session::Session& session, std::string_view datagram) {
        if (self->renew_for(session, datagram)) return;
        if (AgentConversation* agent = self->find(session.peer())) agent->on_datagram(datagram);
    };
    handlers.on_link_up = [self](const tunnel::link::LinkInfo& info) {
        self->linked_ = true;
        self->ask_for_certificate();
        self->events_.on_link_up(info);
    };
    handlers.on_link_down = [self](const Error& why, std::optional<Duration> retry_in) {
        self->linked_ = false;
        self->events_.on_link_down(why, retry_in);
    };
    handlers.on_presence = [self](const std::vector<tunnel::link::Presence>& changes, bool whole_list) {
        self->on_presence(changes, whole_list);
    };
    handlers.on_other = [self](tunnel::envelope::EnvelopeView envelope) {
        if (!self->renewal_arrived(envelope)) self->events_.on_other(envelope);
    };
    tunnel::session::SessionLimits limits;
    limits.give_up = kGiveUp;
    mesh->endpoint_ =
        tunnel::session::Endpoint::create(loop, who.identity, who.trust, Role::Controller, limits, std::move(handlers));
    auto uplink = make_uplink(loop, who.identity, who.trust, *mesh->endpoint_);
    if (!uplink) return tl::unexpected(uplink.error());
    mesh->uplink_ = std::move(*uplink);
    mesh->endpoint_->attach(*mesh->uplink_);
    return mesh;
}

Mesh::~Mesh() {
    probe_timer_.reset();
    certificate_timer_.reset();
    // Sessions speak to their conversations until the endpoint is gone, and the endpoint to the uplink.
    endpoint_.reset();
    uplink_.reset();
}

void Mesh::start() {
    probe_timer_ = loop_.every(kProbeEvery, [this] { probe_clocks(); });
    certificate_timer_ = loop_.every(kLookAtCertificate, [this] {
        keep_own_certificate(who_, loop_.clock());
        ask_for_certificate();
    });
    uplink_->start();
}

void Mesh::stop(std::string_view reason) {
    probe_timer_.reset();
    certificate_timer_.reset();
    for (auto& [address, known] : agents_) known.conversation->set_listener(nullptr);
    endpoint_->close_all(reason);
    uplink_->stop();
    linked_ = false;
}

void Mesh::on_presence(const std::vector<tunnel::link::Presence>& changes, bool whole_list) {
    if (whole_list) {
        listed_ = true;
        std::unordered_set<Address> online;
        for (const tunnel::link::Presence& presence : changes) {
            if (presence.online) online.insert(presence.address);
        }
        for (auto& [address, known] : agents_) known.present = online.contains(address);
    }
    for (const tunnel::link::Presence& presence : changes) take(presence);
    events_.on_roster_changed();
}

void Mesh::take(const tunnel::link::Presence& presence) {
    if (presence.role != Role::Agent) return;
    auto at = agents_.find(presence.address);
    if (at == agents_.end()) {
        if (!presence.online || agents_.size() >= kMostAgents) return;
        expect(presence.address, presence.name);
        at = agents_.find(presence.address);
    }
    at->second.present = presence.online;
    at->second.conversation->set_presence(presence);
    if (presence.online) at->second.conversation->open(*endpoint_);
}

std::vector<roster::RosterEntry> Mesh::entries() const {
    std::vector<roster::RosterEntry> entries;
    for (const auto& [address, known] : agents_) {
        entries.push_back(known.conversation->entry());
        if (!known.conversation->introduced() && entries.back().note.empty())
            entries.back().note = known.conversation->trouble();
        if (!known.present) entries.back().state = EntryState::Offline;
    }
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.name != b.name ? a.name < b.name : a.address < b.address; });
    return entries;
}

bool Mesh::all_introduced() const {
    return std::all_of(agents_.begin(), agents_.end(), [](const auto& item) {
        const AgentConversation& agent = *item.second.conversation;
        if (!item.second.present || agent.gone()) return true;
        return agent.introduced() && agent.clock_exchanges() >= kExchangesAtFirst;
    });
}

AgentConversation& Mesh::expect(const Address& agent, const std::string& name) {
    auto at = agents_.find(agent);
    if (at == agents_.end()) {
        auto conversation = std::make_unique<AgentConversation>(agent, name, loop_.clock());
        at = agents_.emplace(agent, Known{std::move(conversation), false}).first;
    }
    return *at->second.conversation;
}

AgentConversation* Mesh::find(const Address& agent) {
    const auto at = agents_.find(agent);
    return at == agents_.end() ? nullptr : at->second.conversation.get();
}

void Mesh::ask_for_certificate() {
    using tunnel::envelope::Kind;
    auto question = renewal_question(who_, loop_.clock());
    if (!question || !linked_) return;
    // What gets lost is asked again with the next link, or in an hour.
    static_cast<void>(uplink_->send({Kind::Join, Address{self().id, uplink_->instance()}, {}, std::move(*question)}));
}

bool Mesh::renewal_arrived(const tunnel::envelope::EnvelopeView& envelope) {
    using tunnel::envelope::Kind;
    if (!crypto::is_renewal(envelope.body)) return false;
    if (envelope.kind == Kind::JoinReply) {
        take_renewal_answer(who_, envelope.body, loop_.clock());
        return true;
    }
    if (envelope.kind != Kind::Join) return false;
    std::string answer = answer_renewal_question(who_, envelope.body, loop_.clock());
    if (!answer.empty()) {
        static_cast<void>(uplink_->send(
            {Kind::JoinReply, Address{self().id, uplink_->instance()}, envelope.from, std::move(answer)}));
    }
    return true;
}

bool Mesh::renew_for(tunnel::session::Session& agent, std::string_view datagram) {
    const auto decoded = protocol::decode_datagram(datagram);
    const auto* request = decoded ? std::get_if<protocol::RenewalRequest>(&*decoded) : nullptr;
    if (request == nullptr) return false;
    protocol::RenewalReply reply;
    if (!who_.renewals) {
        reply.refusal = "this controller does not hold the key of the mesh CA";
    } else if (agent.certificate() != nullptr) {
        auto renewed = who_.renewals->renew(*agent.certificate(), request->signing_request);
        if (renewed) {
            log::info("certificate renewed", {{"agent", agent.certificate()->name}});
            reply.certificate_der = std::move(*renewed);
            if (AgentConversation* known = find(agent.peer())) known->note_renewed();
        } else {
            log::info("certificate not renewed: " + renewed.error().message, {{"agent", agent.certificate()->name}});
            reply.refusal = renewed.error().message;
        }
    }
    agent.send_datagram(protocol::encode(protocol::Datagram(std::move(reply))));
    return true;
}

void Mesh::probe_clocks() {
    ++probe_round_;
    for (auto& [address, known] : agents_) {
        AgentConversation& agent = *known.conversation;
        if (agent.clock_exchanges() < kExchangesAtFirst || probe_round_ % kRoundsBetweenProbes == 0)
            agent.probe_clock();
        // Its process was restarted, or it had given the session up: it may be back with results of an earlier one.
        if (known.present && agent.gone() && probe_round_ % kRoundsBetweenProbes == 0) agent.open(*endpoint_);
    }
}

}  // namespace culvert::run
