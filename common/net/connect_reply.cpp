#include "common/net/connect_reply.h"

#include "common/base/text.h"

namespace culvert::net {
namespace {

constexpr std::size_t kLongestShown = 120;
constexpr std::size_t kStatusDigits = 3;

bool mentions(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

int number_of(std::string_view digits) {
    int number = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return 0;
        number = number * 10 + (c - '0');
    }
    return number;
}

}  // namespace

bool ConnectReply::hear(std::string_view line) {
    line = trim(line);
    if (line.empty()) return end_of_head();
    if (line.starts_with("HTTP/")) {
        hear_status(line);
    } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
        hear_field(to_lower_ascii(line.substr(0, colon)), trim(line.substr(colon + 1)));
    }
    return true;
}

void ConnectReply::hear_status(std::string_view line) {
    const std::size_t space = line.find(' ');
    const std::string_view rest = space == std::string_view::npos ? "" : line.substr(space + 1);
    status = number_of(rest.substr(0, kStatusDigits));
    status_line = excerpt(rest.empty() ? line : rest, kLongestShown);
    detail.clear();
    stale_nonce = false;
    tunnel_open = status / 100 == 2;
    http_1_0_ = line.starts_with("HTTP/1.0");
    keeps_ = closes_ = ntlm_challenge_ = false;
    if (status == 407) ++refusals;
}

void ConnectReply::hear_field(const std::string& name, std::string_view value) {
    if (name == "x-squid-error" || name == "proxy-status" || name == "x-proxy-error") {
        detail = excerpt(value, kLongestShown);
        return;
    }
    const std::string text = to_lower_ascii(value);
    if (name == "connection" || name == "proxy-connection") {
        closes_ = closes_ || mentions(text, "close");
        keeps_ = keeps_ || mentions(text, "keep-alive");
    } else if (name == "proxy-authenticate") {
        ntlm_challenge_ = ntlm_challenge_ || text.starts_with("ntlm ");
        stale_nonce = stale_nonce || (text.starts_with("digest ") &&
                                      (mentions(text, "stale=true") || mentions(text, "stale=\"true\"")));
    }
}

// libcurl answers each 407 by itself, so endless ones end here.
bool ConnectReply::end_of_head() {
    if (status != 407) return true;
    cut_handshake = ntlm_challenge_ && (closes_ || (http_1_0_ && !keeps_));
    return !cut_handshake && refusals < kMostRefusals;
}

}  // namespace culvert::net
