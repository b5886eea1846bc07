// A mesh without cryptography and a transport without sockets, for the relay's logic.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tunnel/envelope/admission.h"
#include "tunnel/envelope/envelope.h"
#include "tunnel/envelope/presence.h"
#include "tunnel/relay/switchboard.h"

namespace culvert::tunnel::relay {

class SetClock final : public Clock {
  public:
    SteadyTime steady_now() const override { return SteadyTime(now); }
    WallTime wall_now() const override { return WallTime(std::chrono::hours(24 * 365 * 55) + now); }

    Duration now = std::chrono::hours(1);
};

// The "certificate" is the member's name; the "signature" is the signed text itself.
class FakeTrust final : public Trust {
  public:
    OrRefusal<crypto::Member> verify(std::string_view certificate_der, std::string_view signed_text,
                                     std::string_view signature) const override {
        const auto found = members.find(std::string(certificate_der));
        if (found == members.end())
            return tl::unexpected(envelope::Refusal{envelope::Reason::ForeignCa, "not of this mesh", false});
        if (revoked(found->second.serial))
            return tl::unexpected(envelope::Refusal{envelope::Reason::Revoked, "revoked", false});
        if (signature != signed_text)
            return tl::unexpected(envelope::Refusal{envelope::Reason::BadSignature, "wrong signature", false});
        return found->second;
    }
    // A list is good when it starts with "crl", and newer when it is longer. Its lines after the first are serials.
    Result<bool> take_revocations(std::string_view crl) override {
        if (!crl.starts_with("crl")) return fail(Code::Unauthorized, "not signed by the mesh CA");
        if (crl.size() <= list.size()) return false;
        list = crl;
        return true;
    }
    const std::string& revocations() const override { return list; }
    bool revoked(std::string_view serial) const override {
        return list.find("\n" + std::string(serial) + "\n") != std::string::npos;
    }

    std::map<std::string, crypto::Member> members;
    std::string list;
};

// Holds the messages that the switchboard hands out, link by link.
class FakeTransport final : public LinkTransport {
  public:
    explicit FakeTransport(LinkHandler& handler) : handler_(handler) {}

    void want_write(LinkId link) override { wanted.insert(link); }
    void cut(LinkId link) override { cuts.insert(link); }

    // What has been sent to the link since the last call; nothing else may be in it. A closed link is remembered in
    // `closed`.
    std::vector<envelope::Envelope> receive(LinkId link) {
        std::vector<envelope::Envelope> received;
        while (wanted.erase(link) > 0) {
            const NextMessage next = handler_.next_message(link);
            if (next.close) closed.insert(link);
            if (next.more) wanted.insert(link);
            if (next.bytes.empty()) continue;
            std::string_view rest = std::string_view(next.bytes).substr(kHeadroom);
            while (!rest.empty()) {
                const auto taken = envelope::take_front(rest);
                REQUIRE(taken.has_value());
                received.push_back({taken->kind, taken->from, taken->to, std::string(taken->body)});
            }
        }
        return received;
    }

    std::set<LinkId> wanted, cuts, closed;

  private:
    LinkHandler& handler_;
};

}  // namespace culvert::tunnel::relay
