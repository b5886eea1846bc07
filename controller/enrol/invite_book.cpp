#include "controller/enrol/invite_book.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/name.h"
#include "common/base/text.h"
#include "common/base/wall_time.h"
#include "common/crypto/digest.h"

namespace culvert::controller::enrol {
namespace {

using crypto::JoinRefusal;
using crypto::JoinRefused;

constexpr std::size_t kLongestQuery = 32;

WallTime whole_seconds(WallTime time) {
    return from_unix_seconds(unix_seconds(time));
}

Status check_options(const InviteOptions& options) {
    if (options.life < kShortestInvite || options.life > kLongestInvite) {
        return fail(Code::InvalidInput, fmt::format("an invite may last {} to {}, not {}", span_text(kShortestInvite),
                                                    span_text(kLongestInvite), culvert::to_string(options.life)));
    }
    if (options.uses < 1 || options.uses > kMostUses)
        return fail(Code::InvalidInput, fmt::format("an invite has 1 to {} uses, not {}", kMostUses, options.uses));
    if (options.labels.size() > kMostLabels)
        return fail(Code::InvalidInput, fmt::format("an invite carries at most {} labels", kMostLabels));
    for (const auto& [key, value] : options.labels) {
        if (key == "os" || key == "arch")
            return fail(Code::InvalidInput, fmt::format("label {} is added by the agent itself", key));
        if (Status good = check_name(key, "label"); !good) return good;
        if (Status good = check_label_value(value, "value of label " + key); !good) return good;
    }
    return {};
}

JoinOutcome unproven(const crypto::JoinRequest& request, JoinRefusal reason, std::string message) {
    JoinOutcome outcome;
    outcome.name = excerpt(request.name, kLongestName);
    outcome.refused = JoinRefused{reason, std::move(message)};
    outcome.reply_body = crypto::encode_unproven_refusal(*outcome.refused);
    return outcome;
}

}  // namespace

InviteBook::InviteBook(const crypto::MeshCa& ca, InviteStore& store, const Clock& clock, IsOnline is_online)
    : ca_(ca), store_(store), clock_(clock), is_online_(std::move(is_online)) {}

Result<Invite> InviteBook::create(const InviteOptions& options) {
    if (const Status good = check_options(options); !good) return tl::unexpected<Error>(good.error());
    Invite invite;
    const std::string id = crypto::random_bytes(invite.id.bytes.size());
    std::copy(id.begin(), id.end(), invite.id.bytes.begin());
    invite.secret = Secret(crypto::random_bytes(crypto::kSha256Size));
    invite.labels = options.labels;
    invite.created = whole_seconds(clock_.wall_now());
    invite.expires = whole_seconds(clock_.wall_now() + options.life);
    invite.uses = options.uses;
    invite.ephemeral = options.ephemeral;
    if (const Status added = store_.add_invite(invite); !added) return tl::unexpected<Error>(added.error());
    return invite;
}

Result<std::vector<InviteSummary>> InviteBook::list() const {
    const auto invites = store_.invites();
    if (!invites) return tl::unexpected<Error>(invites.error());
    std::vector<InviteSummary> summaries;
    for (const Invite& invite : *invites) {
        const auto agents = store_.agents_of(invite.id);
        if (!agents) return tl::unexpected<Error>(agents.error());
        InviteSummary summary{
            .invite = invite, .state = state_of(invite, agents->size(), clock_.wall_now()), .used_by = {}};
        for (const EnrolledAgent& agent : *agents) summary.used_by.push_back(agent.name);
        summaries.push_back(std::move(summary));
    }
    return summaries;
}

Result<Invite> InviteBook::withdraw(std::string_view id) {
    const auto summaries = list();
    if (!summaries) return tl::unexpected<Error>(summaries.error());
    const std::string wanted = to_lower_ascii(trim(id));
    std::vector<InviteSummary> found;
    std::copy_if(summaries->begin(), summaries->end(), std::back_inserter(found), [&wanted](const InviteSummary& s) {
        return !wanted.empty() && crypto::to_string(s.invite.id).starts_with(wanted);
    });
    if (found.empty())
        return fail(Code::InvalidInput,
                    fmt::format("no invite \"{}\"; culvert invites lists them", excerpt(id, kLongestQuery)));
    if (found.size() > 1)
        return fail(Code::InvalidInput, fmt::format("{} invites begin with \"{}\"; write more of the id", found.size(),
                                                    excerpt(id, kLongestQuery)));
    Invite invite = found.front().invite;
    if (found.front().state == InviteState::Spent) {
        return fail(
            Code::InvalidInput,
            fmt::format("this invite was used already, by {}; to take an agent out of the mesh: culvert revoke AGENT",
                        join(found.front().used_by, ", ")));
    }
    if (invite.withdrawn) return invite;
    invite.withdrawn = whole_seconds(clock_.wall_now());
    if (const Status done = store_.withdraw_invite(invite.id, *invite.withdrawn); !done)
        return tl::unexpected<Error>(done.error());
    return invite;
}

Result<JoinOutcome> InviteBook::answer(std::string_view join_body) {
    auto request = crypto::parse_join(join_body);
    if (!request) return tl::unexpected<Error>(request.error());
    if (request->mesh != ca_.mesh())
        return unproven(*request, JoinRefusal::OtherMesh,
                        fmt::format("this join token is for mesh {}, this is {}", request->mesh, ca_.mesh()));
    const auto invite = store_.find_invite(request->invite);
    if (!invite)
        return unproven(*request, JoinRefusal::Unavailable, "the controller cannot read its store just now; try again");
    if (!*invite) {
        return unproven(*request, JoinRefusal::UnknownInvite,
                        fmt::format("this controller knows no invite {}: another controller made it, or its store is "
                                    "gone; make a new one with: culvert invite",
                                    crypto::to_string(request->invite).substr(0, 8)));
    }
    // Before the proof nothing is said about the invite.
    if (!crypto::join_is_proven(join_body, (*invite)->secret)) {
        return unproven(*request, JoinRefusal::Altered,
                        "the join does not match its invite: the token or the join itself was altered on the way; "
                        "paste the token again, whole");
    }
    auto signing = crypto::read_signing_request(request->signing_request);
    auto used_by = store_.agents_of(request->invite);
    if (!used_by)
        return unproven(*request, JoinRefusal::Unavailable, "the controller cannot read its store just now; try again");
    Asked asked{.request = std::move(*request),
                .signing = signing.value_or(crypto::SigningRequest{}),
                .invite = **invite,
                .used_by = std::move(*used_by)};
    if (!signing) {
        JoinOutcome outcome{.reply_body = {},
                            .name = asked.request.name,
                            .agent = {},
                            .again = false,
                            .refused = JoinRefused{JoinRefusal::Altered, signing.error().message}};
        outcome.reply_body = crypto::encode_join_reply(*outcome.refused, join_body, asked.invite.secret);
        return outcome;
    }
    return answer_proven(asked, join_body);
}

Result<JoinOutcome> InviteBook::answer_proven(const Asked& asked, std::string_view join_body) {
    JoinOutcome outcome;
    outcome.name = excerpt(asked.request.name, kLongestName);
    const auto granted = [&](EnrolledAgent agent) {
        const crypto::JoinGranted grant{agent.certificate_der, ca_.certificate_der(), agent.ephemeral, agent.labels};
        outcome.reply_body = crypto::encode_join_reply(grant, join_body, asked.invite.secret);
        outcome.agent = std::move(agent);
        return outcome;
    };
    const auto refused = [&](JoinRefused refusal) {
        outcome.reply_body = crypto::encode_join_reply(refusal, join_body, asked.invite.secret);
        outcome.refused = std::move(refusal);
        return outcome;
    };
    // A reply may get lost: the same key asks again and is given what it was given.
    for (const EnrolledAgent& before : asked.used_by) {
        if (before.id != asked.signing.id || before.name != asked.request.name || before.revoked ||
            before.expires <= clock_.wall_now())
            continue;
        outcome.again = true;
        return granted(before);
    }
    if (auto refusal = refuse_invite(asked)) return refused(std::move(*refusal));
    auto name = refuse_name(asked);
    if (!name) return refused({JoinRefusal::Unavailable, "the controller cannot read its store just now; try again"});
    if (*name) return refused(std::move(**name));
    auto agent = enrol(asked);
    if (agent) return granted(std::move(*agent));
    if (agent.error().code == Code::Overloaded)
        return refused(
            {JoinRefusal::Spent, "another agent has just used this invite up; make a new one with: culvert invite"});
    return refused({JoinRefusal::Unavailable, "the controller cannot enrol just now: " + agent.error().message});
}

InviteBook::Refusal InviteBook::refuse_invite(const Asked& asked) const {
    const Invite& invite = asked.invite;
    const WallTime now = clock_.wall_now();
    switch (state_of(invite, asked.used_by.size(), now)) {
        case InviteState::Open:
            return std::nullopt;
        case InviteState::Withdrawn:
            return JoinRefused{JoinRefusal::Withdrawn,
                               fmt::format("this invite was withdrawn on {}; ask for a new one: culvert invite",
                                           utc_text(*invite.withdrawn))};
        case InviteState::Spent: {
            const EnrolledAgent& last = asked.used_by.back();
            if (invite.uses == 1) {
                return JoinRefused{
                    JoinRefusal::Spent,
                    fmt::format("this invite was already used by {} on {}; ask for a new one: culvert invite",
                                last.name, utc_text(last.enrolled))};
            }
            return JoinRefused{
                JoinRefusal::Spent,
                fmt::format(
                    "all {} uses of this invite are spent, the last by {} on {}; ask for a new one: culvert invite",
                    invite.uses, last.name, utc_text(last.enrolled))};
        }
        case InviteState::Expired:
            return JoinRefused{
                JoinRefusal::Expired,
                fmt::format("this invite expired {} ago (your clock says {}, the controller's says {}); ask for a new "
                            "one: culvert invite",
                            span_text(now - invite.expires), utc_text(asked.request.sent), utc_text(now))};
    }
    return std::nullopt;
}

Result<InviteBook::Refusal> InviteBook::refuse_name(const Asked& asked) const {
    const std::string& name = asked.request.name;
    if (const Status good = check_name(name, "name"); !good)
        return Refusal(JoinRefused{JoinRefusal::BadName, good.error().message + "; join with --name NAME"});
    const auto holder = store_.find_agent(name);
    if (!holder) return tl::unexpected<Error>(holder.error());
    if (!*holder || (*holder)->id == asked.signing.id) return Refusal();
    const EnrolledAgent& other = **holder;
    const bool gone = other.ephemeral && is_online_ && !is_online_(other.id);
    if (other.revoked || other.expires <= clock_.wall_now() || gone) return Refusal();
    return Refusal(
        JoinRefused{JoinRefusal::NameTaken, fmt::format("the name {0} belongs to another key since {1}; join with "
                                                        "--name NAME, or, if that agent is gone for good, first: "
                                                        "culvert revoke {0}",
                                                        name, utc_text(other.enrolled))});
}

Result<EnrolledAgent> InviteBook::enrol(const Asked& asked) {
    crypto::NodeGrant grant;
    grant.name = asked.request.name;
    grant.role = Role::Agent;
    grant.ephemeral = asked.invite.ephemeral;
    if (grant.ephemeral) grant.life = kEphemeralLife;
    const auto issued = ca_.issue(asked.request.signing_request, grant, clock_);
    if (!issued) return tl::unexpected<Error>(issued.error());
    EnrolledAgent agent;
    agent.name = issued->member.name;
    agent.id = issued->member.id;
    agent.invite = asked.invite.id;
    agent.labels = asked.invite.labels;
    agent.serial = issued->member.serial;
    agent.certificate_der = issued->der;
    agent.enrolled = whole_seconds(clock_.wall_now());
    agent.expires = issued->member.not_after;
    agent.ephemeral = asked.invite.ephemeral;
    if (const Status added = store_.add_agent(agent); !added) return tl::unexpected<Error>(added.error());
    return agent;
}

InviteState state_of(const Invite& invite, std::size_t used, WallTime now) {
    if (invite.withdrawn) return InviteState::Withdrawn;
    if (used >= invite.uses) return InviteState::Spent;
    return now >= invite.expires ? InviteState::Expired : InviteState::Open;
}

const char* to_string(InviteState state) {
    switch (state) {
        case InviteState::Open:
            return "open";
        case InviteState::Spent:
            return "spent";
        case InviteState::Expired:
            return "expired";
        case InviteState::Withdrawn:
            return "withdrawn";
    }
    return "unknown";
}

}  // namespace culvert::controller::enrol
