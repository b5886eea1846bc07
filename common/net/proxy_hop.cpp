#include "common/net/proxy_hop.h"

namespace culvert::net {

const char* to_string(ProxyAuth method) {
    switch (method) {
        case ProxyAuth::Negotiate:
            return "Negotiate";
        case ProxyAuth::Ntlm:
            return "NTLM";
        case ProxyAuth::Digest:
            return "Digest";
        case ProxyAuth::Basic:
            return "Basic";
    }
    return "unknown";
}

bool uses_password(ProxyAuth method) {
    return method != ProxyAuth::Negotiate;
}

ProxyKind ProxyHop::kind() const {
    if (url.starts_with("socks5")) return ProxyKind::Socks5;
    return url.starts_with("https://") ? ProxyKind::Https : ProxyKind::Http;
}

}  // namespace culvert::net
