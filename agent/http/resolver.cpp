#include "agent/http/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace culvert::agent::http {
namespace {

struct AddressListFree {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

Resolver::Answer look_up(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    const std::unique_ptr<addrinfo, AddressListFree> list(found);
    if (code != 0) {
        const bool later = code == EAI_AGAIN || code == EAI_SYSTEM || code == EAI_MEMORY;
        return fail(later ? Code::Timeout : Code::InvalidInput, "cannot resolve " + host + ": " + gai_strerror(code));
    }
    std::vector<IpAddress> addresses;
    for (const addrinfo* entry = list.get(); entry != nullptr && addresses.size() < Resolver::kMostAddresses;
         entry = entry->ai_next) {
        if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
        std::memcpy(&addresses.emplace_back().storage, entry->ai_addr, entry->ai_addrlen);
    }
    if (addresses.empty()) return fail(Code::InvalidInput, "cannot resolve " + host + ": it has no address");
    return addresses;
}

}  // namespace

std::string to_string(const IpAddress& address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (address.storage.ss_family == AF_INET) {
        inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address.storage).sin_addr, text, sizeof text);
    } else {
        inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_addr, text, sizeof text);
    }
    return text;
}

sockaddr_storage with_port(const IpAddress& address, std::uint16_t port) {
    sockaddr_storage result = address.storage;
    if (result.ss_family == AF_INET) {
        reinterpret_cast<sockaddr_in&>(result).sin_port = htons(port);
    } else {
        reinterpret_cast<sockaddr_in6&>(result).sin6_port = htons(port);
    }
    return result;
}

std::optional<IpAddress> parse_literal(const std::string& host) {
    IpAddress address;
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        return address;
    }
    address = IpAddress{};
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) != 1) return std::nullopt;
    v6.sin6_family = AF_INET6;
    return address;
}

// Shared with the thread, which may be stuck in a look-up when the resolver goes: it is left behind and touches nothing
// else.
struct Resolver::State {
    struct Question {
        std::string host;
        std::function<void(Answer)> deliver;
    };

    std::mutex mutex;
    std::condition_variable asked;
    std::deque<Question> questions;
    std::map<std::string, std::vector<IpAddress>> kept;
    bool stopped = false;

    void run() {
        std::unique_lock lock(mutex);
        while (true) {
            asked.wait(lock, [this] { return stopped || !questions.empty(); });
            if (stopped) return;
            const Question question = std::move(questions.front());
            questions.pop_front();
            if (const auto known = kept.find(question.host); known != kept.end()) {
                question.deliver(known->second);
                continue;
            }
            lock.unlock();
            Answer answer = look_up(question.host);
            lock.lock();
            if (stopped) return;
            if (answer && kept.size() < kMostKept) kept.emplace(question.host, *answer);
            question.deliver(std::move(answer));  // under the lock: none can come once stop() has returned
        }
    }
};

Resolver::Resolver() : state_(std::make_shared<State>()) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([state = state_] { state->run(); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Resolver::stop() {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
    state_->questions.clear();
    state_->asked.notify_one();
}

Status Resolver::resolve(std::string host, std::function<void(Answer)> deliver) {
    const std::lock_guard lock(state_->mutex);
    if (state_->questions.size() >= kMostWaiting) return fail(Code::Overloaded, "too many names wait to be resolved");
    state_->questions.push_back(State::Question{std::move(host), std::move(deliver)});
    state_->asked.notify_one();
    return {};
}

}  // namespace culvert::agent::http
