#include "agent/run/file_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "common/base/text.h"
#include "common/crypto/digest.h"

namespace culvert::agent::run {
namespace fs = std::filesystem;
namespace {

std::string reason() {
    return std::strerror(errno);
}

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

  private:
    int fd_;
};

Status write_all(int fd, std::string_view data) {
    while (!data.empty()) {
        const ssize_t written = ::write(fd, data.data(), data.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail(Code::Overloaded, "writing a file of the run: " + reason());
        data.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

bool matches(const std::string& content, const protocol::FileRef& file) {
    const std::string hash = crypto::sha256(content);
    return content.size() == file.size &&
           std::equal(hash.begin(), hash.end(), file.sha256.begin(), file.sha256.end(),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

Result<std::string> read_whole(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) return fail(Code::Internal, path + ": cannot be read");
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

}  // namespace

FileStore::FileStore(std::string folder, Bytes capacity) : folder_(std::move(folder)), capacity_(capacity) {}

Result<FileStore> FileStore::open(std::string folder, Bytes capacity) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(Code::Unauthorized, folder + ": " + reason());
    if (::chmod(folder.c_str(), 0700) != 0) return fail(Code::Unauthorized, folder + ": " + reason());
    FileStore store(std::move(folder), capacity);
    store.abandon();
    return store;
}

std::string FileStore::path_of(const protocol::Sha256& hash) const {
    return folder_ + "/" + to_hex(hash);
}
std::string FileStore::part_path() const {
    return folder_ + "/receiving";
}

bool FileStore::has(const protocol::FileRef& file) const {
    std::error_code error;
    return fs::file_size(path_of(file.sha256), error) == file.size && !error;
}

Result<std::string> FileStore::read(const protocol::FileRef& file) const {
    const std::string path = path_of(file.sha256);
    auto content = read_whole(path);
    if (!content) return content;
    if (!matches(*content, file)) {
        std::error_code ignored;
        fs::remove(path, ignored);
        return fail(Code::Internal, path + ": its content was changed; it will be fetched again");
    }
    ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);  // used now: make_room() takes others first
    return content;
}

Status FileStore::begin(const protocol::FileRef& file) {
    abandon();
    if (file.size > capacity_.count) {
        return fail(Code::InvalidInput,
                    "a file of " + to_string(Bytes{file.size}) + "; this agent keeps at most " + to_string(capacity_));
    }
    make_room(file.size);
    const Descriptor part(::open(part_path().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (part.get() < 0) return fail(Code::Unauthorized, part_path() + ": " + reason());
    receiving_ = file;
    received_ = 0;
    return {};
}

Result<bool> FileStore::append(const protocol::FileChunk& chunk) {
    if (!receiving_ || receiving_->sha256 != chunk.sha256)
        return fail(Code::InvalidInput, "a chunk of a file that was not asked for");
    if (chunk.offset != received_ || chunk.data.size() > receiving_->size - received_) {
        return fail(Code::InvalidInput,
                    "a chunk at " + std::to_string(chunk.offset) + ", expected at " + std::to_string(received_));
    }
    {
        const Descriptor part(::open(part_path().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
        if (part.get() < 0) return fail(Code::Internal, part_path() + ": " + reason());
        if (const auto written = write_all(part.get(), chunk.data); !written) return tl::unexpected(written.error());
    }
    received_ += chunk.data.size();
    if (received_ < receiving_->size) return false;
    if (const auto done = complete(); !done) return tl::unexpected(done.error());
    return true;
}

Status FileStore::complete() {
    const auto content = read_whole(part_path());
    if (!content) return tl::unexpected(content.error());
    if (!matches(*content, *receiving_)) {
        abandon();
        return fail(Code::InvalidInput, "a file arrived that does not match its hash");
    }
    if (::rename(part_path().c_str(), path_of(receiving_->sha256).c_str()) != 0)
        return fail(Code::Internal, part_path() + ": " + reason());
    receiving_.reset();
    return {};
}

void FileStore::abandon() {
    receiving_.reset();
    received_ = 0;
    std::error_code ignored;
    fs::remove(part_path(), ignored);
}

void FileStore::make_room(std::uint64_t bytes) const {
    struct Kept {
        fs::file_time_type used;
        std::uint64_t size;
        fs::path path;
    };
    std::vector<Kept> kept;
    std::uint64_t total = bytes;
    std::error_code error;
    for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
        std::error_code gone;
        Kept file{at->last_write_time(gone), at->file_size(gone), at->path()};
        if (gone) continue;
        total += file.size;
        kept.push_back(std::move(file));
    }
    std::sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) { return a.used < b.used; });
    for (const Kept& file : kept) {
        if (total <= capacity_.count) return;
        if (fs::remove(file.path, error)) total -= file.size;
    }
}

}  // namespace culvert::agent::run
