#include "controller/run/own_certificate.h"

#include <utility>

#include "common/base/log.h"
#include "common/crypto/renewal.h"
#include "common/crypto/renewal_message.h"

namespace culvert::run {
namespace {

constexpr Duration kWarnEvery = std::chrono::hours(24);

Status take_up(MeshIdentity& who, std::string_view certificate_der) {
    auto renewed = crypto::renewed_identity(who.identity, certificate_der, who.trust);
    if (!renewed) return tl::unexpected<Error>(renewed.error());
    if (Status saved = crypto::replace_identity_file(who.file, who.identity, *renewed); !saved) return saved;
    who.identity = std::move(*renewed);
    return {};
}

Status renew(MeshIdentity& who) {
    const auto certificate = who.renewals->renew_own(who.identity);
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    return take_up(who, *certificate);
}

bool due(const MeshIdentity& who, const Clock& clock) {
    return clock.wall_now() >= crypto::renewal_due(who.identity.member());
}

}  // namespace

void keep_own_certificate(MeshIdentity& who, const Clock& clock) {
    const WallTime now = clock.wall_now();
    const auto until = [&who, now] {
        return "the certificate of controller " + who.identity.member().name + " " +
               crypto::expiry_text(who.identity.member().not_after, now);
    };
    if (!due(who, clock)) return;
    std::string why =
        "no controller that holds the key of the mesh CA was asked.   Do: culvert invite --wait there, then "
        "culvert agents here";
    if (who.renewals) {
        const Status renewed = renew(who);
        if (renewed) return log::info("renewed: " + until(), {{"file", who.file}});
        why = renewed.error().message;
    }
    const SteadyTime steady = clock.steady_now();
    if (who.warned && steady - *who.warned < kWarnEvery) return;
    who.warned = steady;
    log::warning(until() + ", and was not renewed: " + why, {{"file", who.file}});
}

std::optional<std::string> renewal_question(const MeshIdentity& who, const Clock& clock) {
    if (who.renewals || !due(who, clock)) return std::nullopt;
    auto question = crypto::encode_renewal_question(who.identity, clock.wall_now());
    if (question) return std::move(*question);
    log::warning("no renewal can be asked for: " + question.error().message);
    return std::nullopt;
}

void take_renewal_answer(MeshIdentity& who, std::string_view body, const Clock& clock) {
    const auto answer = crypto::parse_renewal_answer(body);
    if (!answer || !due(who, clock)) return;
    const Status taken = answer->certificate_der.empty() ? Status(fail(Code::Unauthorized, answer->refusal))
                                                         : take_up(who, answer->certificate_der);
    if (!taken)
        return log::warning("this controller's certificate was not renewed: " + taken.error().message,
                            {{"file", who.file}});
    log::info("renewed: the certificate of this controller " +
                  crypto::expiry_text(who.identity.member().not_after, clock.wall_now()),
              {{"file", who.file}});
}

std::string answer_renewal_question(MeshIdentity& who, std::string_view body, const Clock& clock) {
    if (!who.renewals) return {};
    const auto question = crypto::open_renewal_question(body, who.trust, clock.wall_now());
    if (!question) {
        log::info("a renewal was not answered: " + question.error().message);
        return {};
    }
    crypto::RenewalAnswer answer;
    auto renewed = who.renewals->renew(question->shown, question->signing_request);
    if (renewed) {
        log::info("certificate renewed", {{"node", question->shown.name}});
        answer.certificate_der = std::move(*renewed);
    } else {
        log::info("certificate not renewed: " + renewed.error().message, {{"node", question->shown.name}});
        answer.refusal = renewed.error().message;
    }
    return crypto::encode_renewal_answer(answer);
}

}  // namespace culvert::run
