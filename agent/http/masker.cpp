#include "agent/http/masker.h"

#include <algorithm>
#include <array>

#include "agent/http/encoding.h"
#include "agent/http/url.h"
#include "common/base/secret.h"
#include "common/base/text.h"

namespace culvert::agent::http {
namespace {

constexpr std::array<std::string_view, 7> kPrivateHeaders{
    "authorization",      "cookie",    "set-cookie",      "proxy-authorization",
    "proxy-authenticate", "x-api-key", "www-authenticate"};

}  // namespace

Masker::Masker(const std::vector<std::string>& secrets) {
    using Encoding = workload::Template::Encoding;
    for (const std::string& secret : secrets) {
        if (secret.empty()) continue;
        needles_.push_back(secret);
        for (const Encoding encoding : {Encoding::Url, Encoding::Form, Encoding::JsonText}) {
            std::string encoded;
            if (append_encoded(encoded, secret, encoding)) needles_.push_back(std::move(encoded));
        }
        std::string target;
        append_target(target, secret);
        needles_.push_back(std::move(target));
    }
    std::sort(needles_.begin(), needles_.end(), [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
    needles_.erase(std::unique(needles_.begin(), needles_.end()), needles_.end());
}

std::string Masker::mask(std::string_view text) const {
    std::string masked(text);
    for (const std::string& needle : needles_) {
        std::size_t at = 0;
        while ((at = masked.find(needle, at)) != std::string::npos) {
            masked.replace(at, needle.size(), kMasked);
            at += kMasked.size();
        }
    }
    return masked;
}

std::string Masker::mask_beginning(std::string_view text) const {
    std::string masked = mask(text);
    std::size_t doubtful = 0;  // bytes at the end
    for (const std::string& needle : needles_) {
        for (std::size_t length = std::min(needle.size() - 1, masked.size()); length > doubtful; --length) {
            if (masked.compare(masked.size() - length, length, needle, 0, length) == 0) doubtful = length;
        }
    }
    masked.resize(masked.size() - doubtful);
    return masked;
}

std::string Masker::mask_head(std::string_view head) const {
    std::string shown;
    bool first = true;
    while (!head.empty()) {
        const std::size_t end = std::min(head.find('\n'), head.size() - 1) + 1;
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(end);
        const std::size_t colon = first ? std::string_view::npos : line.find(':');
        const bool hidden = colon != std::string_view::npos &&
                            std::find(kPrivateHeaders.begin(), kPrivateHeaders.end(),
                                      to_lower_ascii(trim(line.substr(0, colon)))) != kPrivateHeaders.end();
        if (hidden) {
            ((shown += line.substr(0, colon)) += ": ") += kMasked;
            shown += "\r\n";
        } else {
            shown += line;
        }
        first = false;
    }
    return mask(shown);
}

}  // namespace culvert::agent::http
