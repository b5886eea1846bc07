#include "controller/cli/enrol_desk.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>

#include "controller/cli/exit.h"
#include "controller/run/mesh.h"

namespace culvert::cli {
namespace {

namespace enrol = controller::enrol;
namespace envelope = tunnel::envelope;

constexpr Duration kReachRelay = std::chrono::seconds(12);
constexpr Duration kGoodbye = std::chrono::milliseconds(300);  // for what was just sent to leave the queue

// The parts that both errands share: a loop, an identity, a place in the mesh.
class Errand : public run::MeshEvents {
  public:
    Errand(net::Loop& loop, run::MeshIdentity& who) : loop_(loop), who_(who) {}
    ~Errand() override = default;

    Status go(const config::ControllerConfig& config, bool enrols) {
        auto mesh = run::Mesh::create(loop_, who_, run::uplink_by(config, enrols), *this);
        if (!mesh) return tl::unexpected(mesh.error());
        mesh_ = std::move(*mesh);
        mesh_->start();
        loop_.run();
        goodbye_.reset();
        mesh_.reset();
        return {};
    }

  protected:
    Status send(envelope::Kind kind, const Address& to, std::string body) {
        return mesh_->uplink().send({kind, Address{mesh_->self().id, mesh_->uplink().instance()}, to, std::move(body)});
    }
    // Leaves once what was sent had time to go.
    void leave_soon() {
        if (goodbye_) return;
        goodbye_ = loop_.after(kGoodbye, [this] {
            mesh_->stop("done");
            loop_.stop();
        });
    }

    net::Loop& loop_;
    run::MeshIdentity& who_;
    std::unique_ptr<run::Mesh> mesh_;
    std::unique_ptr<net::Loop::Timer> goodbye_;
};

class Desk final : public Errand {
  public:
    Desk(net::Loop& loop, run::MeshIdentity& who, const crypto::MeshCa& ca, enrol::InviteStore& store,
         const enrol::Invite& invite, const DeskEvents& events)
        : Errand(loop, who),
          store_(store),
          invite_(invite),
          events_(events),
          book_(ca, store, loop.clock(), [this](const NodeId& id) { return is_online(id); }) {
        look_ = loop_.every(std::chrono::seconds(1), [this] { look(); });
        on_interrupt_ = loop_.on_signal(SIGINT, [this] { end(ExitCode::Interrupted); });
        on_terminate_ = loop_.on_signal(SIGTERM, [this] { end(ExitCode::Interrupted); });
    }

    ExitCode code() const { return code_; }
    const std::optional<Error>& refused() const { return refused_; }

  private:
    void on_other(envelope::EnvelopeView view) override {
        if (view.kind != envelope::Kind::Join) return;
        const auto outcome = book_.answer(view.body);
        if (!outcome) return;  // not a join at all
        const Status sent = send(envelope::Kind::JoinReply, view.from, outcome->reply_body);
        if (sent && events_.on_join)
            events_.on_join(*outcome);  // one that was not sent is asked again, and granted again
        look();
    }

    void on_link_down(const Error& why, std::optional<Duration> retry_in) override {
        if (!retry_in) {
            refused_ = why;
            end(ExitCode::RelayNotReached);
        } else if (why.message != last_reason_) {
            last_reason_ = why.message;
            if (events_.on_waiting) events_.on_waiting(why.message);
        }
    }

    bool is_online(const NodeId& id) const {
        const std::vector<roster::RosterEntry> entries = mesh_->entries();
        return std::any_of(entries.begin(), entries.end(), [&id](const roster::RosterEntry& entry) {
            return entry.address.node == id && entry.state != roster::EntryState::Offline;
        });
    }

    // Another process may spend or withdraw the invite: the store knows.
    void look() {
        const auto used = store_.agents_of(invite_.id);
        const auto invite = store_.find_invite(invite_.id);
        if (!used || !invite || !*invite) return;
        switch (enrol::state_of(**invite, used->size(), loop_.clock().wall_now())) {
            case enrol::InviteState::Open:
                return;
            case enrol::InviteState::Spent:
                return end(ExitCode::Ok);
            case enrol::InviteState::Expired:
            case enrol::InviteState::Withdrawn:
                return end(ExitCode::Usage);
        }
    }

    void end(ExitCode code) {
        if (goodbye_) return;
        code_ = code;
        leave_soon();
    }

    enrol::InviteStore& store_;
    const enrol::Invite invite_;
    const DeskEvents& events_;
    enrol::InviteBook book_;
    std::unique_ptr<net::Loop::Timer> look_;
    std::unique_ptr<net::Loop::Watch> on_interrupt_, on_terminate_;
    std::optional<Error> refused_;
    std::string last_reason_;
    ExitCode code_ = ExitCode::Internal;
};

class RevocationErrand final : public Errand {
  public:
    RevocationErrand(net::Loop& loop, run::MeshIdentity& who, std::string crl_der)
        : Errand(loop, who), crl_der_(std::move(crl_der)) {
        deadline_ = loop_.after(kReachRelay, [this] { leave_soon(); });
    }

    Status outcome() const { return outcome_; }

  private:
    void on_link_up(const tunnel::link::LinkInfo&) override {
        outcome_ = send(envelope::Kind::Revocations, Address{}, crl_der_);
        if (outcome_) leave_soon();
    }
    void on_link_down(const Error& why, std::optional<Duration> retry_in) override {
        if (goodbye_) return;
        outcome_ = tl::unexpected(why);
        if (!retry_in) leave_soon();
    }

    const std::string crl_der_;
    std::unique_ptr<net::Loop::Timer> deadline_;
    Status outcome_ = fail(Code::Disconnected, "the relay was not reached in 12 s");
};

}  // namespace

ExitCode serve_joins(const config::ControllerConfig& config, const crypto::MeshCa& ca, enrol::InviteStore& store,
                     const enrol::Invite& invite, const DeskEvents& events) {
    net::Loop loop;
    auto who = run::load_identity(config, loop.clock(), &store);
    if (!who) return fail_with(who.error(), ExitCode::Usage);
    Desk desk(loop, *who, ca, store, invite, events);
    if (const Status went = desk.go(config, true); !went) return fail_with(went.error(), ExitCode::Usage);
    if (desk.refused()) return fail_with(*desk.refused(), ExitCode::RelayNotReached);
    if (desk.code() == ExitCode::Usage)
        print_error("invite " + to_string(invite.id) + " expired or was withdrawn before everybody joined");
    return desk.code();
}

Status send_revocations(const config::ControllerConfig& config, const std::string& crl_der) {
    net::Loop loop;
    auto who = run::load_identity(config, loop.clock());
    if (!who) return tl::unexpected(who.error());
    RevocationErrand errand(loop, *who, crl_der);
    if (const Status went = errand.go(config, false); !went) return went;
    return errand.outcome();
}

}  // namespace culvert::cli
