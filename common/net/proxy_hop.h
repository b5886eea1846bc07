// One proxy to go through, with everything it may ask for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.h"

namespace culvert::net {

// Ways to show a proxy who we are, strongest first.
enum class ProxyAuth : std::uint8_t { Negotiate, Ntlm, Digest, Basic };

const char* to_string(ProxyAuth method);
// Negotiate shows a Kerberos ticket; the others are answers made of the password, and a wrong one counts against the
// account.
bool uses_password(ProxyAuth method);

enum class ProxyKind : std::uint8_t { Http, Https, Socks5 };

struct ProxyHop {
    std::string url;  // "http://proxy.corp:3128", "https://…", "socks5h://…", without credentials
    std::string username;
    Secret password;
    std::vector<ProxyAuth> methods{ProxyAuth::Negotiate, ProxyAuth::Ntlm, ProxyAuth::Digest,
                                   ProxyAuth::Basic};  // allowed, in order
    std::string chosen_by;                             // "tunnel.proxy.urls[0]": for messages and Route

    ProxyKind kind() const;  // by the scheme of url

    friend bool operator==(const ProxyHop&, const ProxyHop&) = default;
};

}  // namespace culvert::net
