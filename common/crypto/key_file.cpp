#include "common/crypto/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/crypto/digest.h"

namespace culvert::crypto {
namespace {

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }

  private:
    const int fd_;
};

tl::unexpected<Error> system_failure(const char* doing, const std::string& file) {
    const int reason = errno;
    const bool ours = reason != EIO && reason != ENOSPC && reason != EROFS;
    return fail(ours ? Code::InvalidInput : Code::Internal,
                fmt::format("{} {}: {}", doing, file, std::strerror(reason)));
}

bool write_all(int fd, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

std::string folder_of(const std::string& file) {
    const std::size_t slash = file.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : file.substr(0, slash);
}

// What root writes into the folder of a service is the service's: else it could not read its own state afterwards.
bool give_to_owner_of(const std::string& folder, int fd) {
    struct stat status {};
    if (::geteuid() != 0 || ::stat(folder.c_str(), &status) != 0 || status.st_uid == 0) return true;
    return ::fchown(fd, status.st_uid, status.st_gid) == 0;
}

std::string random_suffix() {
    const std::string random = random_bytes(6);
    return to_hex({reinterpret_cast<const unsigned char*>(random.data()), random.size()});
}

Status put_in_place(const std::string& temporary, const std::string& file, Existing existing) {
    if (existing == Existing::Replace) {
        if (::rename(temporary.c_str(), file.c_str()) == 0) return {};
        return system_failure("writing", file);
    }
    // link() refuses an existing target in one step, which rename() cannot.
    if (::link(temporary.c_str(), file.c_str()) == 0) {
        ::unlink(temporary.c_str());
        return {};
    }
    if (errno == EEXIST) return fail(Code::InvalidInput, fmt::format("{} exists already and is not replaced", file));
    return system_failure("writing", file);
}

Result<std::string> read_open(int fd, const std::string& file) {
    std::string content;
    char block[8192];
    while (true) {
        const ssize_t count = ::read(fd, block, sizeof block);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_failure("reading", file);
        if (count == 0) return content;
        content.append(block, static_cast<std::size_t>(count));
        if (content.size() > kLargestKeyFile) {
            return fail(Code::InvalidInput, fmt::format("{} is larger than {} KiB: not a key or certificate file", file,
                                                        kLargestKeyFile >> 10));
        }
    }
}

}  // namespace

Status write_file_atomically(const std::string& file, std::string_view content, Access access, Existing existing) {
    const std::string temporary = fmt::format("{}.{}.new", file, random_suffix());
    const mode_t mode = access == Access::OwnerOnly ? 0600 : 0644;
    const Descriptor out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!out.valid()) return system_failure("writing", file);
    // The mask may have taken bits from a public file; it cannot have added any to a private one.
    Status done;
    if (::fchmod(out.get(), mode) != 0 || !give_to_owner_of(folder_of(file), out.get()) ||
        !write_all(out.get(), content) || ::fsync(out.get()) != 0) {
        done = system_failure("writing", file);
    } else {
        done = put_in_place(temporary, file, existing);
    }
    if (!done) {
        ::unlink(temporary.c_str());
        return done;
    }
    const Descriptor folder(::open(folder_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.valid()) ::fsync(folder.get());
    return {};
}

Result<std::string> read_public_file(const std::string& file) {
    const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!in.valid()) return system_failure("reading", file);
    return read_open(in.get(), file);
}

Result<std::string> read_private_file(const std::string& file) {
    const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!in.valid()) return system_failure("reading", file);
    struct stat status {};
    if (::fstat(in.get(), &status) != 0) return system_failure("reading", file);
    if ((status.st_mode & 077) != 0) {
        return fail(Code::Unauthorized,
                    fmt::format("{} holds a key and has mode {:04o}, so others can use it; mend: chmod 600 {}", file,
                                static_cast<unsigned>(status.st_mode & 07777), file));
    }
    return read_open(in.get(), file);
}

}  // namespace culvert::crypto
