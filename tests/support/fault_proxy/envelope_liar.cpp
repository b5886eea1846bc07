#include "tests/support/fault_proxy/envelope_liar.h"

#include <utility>

#include "tunnel/envelope/admission.h"
#include "tunnel/envelope/presence.h"
#include "tunnel/session/carriage.h"

namespace culvert::test {
namespace {

using tunnel::envelope::Envelope;
using tunnel::envelope::EnvelopeView;
using tunnel::envelope::Kind;
using tunnel::session::Carriage;
using tunnel::session::kCarriageHeader;

Envelope copy_of(const EnvelopeView& view) {
    return {view.kind, view.from, view.to, std::string(view.body)};
}

}  // namespace

std::string EnvelopeLiar::pass(std::string_view batch, const EnvelopeFaults& faults) {
    std::string out;
    std::string_view rest = batch;
    while (!rest.empty()) {
        const auto view = tunnel::envelope::take_front(rest);
        if (!view) return std::string(batch);
        if (view->kind == Kind::Data && view->body.size() > kCarriageHeader) {
            data(*view, faults, out);
        } else {
            out += view->whole;
        }
    }
    return out;
}

bool EnvelopeLiar::tells(Lie lie, const EnvelopeFaults& faults) {
    const auto index = static_cast<std::size_t>(lie);
    const std::uint64_t every = faults.every[index];
    if (every == 0 || envelopes_ <= faults.skip || told_[index] >= faults.times) return false;
    if ((envelopes_ - faults.skip - 1) % every != 0) return false;
    ++told_[index];
    on_lie_("envelope_" + std::string(name_of(lie)), envelopes_);
    return true;
}

void EnvelopeLiar::data(const EnvelopeView& view, const EnvelopeFaults& faults, std::string& out) {
    ++envelopes_;
    if (tells(Lie::Drop, faults)) return;
    Envelope envelope = copy_of(view);
    // Not its own inverse: an envelope may pass here twice, on the tunnels of its sender and of its receiver.
    if (tells(Lie::Edit, faults)) envelope.body.back() = static_cast<char>(envelope.body.back() + 1);
    if (tells(Lie::Truncate, faults)) envelope.body.resize((kCarriageHeader + envelope.body.size()) / 2);
    if (tells(Lie::Sender, faults)) ++envelope.from.node.bytes.front();
    if (!delayed_ && tells(Lie::Reorder, faults)) {
        delayed_ = std::move(envelope);
        return;
    }
    append_to(out, envelope);
    if (tells(Lie::Replay, faults)) append_to(out, envelope);
    if (delayed_ && delayed_->from == view.from && delayed_->to == view.to)
        append_to(out, *std::exchange(delayed_, std::nullopt));
    divert(view, faults, out);
    forge(view, faults, out);
}

void EnvelopeLiar::divert(const EnvelopeView& view, const EnvelopeFaults& faults, std::string& out) {
    channels_[view.from] = view.body.substr(0, kCarriageHeader);
    for (const auto& [sender, beginning] : channels_) {
        if (sender == view.from) continue;
        if (!tells(Lie::Divert, faults)) return;
        Envelope envelope = copy_of(view);
        envelope.from = sender;
        envelope.body.replace(0, kCarriageHeader, beginning);
        append_to(out, envelope);
        return;
    }
}

void EnvelopeLiar::forge(const EnvelopeView& view, const EnvelopeFaults& faults, std::string& out) {
    const auto say = [&out, &view](Kind kind, std::string body) {
        append_to(out, Envelope{kind, view.from, view.to, std::move(body)});
    };
    if (tells(Lie::Unreachable, faults)) say(Kind::Unreachable, {});
    if (tells(Lie::Presence, faults)) {
        const tunnel::envelope::Presence gone{view.from, Role::Agent, "", false, "", "it was switched off"};
        for (std::string& body : tunnel::envelope::encode_changes({&gone, 1})) say(Kind::Presence, std::move(body));
    }
    if (tells(Lie::Revocations, faults)) say(Kind::Revocations, "everybody but me");
    if (tells(Lie::Wake, faults)) say(Kind::Data, encode(Carriage{.channel = 0, .wake = true}));
    if (tells(Lie::CloseChannel, faults)) {
        if (auto carriage = tunnel::session::decode_carriage(view.body))
            say(Kind::Data, encode(Carriage{.channel = carriage->channel, .close = true}));
    }
    if (tells(Lie::Closing, faults))
        say(Kind::Closing, encode(tunnel::envelope::Refusal{tunnel::envelope::Reason::Busy, "no room for you", true}));
}

}  // namespace culvert::test
