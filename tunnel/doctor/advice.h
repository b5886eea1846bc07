// From where a walk ended to what a person should do about it. Pure.
#pragma once

#include <string>

#include "common/net/dial.h"
#include "tunnel/doctor/diagnosis.h"
#include "tunnel/link/admission.h"
#include "tunnel/link/relay_url.h"

namespace culvert::tunnel::doctor {

// The hop at which a dial ended, for a way with or without a proxy.
Hop hop_of(net::DialStage stage, bool through_proxy);
// `proxy`: URL of the proxy that was used; empty: direct.
Advice advice_for_dial(const net::DialError& error, const std::string& proxy, const link::RelayUrl& relay);
// `difference`: the relay's wall clock minus ours. `besides`: what else was said, which may be its consequence.
Advice advice_for_clock(Duration difference, const std::string& besides = "");
// The relay's certificate is not valid at this time. `clock_is_right`: it was compared with the relay's.
Advice advice_for_certificate_time(const link::RelayUrl& relay, bool clock_is_right);
// No transport brought a word from the relay.
Advice advice_for_silence(const Error& web_socket, const Error& long_poll, const link::RelayUrl& relay);
// It works, but by long-poll only.
Advice advice_for_long_poll(const Error& web_socket, const link::RelayUrl& relay);
Advice advice_for_refusal(const link::Denial& denial);
// Everything that could be asked of a network team, in one line.
std::string full_request(const link::RelayUrl& relay);

}  // namespace culvert::tunnel::doctor
