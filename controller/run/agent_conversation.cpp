#include "controller/run/agent_conversation.h"

#include <fmt/format.h>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/crypto/renewal.h"

namespace culvert::run {

using roster::EntryState;

AgentConversation::AgentConversation(Address address, std::string name, const Clock& clock) : clock_(clock) {
    entry_.address = address;
    entry_.name = std::move(name);
}

void AgentConversation::open(tunnel::session::Endpoint& endpoint) {
    if (session_ != nullptr) return;
    gone_ = false;
    session_ = &endpoint.open(entry_.address, entry_.name, *this);
}

void AgentConversation::set_presence(const tunnel::link::Presence& presence) {
    if (presence.online) {
        entry_.transport = presence.transport;
        return;
    }
    entry_.note = presence.last_words;
}

std::string AgentConversation::trouble() const {
    const auto why = session_ != nullptr ? session_->trouble() : std::nullopt;
    return why ? why->message : "";
}

void AgentConversation::probe_clock() {
    if (connected_) session_->send_datagram(protocol::encode(estimator_.probe(clock_.steady_now())));
}

void AgentConversation::on_datagram(std::string_view bytes) {
    const auto datagram = protocol::decode_datagram(bytes);
    const auto* reply = datagram ? std::get_if<protocol::ClockReply>(&*datagram) : nullptr;
    if (reply == nullptr) return;
    const SteadyTime now = clock_.steady_now();
    if (estimator_.take(*reply, now)) entry_.clock = estimator_.estimate(now);
}

void AgentConversation::close(std::string_view reason) {
    listener_ = nullptr;
    if (session_ != nullptr) session_->close(reason);
}

void AgentConversation::send(const protocol::ControllerMessage& message) {
    auto pieces = protocol::encode(message);
    CULVERT_CHECK(pieces.has_value());  // what is too large was refused when the run was set up
    for (std::string& piece : *pieces) outbox_.push_back(std::move(piece));
    flush();
}

void AgentConversation::flush() {
    while (session_ != nullptr && !outbox_.empty()) {
        const Status sent = session_->send(outbox_.front());
        if (!sent) return;  // on_writable, or on_lost, follows
        outbox_.pop_front();
    }
}

void AgentConversation::on_message(tunnel::session::Session&, std::string_view piece) {
    auto whole = assembler_.feed(piece);
    if (!whole) return give_up(whole.error());
    if (!*whole) return;
    auto message = protocol::decode_agent_message(**whole);
    if (!message) return give_up(message.error());
    if (const auto* hello = std::get_if<protocol::AgentHello>(&*message)) take_hello(*hello);
    if (const auto* status = std::get_if<protocol::AgentStatus>(&*message)) {
        entry_.cpu_percent = status->cpu_percent;
        entry_.spooled_bytes = status->spooled_bytes;
        entry_.proxy = status->proxy;
    }
    if (listener_ != nullptr) listener_->on_message(*this, std::move(*message));
}

void AgentConversation::take_hello(const protocol::AgentHello& hello) {
    introduced_ = true;
    entry_.labels = hello.labels;
    entry_.weight = hello.weight;
    entry_.program_version = hello.program_version;
    entry_.charter = hello.charter;
    entry_.cores = hello.cores;
    entry_.proxy = hello.proxy;
    entry_.cpu_percent = hello.cpu_percent;
    entry_.busy_with = hello.run;
    entry_.state = hello.run.empty() ? EntryState::Ready : EntryState::Busy;
    entry_.note.clear();
    if (hello.protocol_version != protocol::kVersion) {
        entry_.state = EntryState::Incompatible;
        const bool agent_is_older = hello.protocol_version < protocol::kVersion;
        entry_.note = fmt::format("speaks version {} of the protocol, this controller {}: upgrade the {}",
                                  hello.protocol_version, protocol::kVersion, agent_is_older ? "agent" : "controller");
    }
    if (hello.name != entry_.name) {
        entry_.note = "calls itself " + hello.name + ", its certificate says " + entry_.name;
        log::warning(entry_.note, {{"agent", entry_.name}});
    }
}

// What it says cannot be understood: a defect, or another program than it claims. Nothing it sends later could be put
// in order again.
void AgentConversation::give_up(const Error& why) {
    log::error("an agent broke the protocol: " + why.message, {{"agent", entry_.name}});
    if (session_ != nullptr) session_->close("protocol error: " + why.message);
}

void AgentConversation::note_certificate() {
    if (session_ == nullptr || session_->certificate() == nullptr) return;
    const crypto::Member& shown = *session_->certificate();
    entry_.certificate = roster::CertificateTimes{crypto::renewal_due(shown), shown.not_after};
}

void AgentConversation::on_open(tunnel::session::Session&) {
    connected_ = true;
    note_certificate();
    flush();
    probe_clock();
    if (listener_ != nullptr) listener_->on_connected(*this);
}

void AgentConversation::on_resumed(tunnel::session::Session&) {
    connected_ = true;
    note_certificate();
    flush();
    probe_clock();
    if (listener_ != nullptr) listener_->on_connected(*this);
}

void AgentConversation::on_interrupted(tunnel::session::Session&, const Error& why) {
    connected_ = false;
    entry_.note = why.message;
    if (listener_ != nullptr) listener_->on_interrupted(*this, why);
}

void AgentConversation::on_writable(tunnel::session::Session&) {
    flush();
    if (listener_ != nullptr && has_room()) listener_->on_room(*this);
}

void AgentConversation::on_lost(tunnel::session::Session&, const Error& why) {
    session_ = nullptr;
    connected_ = introduced_ = false;
    gone_ = true;
    outbox_.clear();
    assembler_ = protocol::Assembler();
    estimator_.forget();  // another process may answer next
    entry_.state = EntryState::Unreachable;
    entry_.note = why.message;
    if (listener_ != nullptr) listener_->on_gone(*this, why);
}

}  // namespace culvert::run
