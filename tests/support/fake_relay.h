// A relay in memory: links that a test cuts and brings back, envelopes that it loses, doubles or reorders. Nothing
// moves until deliver() is called.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "tunnel/link/uplink.h"

namespace culvert::test {

class FakeRelay;

class FakeUplink final : public tunnel::link::Uplink {
  public:
    FakeUplink(FakeRelay& relay, Address self, Role role, std::string name, tunnel::link::UplinkEvents& events);
    ~FakeUplink() override;

    void start() override { up(); }
    void stop() override;
    Status send(const tunnel::envelope::Envelope& envelope) override;
    const std::optional<tunnel::link::LinkInfo>& info() const override { return info_; }
    std::uint64_t instance() const override { return self.instance; }

    void up();
    // What is under way from and to this node is lost, as when a TCP connection breaks.
    void down();
    bool is_up() const { return info_.has_value(); }

    const Address self;
    const Role role;
    const std::string name;
    // At most so many envelopes wait for deliver(); then Overloaded.
    std::size_t room = 1'000'000;

  private:
    friend class FakeRelay;
    FakeRelay& relay_;
    tunnel::link::UplinkEvents& events_;
    std::optional<tunnel::link::LinkInfo> info_;
    std::size_t waiting_ = 0;
    bool wants_writable_ = false;
};

class FakeRelay {
  public:
    // Delivers everything under way, and what that leads to, up to `most` envelopes. Returns how many.
    std::size_t deliver(std::size_t most = 100'000) {
        std::size_t delivered = 0;
        while (delivered < most && !queue_.empty()) {
            tunnel::envelope::Envelope envelope = std::move(queue_.front());
            queue_.pop_front();
            ++delivered;
            ++delivered_;
            left(envelope.from);
            if (!lie || lie(envelope)) hand_over(envelope);
        }
        return delivered;
    }

    std::size_t under_way() const { return queue_.size(); }
    std::size_t delivered() const { return delivered_; }
    void lose(std::size_t at) {
        left(queue_[at].from);
        queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    void double_up(std::size_t at) {
        if (FakeUplink* sender = find(queue_[at].from)) ++sender->waiting_;
        queue_.insert(queue_.begin() + static_cast<std::ptrdiff_t>(at), tunnel::envelope::Envelope(queue_[at]));
    }
    // What it does to an envelope before it hands it over; false: it keeps it.
    std::function<bool(tunnel::envelope::Envelope&)> lie;
    // One bit of the last byte.
    void alter(std::size_t at) { queue_[at].body.back() = static_cast<char>(queue_[at].body.back() ^ 1); }
    void swap(std::size_t a, std::size_t b) { std::swap(queue_[a], queue_[b]); }
    // Every byte that ever passed, for "the relay sees only ciphertext".
    const std::string& seen() const { return seen_; }

  private:
    friend class FakeUplink;

    FakeUplink* find(const Address& address) {
        const auto found = links_.find(address);
        return found == links_.end() ? nullptr : found->second;
    }

    void left(const Address& from) {
        FakeUplink* sender = find(from);
        if (sender == nullptr) return;
        if (sender->waiting_ > 0) --sender->waiting_;
        if (sender->wants_writable_ && sender->waiting_ <= sender->room / 2) {
            sender->wants_writable_ = false;
            sender->events_.on_writable();
        }
    }

    void hand_over(const tunnel::envelope::Envelope& envelope) {
        seen_ += envelope.body;
        FakeUplink* receiver = find(envelope.to);
        if (receiver != nullptr && receiver->is_up())
            return receiver->events_.on_envelope({envelope.kind, envelope.from, envelope.to, envelope.body, {}});
        FakeUplink* sender = find(envelope.from);
        if (sender != nullptr && sender->is_up()) {
            sender->events_.on_envelope({tunnel::envelope::Kind::Unreachable, envelope.to, envelope.from, {}, {}});
        }
    }

    void announce(const FakeUplink& node, bool online) {
        if (node.role != Role::Agent) return;
        for (const auto& [address, link] : links_) {
            if (link->role == Role::Controller && link->is_up()) {
                link->events_.on_presence(
                    {{node.self, Role::Agent, node.name, online, "websocket", online ? "" : "link cut"}}, false);
            }
        }
    }

    void tell_all_presence(FakeUplink& controller) {
        std::vector<tunnel::link::Presence> list;
        for (const auto& [address, link] : links_) {
            if (link->role == Role::Agent && link->is_up())
                list.push_back({address, Role::Agent, link->name, true, "websocket", ""});
        }
        controller.events_.on_presence(list, true);
    }

    std::map<Address, FakeUplink*> links_;
    std::deque<tunnel::envelope::Envelope> queue_;
    std::string seen_;
    std::size_t delivered_ = 0;
};

inline FakeUplink::FakeUplink(FakeRelay& relay, Address address, Role node_role, std::string node_name,
                              tunnel::link::UplinkEvents& events)
    : self(address), role(node_role), name(std::move(node_name)), relay_(relay), events_(events) {
    relay_.links_[self] = this;
}

inline FakeUplink::~FakeUplink() {
    relay_.links_.erase(self);
}

inline Status FakeUplink::send(const tunnel::envelope::Envelope& envelope) {
    if (!is_up()) return fail(Code::Disconnected, "no link");
    if (waiting_ >= room) {
        wants_writable_ = true;
        return fail(Code::Overloaded, "the link is full");
    }
    CULVERT_CHECK(envelope.from == self);  // a relay ends the link of a node that speaks in another's name
    ++waiting_;
    relay_.queue_.push_back(envelope);
    return {};
}

inline void FakeUplink::up() {
    if (is_up()) return;
    info_.emplace();
    info_->relay = "wss://relay.test/mesh";
    events_.on_up(*info_);
    if (role == Role::Controller) relay_.tell_all_presence(*this);
    relay_.announce(*this, true);
}

inline void FakeUplink::stop() {
    if (!is_up()) return;
    info_.reset();
    std::erase_if(relay_.queue_, [this](const auto& envelope) { return envelope.from == self || envelope.to == self; });
    relay_.announce(*this, false);
}

inline void FakeUplink::down() {
    if (!is_up()) return;
    info_.reset();
    waiting_ = 0;
    wants_writable_ = false;
    std::erase_if(relay_.queue_, [this](const auto& envelope) { return envelope.from == self || envelope.to == self; });
    events_.on_down({Code::Disconnected, "the link was cut"}, std::chrono::seconds(1));
    relay_.announce(*this, false);
}

}  // namespace culvert::test
