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

}  // namespace culvert::net
