#include "agent/http/cookie_jar.h"

#include <arpa/inet.h>

#include <algorithm>

namespace culvert::agent::http {
namespace {

bool is_address(const std::string& host) {
    in_addr v4{};
    return host.find(':') != std::string::npos || inet_pton(AF_INET, host.c_str(), &v4) == 1;
}

bool domain_matches(std::string_view host, std::string_view domain) {
    if (host == domain) return true;
    return host.size() > domain.size() && host.substr(host.size() - domain.size()) == domain &&
           host[host.size() - domain.size() - 1] == '.';
}

std::string_view path_of(const Url& url) {
    return std::string_view(url.target).substr(0, url.target.find('?'));
}

std::string default_path(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 || slash == std::string_view::npos ? "/" : std::string(path.substr(0, slash));
}

bool path_matches(std::string_view path, std::string_view cookie_path) {
    if (path.substr(0, cookie_path.size()) != cookie_path) return false;
    return path.size() == cookie_path.size() || cookie_path.back() == '/' || path[cookie_path.size()] == '/';
}

}  // namespace

void CookieJar::take(const Url& url, std::string_view set_cookie, WallTime now) {
    auto parsed = parse_set_cookie(set_cookie, now);
    if (!parsed) return;
    const std::string& host = url.origin.host;
    Cookie cookie{std::move(*parsed), host, true};
    if (!cookie.set.domain.empty() && cookie.set.domain != host) {
        // A name without a dot is a whole top-level domain; there is no list of the longer ones here.
        if (is_address(host) || !domain_matches(host, cookie.set.domain) ||
            cookie.set.domain.find('.') == std::string::npos)
            return;
    }
    if (!cookie.set.domain.empty() && !is_address(host)) {
        cookie.host = cookie.set.domain;
        cookie.host_only = false;
    }
    if (cookie.set.secure && !url.origin.tls) return;
    if (cookie.set.path.empty()) cookie.set.path = default_path(path_of(url));

    const auto same = std::find_if(cookies_.begin(), cookies_.end(), [&cookie](const Cookie& other) {
        return other.set.name == cookie.set.name && other.host == cookie.host && other.host_only == cookie.host_only &&
               other.set.path == cookie.set.path;
    });
    const bool expired = cookie.set.expires && *cookie.set.expires <= now;
    if (same != cookies_.end()) {
        if (expired) {
            cookies_.erase(same);
        } else {
            *same = std::move(cookie);
        }
        return;
    }
    if (expired) return;
    if (cookies_.size() >= kMostCookies) cookies_.erase(cookies_.begin());
    const auto place = std::find_if(cookies_.begin(), cookies_.end(), [&cookie](const Cookie& other) {
        return other.set.path.size() < cookie.set.path.size();
    });
    cookies_.insert(place, std::move(cookie));
}

bool CookieJar::applies(const Cookie& cookie, const Url& url, std::string_view path, WallTime now) {
    if (cookie.set.secure && !url.origin.tls) return false;
    if (cookie.set.expires && *cookie.set.expires <= now) return false;
    if (cookie.host_only ? cookie.host != url.origin.host : !domain_matches(url.origin.host, cookie.host)) return false;
    return path_matches(path, cookie.set.path);
}

void CookieJar::append_header(const Url& url, WallTime now, std::string& out) const {
    const std::string_view path = path_of(url);
    const std::size_t begin = out.size();
    for (const Cookie& cookie : cookies_) {
        if (!applies(cookie, url, path, now)) continue;
        if (out.size() - begin + cookie.set.name.size() + cookie.set.value.size() > kLongestHeader) return;
        if (out.size() > begin) out += "; ";
        ((out += cookie.set.name) += '=') += cookie.set.value;
    }
}

}  // namespace culvert::agent::http
