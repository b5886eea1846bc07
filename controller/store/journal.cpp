#include "controller/store/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include <fmt/format.h>

namespace culvert::store {
namespace {

constexpr std::string_view kMagic = "culvert journal 1\n";
constexpr std::size_t kHead = 9, kCheck = 8;  // bytes

template <class Number>
void put(std::string& out, Number number) {
    for (std::size_t i = 0; i < sizeof number; ++i) out += static_cast<char>(number >> (8 * i) & 0xff);
}

template <class Number>
Number get(std::string_view bytes) {
    Number number = 0;
    for (std::size_t i = sizeof number; i-- > 0;)
        number = static_cast<Number>(number << 8 | static_cast<unsigned char>(bytes[i]));
    return number;
}

std::uint64_t check_of(std::string_view head, std::string_view body) {
    std::uint64_t hash = 14'695'981'039'346'656'037ULL;
    for (const std::string_view part : {head, body}) {
        for (const char byte : part) hash = (hash ^ static_cast<unsigned char>(byte)) * 1'099'511'628'211ULL;
    }
    return hash;
}

Status write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail(Code::Overloaded, std::strerror(errno));
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

// All of it, or false.
bool read_at(int fd, std::uint64_t offset, std::span<char> into) {
    while (!into.empty()) {
        const ssize_t got = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        into = into.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return true;
}

tl::unexpected<Error> problem(Code code, const std::filesystem::path& file, const std::string& why) {
    return fail(code, fmt::format("the run's journal {}: {}", file.string(), why));
}

Result<int> open_locked(const std::filesystem::path& file, int flags) {
    const int fd = ::open(file.c_str(), flags | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) return problem(Code::InvalidInput, file, std::strerror(errno));
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    ::close(fd);
    return problem(Code::Overloaded, file, "a living process holds it");
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::create(const std::filesystem::path& file) {
    const auto fd = open_locked(file, O_CREAT);
    if (!fd) return tl::unexpected(fd.error());
    std::unique_ptr<Journal> journal(new Journal(*fd, file, kMagic.size()));
    if (::ftruncate(*fd, 0) != 0) return problem(Code::InvalidInput, file, std::strerror(errno));
    if (const Status ok = write_all(*fd, kMagic); !ok) return problem(Code::InvalidInput, file, ok.error().message);
    return journal;
}

Result<std::unique_ptr<Journal>> Journal::reopen(const std::filesystem::path& file) {
    const auto fd = open_locked(file, 0);
    if (!fd) return tl::unexpected(fd.error());
    std::unique_ptr<Journal> journal(new Journal(*fd, file, 0));
    std::array<char, kMagic.size()> magic{};
    if (!read_at(*fd, 0, magic) || std::string_view(magic.data(), magic.size()) != kMagic)
        return problem(Code::InvalidInput, file, "it is no journal of this version of Culvert");
    if (const Status ok = journal->replay([](const JournalRecord&) { return true; }); !ok)
        return tl::unexpected(ok.error());
    return journal;
}

Journal::~Journal() {
    ::close(fd_);
}

Status Journal::append(std::uint8_t kind, std::uint32_t about, std::string_view body) {
    if (broken_) return problem(Code::Overloaded, file_, "it was given up");
    if (body.size() > kLargestRecord || size_ + body.size() > kLargest) {
        broken_ = true;
        return problem(Code::Overloaded, file_, "it is full");
    }
    std::string record;
    record.reserve(kHead + body.size() + kCheck);
    put(record, static_cast<std::uint32_t>(body.size()));
    put(record, kind);
    put(record, about);
    const std::uint64_t check = check_of(record, body);
    record += body;
    put(record, check);
    if (const Status ok = write_all(fd_, record); !ok) {
        broken_ = true;
        return problem(Code::Overloaded, file_, ok.error().message);
    }
    size_ += record.size();
    return {};
}

Status Journal::replay(const std::function<bool(const JournalRecord&)>& each) {
    std::uint64_t at = kMagic.size();
    for (bool more = true; more;) {
        std::array<char, kHead> head{};
        if (!read_at(fd_, at, head)) break;
        const std::string_view seen(head.data(), head.size());
        const auto length = get<std::uint32_t>(seen);
        if (length > kLargestRecord) break;
        std::string rest(length + kCheck, '\0');
        if (!read_at(fd_, at + kHead, rest)) break;
        const std::string_view body = std::string_view(rest).substr(0, length);
        if (get<std::uint64_t>(std::string_view(rest).substr(length)) != check_of(seen, body)) break;
        at += kHead + rest.size();
        rest.resize(length);
        more = each({static_cast<std::uint8_t>(head[4]), get<std::uint32_t>(seen.substr(5)), std::move(rest)});
        if (!more) return {};
    }
    size_ = at;
    if (::ftruncate(fd_, static_cast<off_t>(at)) != 0 || ::lseek(fd_, static_cast<off_t>(at), SEEK_SET) < 0)
        return problem(Code::Internal, file_, std::strerror(errno));
    return {};
}

}  // namespace culvert::store
