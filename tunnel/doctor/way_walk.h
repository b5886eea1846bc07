// The way from here to a relay's web server: choice of the proxy, proxy, CONNECT, TLS; relay after relay.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/crypto/tls_trust.h"
#include "common/net/credential_memory.h"
#include "tunnel/doctor/doctor_settings.h"
#include "tunnel/doctor/record.h"
#include "tunnel/doctor/trial_links.h"
#include "tunnel/proxy/selector.h"

namespace culvert::tunnel::doctor {

class WayWalk {
  public:
    // All outlive it.
    WayWalk(const DoctorSettings& settings, const Clock& clock, net::CredentialMemory& memory, Record& record)
        : settings_(settings), clock_(clock), memory_(memory), record_(record) {}

    // The first relay that is reached; nothing: the record was stopped and says why.
    std::optional<Reached> reach();

  private:
    // `last`: no other relay is left to try.
    std::optional<Reached> reach(const link::RelayUrl& relay, const proxy::Selector& selector, bool last);
    tl::expected<Reached, net::DialError> dial(const link::RelayUrl& relay, const proxy::Choice& choice);
    void tell_choice(const proxy::Choice& choice, const std::string& passed_over, Duration thought);
    void tell_route(const Reached& reached);
    void tell_tls(const Reached& reached);
    bool needs_extra_ca(const Reached& reached);
    void failed(const net::DialError& error, const link::RelayUrl& relay, const proxy::Choice& choice, bool last);
    void failed_by_time(const net::DialError& error, const link::RelayUrl& relay, const proxy::Choice& choice);

    const DoctorSettings& settings_;
    const Clock& clock_;
    net::CredentialMemory& memory_;
    Record& record_;
    std::shared_ptr<const crypto::TlsTrust> trust_;
    bool given_up_ = false;  // another relay would not help
};

}  // namespace culvert::tunnel::doctor
