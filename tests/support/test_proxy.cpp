#include "tests/support/test_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "tests/support/loopback.h"

namespace culvert::test {
namespace {

constexpr int kLook_ms = 10;  // how often a waiting thread looks at the flags
constexpr std::size_t kLargestHead = 16 << 10;

std::string base64(std::string_view text) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string encoded;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        unsigned value = 0;
        for (std::size_t j = 0; j < 3; ++j)
            value = value << 8 | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U);
        for (std::size_t j = 0; j < 4; ++j)
            encoded.push_back(i + j <= text.size() ? kDigits[value >> (18 - 6 * j) & 63] : '=');
    }
    return encoded;
}

std::string header_value(const std::string& head, std::string_view name) {
    const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

}  // namespace

TestProxy::TestProxy(Rules rules) : rules_(std::move(rules)) {
    const LoopbackListener listener = listen_on_loopback();
    listener_ = listener.fd;
    port_ = listener.port;
    accepting_ = std::thread([this] { accept_all(); });
}

TestProxy::~TestProxy() {
    stopping_ = true;
    accepting_.join();
    for (std::thread& thread : serving_) thread.join();
    ::close(listener_);
}

void TestProxy::set_rules(Rules rules) {
    const std::lock_guard lock(mutex_);
    rules_ = std::move(rules);
}

TestProxy::Counts TestProxy::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

std::vector<std::string> TestProxy::targets() const {
    const std::lock_guard lock(mutex_);
    return targets_;
}

void TestProxy::cut() {
    ++generation_;
}

void TestProxy::accept_all() {
    while (!stopping_) {
        if (!wait_readable(listener_, kLook_ms)) continue;
        const int client = ::accept(listener_, nullptr, nullptr);
        if (client < 0) continue;
        {
            const std::lock_guard lock(mutex_);
            ++counts_.connections;
        }
        serving_.emplace_back([this, client] { serve(client); });
    }
}

// Reads requests until one is granted, as clients try again on the same connection.
void TestProxy::serve(int client) {
    const int generation = generation_;
    std::string head;
    while (!stopping_ && generation == generation_ && head.size() < kLargestHead) {
        if (!wait_readable(client, kLook_ms)) continue;
        char byte = 0;
        if (::recv(client, &byte, 1, 0) != 1) break;
        head.push_back(byte);
        if (!head.ends_with("\r\n\r\n")) continue;
        Rules rules;
        {
            const std::lock_guard lock(mutex_);
            rules = rules_;
        }
        if (rules.hang_up) break;
        std::string target;
        const bool granted = answer(client, head, rules, target);
        head.clear();
        if (!granted) continue;
        const int origin =
            connect_to_loopback(static_cast<std::uint16_t>(std::stoi(target.substr(target.rfind(':') + 1))));
        if (origin >= 0) return carry(client, origin, generation, rules.strip_upgrade);
        break;
    }
    close_with_reset(client);
}

bool TestProxy::answer(int client, const std::string& head, Rules rules, std::string& target) {
    target = head.substr(8, head.find(' ', 8) - 8);
    const std::string credentials = header_value(head, "Proxy-Authorization");
    const bool right =
        rules.username.empty() || credentials == "Basic " + base64(rules.username + ":" + rules.password);
    std::string text = "HTTP/1.1 200 Connection established\r\n\r\n";
    bool granted = true;
    {
        const std::lock_guard lock(mutex_);
        ++counts_.requests;
        if (!credentials.empty()) ++counts_.with_credentials;
        if (!credentials.empty() && !right) ++counts_.rejected;
        targets_.push_back(target);
        if (rules.never_answer) return false;
        if (rules.refuse_with != 0) {
            text = "HTTP/1.1 " + std::to_string(rules.refuse_with) +
                   " Refused\r\nX-Squid-Error: ERR_TEST 0\r\nContent-Length: 4\r\n\r\nsigh";
            granted = false;
        } else if (!right) {
            text = "HTTP/1.1 407 Proxy Authentication Required\r\n";
            for (std::size_t begin = 0; begin < rules.offers.size();) {
                const std::size_t end = std::min(rules.offers.find('\n', begin), rules.offers.size());
                text += "Proxy-Authenticate: " + rules.offers.substr(begin, end - begin) + "\r\n";
                begin = end + 1;
            }
            text += "Content-Length: 0\r\n\r\n";
            granted = false;
        } else {
            ++counts_.tunnels;
        }
    }
    if (!rules.drip) return write_all(client, text) && granted;
    for (const char byte : text) {
        if (!write_all(client, std::string(1, byte))) return false;
    }
    return granted;
}

void TestProxy::carry(int client, int origin, int generation, bool strip_upgrade) {
    std::array<char, 16384> buffer;
    bool open = true;
    while (open && !stopping_ && generation == generation_) {
        std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{origin, POLLIN, 0}};
        if (stalled_) {
            ::poll(nullptr, 0, kLook_ms);
            continue;
        }
        if (::poll(ends.data(), ends.size(), kLook_ms) <= 0) continue;
        for (std::size_t i = 0; i < 2 && open; ++i) {
            if (ends[i].revents == 0) continue;
            const ssize_t count = ::recv(ends[i].fd, buffer.data(), buffer.size(), 0);
            std::string bytes(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
            const std::string header = "Upgrade: websocket\r\n";
            const std::size_t at = strip_upgrade ? bytes.find(header) : std::string::npos;
            if (at != std::string::npos) bytes.erase(at, header.size());
            open = count > 0 && write_all(ends[1 - i].fd, bytes);
        }
    }
    if (generation == generation_) {
        ::close(client);
        ::close(origin);
    } else {
        close_with_reset(client);
        close_with_reset(origin);
    }
}

}  // namespace culvert::test
