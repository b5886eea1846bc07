#include "controller/report/atomic_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <ostream>
#include <streambuf>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace culvert::report {
namespace {

Error disk_error(const std::filesystem::path& file, const char* what, int cause) {
    return Error{Code::Internal, "writing " + file.string() + ": " + what + ": " + std::strerror(cause)};
}

// A stream buffer over a file descriptor that keeps the first errno: std::ofstream forgets why it failed.
class DescriptorBuffer final : public std::streambuf {
  public:
    explicit DescriptorBuffer(int descriptor) : descriptor_(descriptor) {
        setp(buffer_.data(), buffer_.data() + buffer_.size());
    }
    int cause() const { return cause_; }

  protected:
    int_type overflow(int_type c) override {
        if (sync() != 0) return traits_type::eof();
        if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
        return traits_type::not_eof(c);
    }

    int sync() override {
        const char* at = pbase();
        while (at < pptr()) {
            const ssize_t wrote = ::write(descriptor_, at, static_cast<std::size_t>(pptr() - at));
            if (wrote < 0 && errno == EINTR) continue;
            if (wrote < 0) {
                if (cause_ == 0) cause_ = errno;
                return -1;
            }
            at += wrote;
        }
        setp(buffer_.data(), buffer_.data() + buffer_.size());
        return 0;
    }

  private:
    const int descriptor_;
    int cause_ = 0;
    std::array<char, 1 << 16> buffer_;
};

void sync_folder(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);  // best effort: some file systems refuse it for folders
    ::close(descriptor);
}

}  // namespace

Status write_file_atomically(const std::filesystem::path& file, const std::function<void(std::ostream&)>& produce) {
    const std::filesystem::path partial = file.string() + ".partial";
    const int descriptor = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) return tl::unexpected<Error>(disk_error(file, "cannot be created", errno));

    const auto give_up = [&](const char* what, int cause) -> Status {
        ::unlink(partial.c_str());
        return tl::unexpected<Error>(disk_error(file, what, cause));
    };
    DescriptorBuffer buffer(descriptor);
    std::ostream out(&buffer);
    produce(out);
    out.flush();
    if (!out) {
        ::close(descriptor);
        return give_up("cannot be written", buffer.cause() == 0 ? EIO : buffer.cause());
    }
    if (::fsync(descriptor) != 0) {
        const int cause = errno;
        ::close(descriptor);
        return give_up("cannot be synced", cause);
    }
    if (::close(descriptor) != 0) return give_up("cannot be closed", errno);
    if (::rename(partial.c_str(), file.c_str()) != 0) return give_up("cannot be renamed", errno);
    sync_folder(file.parent_path());
    return {};
}

Status write_file_atomically(const std::filesystem::path& file, std::string_view bytes) {
    return write_file_atomically(
        file, [bytes](std::ostream& out) { out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())); });
}

}  // namespace culvert::report
