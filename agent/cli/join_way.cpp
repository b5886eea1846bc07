#include "agent/cli/join_way.h"

#include "agent/enrol/join_attempt.h"
#include "tunnel/doctor/doctor.h"

namespace culvert::agent::cli {

using tunnel::doctor::Check;
using tunnel::doctor::Hop;
using tunnel::doctor::Outcome;

std::optional<ExitCode> walk_way(const crypto::JoinToken& token, const std::string& name,
                                 const tunnel::link::UplinkSettings& settings, const Clock& clock,
                                 Checklist& checklist) {
    tunnel::doctor::DoctorSettings walk;
    walk.program = "culvert-agent join";
    walk.node = name;
    walk.mesh = token.mesh;
    walk.uplink = settings;
    const std::string expired = enrol::expiry_warning(token, clock);
    bool token_is_the_cause = false;
    tunnel::doctor::DoctorEvents events;
    events.checked = [&](const Check& check) {
        const char* const step = tunnel::doctor::to_string(check.hop);
        switch (check.outcome) {
            case Outcome::Passed:
                return checklist.passed(step, check.detail);
            case Outcome::Noted:
            case Outcome::NotSeen:
                return checklist.noted(step, check.detail);
            case Outcome::Failed:
                break;
        }
        token_is_the_cause = check.hop == Hop::Tls && !expired.empty();
        if (!token_is_the_cause) return checklist.failed(step, check.detail);
        checklist.failed(
            "token",
            expired + "; get a new one: culvert invite. What it says of the relay may be old, too: " + check.detail);
    };
    const tunnel::doctor::Diagnosis found = tunnel::doctor::diagnose_way(walk, clock, events);
    if (found.exit == ExitCode::Ok) return std::nullopt;
    if (token_is_the_cause) return ExitCode::Usage;
    if (found.advice && !found.advice->ask.empty()) checklist.noted("ask for", found.advice->ask);
    return found.exit;
}

}  // namespace culvert::agent::cli
