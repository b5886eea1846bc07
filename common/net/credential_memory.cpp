#include "common/net/credential_memory.h"

#include <fstream>
#include <span>
#include <utility>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/crypto/digest.h"
#include "common/crypto/key_file.h"

namespace culvert::net {
namespace {

// file := "culvert rejected proxy credentials 2 " key:hex{64} "\n" (fingerprint:hex{64} "\n")*
constexpr std::string_view kFirstLine = "culvert rejected proxy credentials 2 ";
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kSumDigits = 64;
constexpr std::size_t kMostRemembered =
    256;  // far more than proxies × password changes; beyond it the memory starts afresh

std::string hex(std::string_view bytes) {
    return to_hex(std::span(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

bool is_hex(std::string_view text, std::size_t digits) {
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string account(const ProxyHop& hop) {
    return hop.url + '\n' + hop.username;
}

}  // namespace

CredentialMemory::CredentialMemory(std::string file) : file_(std::move(file)) {
    if (!file_.empty()) load();
    if (key_.empty()) key_ = hex(crypto::random_bytes(kKeySize));
}

// The allowed methods belong to it: whoever changes `auth` asks for another try.
std::string CredentialMemory::fingerprint(const ProxyHop& hop) const {
    std::string text;
    for (const std::string& part : {hop.url, hop.username, hop.password.reveal()})
        text += std::to_string(part.size()) + ':' + part;
    for (const ProxyAuth method : hop.methods) text += static_cast<char>('0' + static_cast<int>(method));
    return hex(crypto::hmac_sha256(key_, text));
}

CredentialMemory::Turn::Turn(CredentialMemory& memory, std::string fingerprint)
    : memory_(&memory), fingerprint_(std::move(fingerprint)) {}

CredentialMemory::Turn::Turn(Turn&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)), fingerprint_(std::move(other.fingerprint_)) {}

CredentialMemory::Turn& CredentialMemory::Turn::operator=(Turn&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(fingerprint_, other.fingerprint_);
    return *this;
}

CredentialMemory::Turn::~Turn() {
    if (memory_ == nullptr) return;
    const std::lock_guard lock(memory_->mutex_);
    memory_->on_trial_.erase(fingerprint_);
    memory_->turn_over_.notify_all();
}

CredentialMemory::Turn CredentialMemory::take_turn(const ProxyHop& hop, const std::stop_token& cancel) {
    std::unique_lock lock(mutex_);
    std::string mark = fingerprint(hop);
    const auto decided = [this, &mark] { return accepted_.contains(mark) || rejected_.contains(mark); };
    turn_over_.wait(lock, cancel, [this, &mark, &decided] { return decided() || !on_trial_.contains(mark); });
    if (decided() || cancel.stop_requested()) return {};
    on_trial_.insert(mark);
    return {*this, std::move(mark)};
}

bool CredentialMemory::rejected(const ProxyHop& hop) const {
    const std::lock_guard lock(mutex_);
    return rejected_.contains(fingerprint(hop));
}

void CredentialMemory::note_rejected(const ProxyHop& hop) {
    const std::lock_guard lock(mutex_);
    winners_.erase(account(hop));
    const std::string mark = fingerprint(hop);
    accepted_.erase(mark);
    if (rejected_.size() >= kMostRemembered) rejected_.clear();
    if (rejected_.insert(mark).second && !file_.empty()) save();
}

void CredentialMemory::note_accepted(const ProxyHop& hop, ProxyAuth method) {
    const std::lock_guard lock(mutex_);
    if (winners_.size() >= kMostRemembered) winners_.clear();
    winners_[account(hop)] = method;
    if (!uses_password(method)) return;
    if (accepted_.size() >= kMostRemembered) accepted_.clear();
    accepted_.insert(fingerprint(hop));
}

std::optional<ProxyAuth> CredentialMemory::winner(const ProxyHop& hop) const {
    const std::lock_guard lock(mutex_);
    const auto found = winners_.find(account(hop));
    if (found == winners_.end()) return std::nullopt;
    return found->second;
}

void CredentialMemory::load() {
    std::ifstream in(file_);
    std::string line;
    if (!std::getline(in, line) || !line.starts_with(kFirstLine)) return;
    const std::string key = line.substr(kFirstLine.size());
    if (!is_hex(key, 2 * kKeySize)) return;
    key_ = key;
    while (rejected_.size() < kMostRemembered && std::getline(in, line)) {
        if (is_hex(line, kSumDigits)) rejected_.insert(line);
    }
}

void CredentialMemory::save() const {
    std::string content = std::string(kFirstLine) + key_ + '\n';
    for (const std::string& sum : rejected_) content += sum + '\n';
    if (const Status saved = crypto::write_file_atomically(file_, content, crypto::Access::OwnerOnly); !saved)
        log::warning("cannot remember beyond this process that the proxy rejected the password",
                     {{"why", saved.error().message}});
}

}  // namespace culvert::net
