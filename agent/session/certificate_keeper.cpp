#include "agent/session/certificate_keeper.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/crypto/renewal.h"
#include "common/protocol/codec.h"

namespace culvert::agent::session {
namespace {

constexpr std::size_t kLongestRefusal = 300;
// After the due time controllers get a chance before anybody is warned.
constexpr Duration kFirstLook = std::chrono::minutes(5);

}  // namespace

CertificateKeeper::CertificateKeeper(Setup setup) : setup_(std::move(setup)), random_(setup_.seed) {
    timer_ = setup_.scheduler.after(kFirstLook, [this] { look(); });
}

bool CertificateKeeper::due() const {
    return setup_.clock.wall_now() >= crypto::renewal_due(setup_.identity.member());
}

Duration CertificateKeeper::jittered(Duration most) {
    return Duration(std::uniform_int_distribution<std::int64_t>(most.count() / 2, most.count())(random_));
}

void CertificateKeeper::look() {
    timer_ = setup_.scheduler.after(kLookEvery, [this] { look(); });
    const SteadyTime now = setup_.scheduler.now();
    if (!due() || (ever_warned_ && now - warned_ < kWarnEvery)) return;
    warned_ = now;
    ever_warned_ = true;
    const auto& member = setup_.identity.member();
    log::warning(
        "the certificate of " + member.name + " " + crypto::expiry_text(member.not_after, setup_.clock.wall_now()) +
            ", and was not renewed yet: " +
            (last_refusal_.empty() ? "no controller that holds the key of the mesh CA was connected" : last_refusal_) +
            ".   Do: culvert agents, where that key is",
        {{"file", setup_.file}});
}

bool CertificateKeeper::on_datagram(tunnel::session::Session& from, std::string_view datagram) {
    const auto decoded = protocol::decode_datagram(datagram);
    if (const auto* reply = decoded ? std::get_if<protocol::RenewalReply>(&*decoded) : nullptr) {
        answered(from, *reply);
        return true;
    }
    if (due()) ask(from);
    return false;
}

void CertificateKeeper::ask(tunnel::session::Session& controller) {
    const SteadyTime now = setup_.scheduler.now();
    const auto found = not_before_.find(controller.peer());
    if (found != not_before_.end() && now < found->second) return;
    if (found == not_before_.end() && not_before_.size() >= kMostRemembered) not_before_.clear();
    not_before_[controller.peer()] = now + jittered(kAskAgain);
    controller.send_datagram(
        protocol::encode(protocol::Datagram(protocol::RenewalRequest{crypto::renewal_request(setup_.identity)})));
}

void CertificateKeeper::answered(const tunnel::session::Session& by, const protocol::RenewalReply& reply) {
    if (!due()) return;  // another one was quicker
    const auto later = [this, &by](const std::string& why) {
        last_refusal_ = by.peer_name() + " says: " + excerpt(why, kLongestRefusal);
        not_before_[by.peer()] = setup_.scheduler.now() + jittered(kRefused);
        log::info("certificate not renewed: " + last_refusal_);
    };
    if (reply.certificate_der.empty()) return later(reply.refusal);
    auto renewed = crypto::renewed_identity(setup_.identity, reply.certificate_der, setup_.trust);
    if (!renewed) return later(renewed.error().message);
    if (const Status saved = crypto::replace_identity_file(setup_.file, setup_.identity, *renewed); !saved) {
        log::error("a renewed certificate cannot be kept, and is not used: " + saved.error().message);
        return later("renewed, but this agent could not write it: " + saved.error().message);
    }
    setup_.identity = std::move(*renewed);
    not_before_.clear();
    last_refusal_.clear();
    ever_warned_ = false;
    log::info("certificate renewed by " + by.peer_name() + ": it " +
                  crypto::expiry_text(setup_.identity.member().not_after, setup_.clock.wall_now()),
              {{"file", setup_.file}});
}

}  // namespace culvert::agent::session
