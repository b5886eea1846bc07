#include "agent/http/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "common/base/text.h"

namespace culvert::agent::http {
namespace {

constexpr std::size_t kLongestHost = 253;

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

Status check_host(const std::string& host, bool bracketed) {
    if (host.empty()) return fail(Code::InvalidInput, "it names no host");
    if (host.size() > kLongestHost) return fail(Code::InvalidInput, "its host is too long");
    if (bracketed) {
        in6_addr address{};
        if (inet_pton(AF_INET6, host.c_str(), &address) != 1)
            return fail(Code::InvalidInput, "[" + excerpt(host, 60) + "] is no IPv6 address");
        return {};
    }
    if (!std::all_of(host.begin(), host.end(), is_name_character)) {
        return fail(Code::InvalidInput,
                    "\"" + excerpt(host, 60) + "\" is no host name (write names outside ASCII as xn--…)");
    }
    return {};
}

Result<Origin> parse_authority(bool tls, std::string_view authority) {
    if (authority.find('@') != std::string_view::npos)
        return fail(Code::InvalidInput, "user and password do not belong in a URL; send an Authorization header");
    Origin origin{tls, {}, static_cast<std::uint16_t>(tls ? 443 : 80)};
    const bool bracketed = !authority.empty() && authority.front() == '[';
    std::size_t host_end = bracketed ? authority.find(']') : authority.find(':');
    if (bracketed && host_end == std::string_view::npos) return fail(Code::InvalidInput, "its [ is never closed");
    if (host_end == std::string_view::npos) host_end = authority.size();
    origin.host = to_lower_ascii(bracketed ? authority.substr(1, host_end - 1) : authority.substr(0, host_end));
    if (const auto status = check_host(origin.host, bracketed); !status) return tl::unexpected<Error>(status.error());
    std::string_view rest = authority.substr(bracketed ? host_end + 1 : host_end);
    if (rest.empty() || rest == ":") return origin;
    rest.remove_prefix(1);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), origin.port);
    if (error != std::errc() || end != rest.data() + rest.size() || origin.port == 0) {
        return fail(Code::InvalidInput, "\"" + excerpt(rest, 20) + "\" is no port");
    }
    return origin;
}

std::string_view without_fragment(std::string_view text) {
    return text.substr(0, text.find('#'));
}

// "." and ".." segments of a path, RFC 3986, 5.2.4.
std::string remove_dot_segments(std::string_view path) {
    std::vector<std::string_view> kept;
    const auto segments = split(path.substr(1), '/');
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const bool last = i + 1 == segments.size();
        const bool up = segments[i] == "..";
        if (up && !kept.empty()) kept.pop_back();
        if (!up && segments[i] != ".")
            kept.push_back(segments[i]);
        else if (last)
            kept.emplace_back();
    }
    std::string result;
    for (const std::string_view segment : kept) (result += '/') += segment;
    return result.empty() ? "/" : result;
}

}  // namespace

std::string host_header(const Origin& origin) {
    std::string text = origin.host.find(':') == std::string::npos ? origin.host : "[" + origin.host + "]";
    if (origin.port != (origin.tls ? 443 : 80)) text += ":" + std::to_string(origin.port);
    return text;
}

std::string to_string(const Origin& origin) {
    return (origin.tls ? "https://" : "http://") + host_header(origin);
}

void append_target(std::string& out, std::string_view text) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7F && c != '"' && c != '<' && c != '>') {
            out.push_back(c);
        } else {
            out.push_back('%');
            out.push_back(kDigits[byte >> 4]);
            out.push_back(kDigits[byte & 15]);
        }
    }
}

Result<Url> parse_url(std::string_view text) {
    const auto refuse = [text](const std::string& why) {
        return fail(Code::InvalidInput, "URL \"" + excerpt(text, 120) + "\": " + why);
    };
    if (text.size() > kLongestUrl) return refuse("it is too long");
    const std::size_t colon = text.find("://");
    const std::string scheme = to_lower_ascii(text.substr(0, colon == std::string_view::npos ? 0 : colon));
    if (scheme != "http" && scheme != "https") return refuse("it does not begin with http:// or https://");
    const std::string_view rest = without_fragment(text.substr(colon + 3));
    const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
    auto origin = parse_authority(scheme == "https", rest.substr(0, path));
    if (!origin) return refuse(origin.error().message);
    Url url{std::move(*origin), {}};
    if (path == rest.size() || rest[path] == '?') url.target = "/";
    append_target(url.target, rest.substr(path));
    return url;
}

Result<Url> resolve_reference(const Url& base, std::string_view reference) {
    const std::string_view trimmed = without_fragment(trim(reference));
    if (trimmed.substr(0, 2) == "//") return parse_url((base.origin.tls ? "https:" : "http:") + std::string(trimmed));
    const std::size_t special = trimmed.find_first_of(":/?");
    if (special != std::string_view::npos && trimmed[special] == ':') return parse_url(trimmed);
    if (trimmed.size() > kLongestUrl)
        return fail(Code::InvalidInput, "URL \"" + excerpt(trimmed, 120) + "\": it is too long");

    const std::string_view base_path = std::string_view(base.target).substr(0, base.target.find('?'));
    const std::size_t query = std::min(trimmed.find('?'), trimmed.size());
    std::string_view path = trimmed.substr(0, query);
    std::string merged;
    if (path.empty()) {
        merged = trimmed.empty() ? base.target : std::string(base_path);
    } else if (path.front() == '/') {
        merged = remove_dot_segments(path);
    } else {
        merged = remove_dot_segments(std::string(base_path.substr(0, base_path.rfind('/') + 1)) + std::string(path));
    }
    Url url{base.origin, {}};
    append_target(url.target, merged + std::string(trimmed.substr(query)));
    return url;
}

}  // namespace culvert::agent::http
