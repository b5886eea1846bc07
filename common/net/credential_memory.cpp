#include "common/net/credential_memory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <span>
#include <utility>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/crypto/digest.h"

namespace culvert::net {
namespace {

// file := "culvert rejected proxy credentials 1 " salt:hex{32} "\n" (fingerprint:hex{64} "\n")*
constexpr std::string_view kFirstLine = "culvert rejected proxy credentials 1 ";
constexpr std::size_t kSaltSize = 16;
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

// Whole or not at all, and never readable by others.
bool write_private_file(const std::string& file, const std::string& content) {
    const std::string fresh = file + ".new";
    ::unlink(fresh.c_str());
    const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    const bool written =
        ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()) && ::fsync(fd) == 0;
    ::close(fd);
    if (written && std::rename(fresh.c_str(), file.c_str()) == 0) return true;
    ::unlink(fresh.c_str());
    return false;
}

}  // namespace

CredentialMemory::CredentialMemory(std::string file) : file_(std::move(file)) {
    if (!file_.empty()) load();
    if (salt_.empty()) salt_ = hex(crypto::random_bytes(kSaltSize));
}

// The allowed methods belong to it: whoever changes `auth` asks for another try.
std::string CredentialMemory::fingerprint(const ProxyHop& hop) const {
    std::string text = salt_;
    for (const std::string& part : {hop.url, hop.username, hop.password.reveal()})
        text += std::to_string(part.size()) + ':' + part;
    for (const ProxyAuth method : hop.methods) text += static_cast<char>('0' + static_cast<int>(method));
    return hex(crypto::sha256(text));
}

bool CredentialMemory::rejected(const ProxyHop& hop) const {
    const std::lock_guard lock(mutex_);
    return rejected_.contains(fingerprint(hop));
}

void CredentialMemory::note_rejected(const ProxyHop& hop) {
    const std::lock_guard lock(mutex_);
    winners_.erase(account(hop));
    if (rejected_.size() >= kMostRemembered) rejected_.clear();
    if (rejected_.insert(fingerprint(hop)).second && !file_.empty()) save();
}

void CredentialMemory::note_accepted(const ProxyHop& hop, ProxyAuth method) {
    const std::lock_guard lock(mutex_);
    if (winners_.size() >= kMostRemembered) winners_.clear();
    winners_[account(hop)] = method;
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
    const std::string salt = line.substr(kFirstLine.size());
    if (!is_hex(salt, 2 * kSaltSize)) return;
    salt_ = salt;
    while (rejected_.size() < kMostRemembered && std::getline(in, line)) {
        if (is_hex(line, kSumDigits)) rejected_.insert(line);
    }
}

void CredentialMemory::save() const {
    std::string content = std::string(kFirstLine) + salt_ + '\n';
    for (const std::string& sum : rejected_) content += sum + '\n';
    if (!write_private_file(file_, content)) {
        log::warning("cannot remember beyond this process that the proxy rejected the password", {{"file", file_}});
    }
}

}  // namespace culvert::net
