// An InviteStore that forgets everything at its end.
#pragma once

#include <algorithm>
#include <vector>

#include "controller/enrol/invite_store.h"

namespace culvert::test {

class MemoryInviteStore final : public controller::enrol::InviteStore {
  public:
    using Invite = controller::enrol::Invite;
    using EnrolledAgent = controller::enrol::EnrolledAgent;
    using IssuedController = controller::enrol::IssuedController;

    Status add_invite(const Invite& invite) override {
        invites_.push_back(invite);
        return {};
    }
    Result<std::optional<Invite>> find_invite(const crypto::InviteId& id) const override {
        if (broken) return fail(Code::Internal, "disk I/O error");
        for (const Invite& invite : invites_) {
            if (invite.id == id) return std::optional<Invite>(invite);
        }
        return std::optional<Invite>();
    }
    Result<std::vector<Invite>> invites() const override { return invites_; }
    Status withdraw_invite(const crypto::InviteId& id, WallTime at) override {
        for (Invite& invite : invites_) {
            if (invite.id == id) invite.withdrawn = at;
        }
        return {};
    }
    Status add_agent(const EnrolledAgent& agent) override {
        if (refuse_agents) return fail(Code::Internal, "database or disk is full");
        agents_.push_back(agent);
        return {};
    }
    Status add_renewal(const EnrolledAgent& agent) override { return add_agent(agent); }
    Result<std::optional<EnrolledAgent>> find_agent(const std::string& name) const override {
        const auto found = std::find_if(agents_.rbegin(), agents_.rend(),
                                        [&name](const EnrolledAgent& agent) { return agent.name == name; });
        return found == agents_.rend() ? std::optional<EnrolledAgent>() : std::optional<EnrolledAgent>(*found);
    }
    Result<std::vector<EnrolledAgent>> agents() const override {
        std::vector<EnrolledAgent> latest;
        for (const EnrolledAgent& agent : agents_) {
            std::erase_if(latest, [&agent](const EnrolledAgent& earlier) { return earlier.name == agent.name; });
            latest.push_back(agent);
        }
        std::sort(latest.begin(), latest.end(),
                  [](const EnrolledAgent& a, const EnrolledAgent& b) { return a.name < b.name; });
        return latest;
    }
    Result<std::vector<EnrolledAgent>> agents_of(const crypto::InviteId& id) const override {
        std::vector<EnrolledAgent> found;
        std::copy_if(agents_.begin(), agents_.end(), std::back_inserter(found),
                     [&id](const EnrolledAgent& agent) { return agent.invite == id; });
        return found;
    }
    Status mark_revoked(const std::string& serial, WallTime at) override {
        for (EnrolledAgent& agent : agents_) {
            if (agent.serial == serial) agent.revoked = at;
        }
        for (IssuedController& controller : controllers_) {
            if (controller.serial == serial) controller.revoked = at;
        }
        return {};
    }
    Status add_controller(const IssuedController& controller) override {
        controllers_.push_back(controller);
        return {};
    }
    Result<std::vector<IssuedController>> controllers() const override { return controllers_; }
    Result<std::string> revocations() const override { return crl_; }
    Status set_revocations(const std::string& crl_der) override {
        crl_ = crl_der;
        return {};
    }

    bool broken = false;         // cannot be read
    bool refuse_agents = false;  // cannot be written

  private:
    std::vector<Invite> invites_;
    std::vector<EnrolledAgent> agents_;
    std::vector<IssuedController> controllers_;
    std::string crl_;
};

}  // namespace culvert::test
