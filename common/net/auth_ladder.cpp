#include "common/net/auth_ladder.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace culvert::net {

AuthLadder::AuthLadder(std::vector<ProxyAuth> allowed, Password password, std::optional<ProxyAuth> winner)
    : untried_(std::move(allowed)), password_(password) {
    const bool winner_allowed =
        winner && std::find(untried_.begin(), untried_.end(), *winner) != untried_.end() && usable(*winner);
    step_ = Step{winner_allowed ? winner : std::nullopt};
}

bool AuthLadder::usable(ProxyAuth method) const {
    return !uses_password(method) || password_ == Password::Usable;
}

void AuthLadder::note_offer(const std::vector<ProxyAuth>& offered) {
    CULVERT_CHECK(step_.has_value());
    if (!offered.empty()) offered_ = offered;
    if (step_->method) {
        std::erase(untried_, *step_->method);
    } else {
        probed_ = true;
    }
}

void AuthLadder::refused(const std::vector<ProxyAuth>& offered) {
    note_offer(offered);
    if (step_->method && uses_password(*step_->method)) {
        password_ = Password::Rejected;
        rejected_with_ = step_->method;
    }
    choose();
}

void AuthLadder::failed_without_verdict(const std::vector<ProxyAuth>& offered) {
    note_offer(offered);
    choose();
}

void AuthLadder::forbid_password() {
    password_ = Password::Rejected;
    choose();
}

void AuthLadder::choose() {
    step_.reset();
    if (rejected_with_) return;
    if (!probed_) {  // the winner of another day did not do: ask anew what is offered
        step_ = Step{};
        return;
    }
    for (const ProxyAuth method : untried_) {
        const bool is_offered = std::find(offered_.begin(), offered_.end(), method) != offered_.end();
        if (is_offered && usable(method)) {
            step_ = Step{method};
            return;
        }
    }
}

}  // namespace culvert::net
