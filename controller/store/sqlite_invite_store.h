// Invites and enrolled agents on SQLite: what enrolment remembers.
#pragma once

#include "controller/enrol/invite_store.h"
#include "controller/store/database.h"

namespace culvert::store {

class SqliteInviteStore final : public controller::enrol::InviteStore {
  public:
    explicit SqliteInviteStore(Database& database) : database_(database) {}

    Status add_invite(const controller::enrol::Invite& invite) override;
    Result<std::optional<controller::enrol::Invite>> find_invite(const crypto::InviteId& id) const override;
    Result<std::vector<controller::enrol::Invite>> invites() const override;
    Status withdraw_invite(const crypto::InviteId& id, WallTime at) override;

    Status add_agent(const controller::enrol::EnrolledAgent& agent) override;
    Status add_renewal(const controller::enrol::EnrolledAgent& agent) override;
    Result<std::optional<controller::enrol::EnrolledAgent>> find_agent(const std::string& name) const override;
    Result<std::vector<controller::enrol::EnrolledAgent>> agents() const override;
    Result<std::vector<controller::enrol::EnrolledAgent>> agents_of(const crypto::InviteId& id) const override;
    Status mark_revoked(const std::string& serial, WallTime at) override;
    Status add_controller(const controller::enrol::IssuedController& controller) override;
    Result<std::vector<controller::enrol::IssuedController>> controllers() const override;

    Result<std::string> revocations() const override;
    Status set_revocations(const std::string& crl_der) override;

  private:
    Status spend(const crypto::InviteId& id);
    Status insert(const controller::enrol::EnrolledAgent& agent);

    Database& database_;
};

}  // namespace culvert::store
