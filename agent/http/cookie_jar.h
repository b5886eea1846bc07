// The cookies of one user (RFC 6265): by host, path, scheme and expiry. Bounded: the oldest cookie makes room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/http/set_cookie.h"
#include "agent/http/url.h"

namespace culvert::agent::http {

class CookieJar {
  public:
    static constexpr std::size_t kMostCookies = 64;
    static constexpr std::size_t kLongestHeader = 16 << 10;

    bool empty() const { return cookies_.empty(); }
    // Takes a Set-Cookie header that came from `url`; one that `url` may not set is ignored, an expired one deletes.
    void take(const Url& url, std::string_view set_cookie, WallTime now);
    // Appends the value of the Cookie header for a request to `url`: longest path first, then oldest. Nothing if there
    // is none.
    void append_header(const Url& url, WallTime now, std::string& out) const;
    void clear() { cookies_.clear(); }

  private:
    struct Cookie {
        SetCookie set;
        std::string host;  // that set it; or the domain, if `host_only` is false
        bool host_only = true;
    };
    static bool applies(const Cookie& cookie, const Url& url, std::string_view path, WallTime now);

    std::vector<Cookie> cookies_;  // by length of path, longest first; then by age
};

}  // namespace culvert::agent::http
