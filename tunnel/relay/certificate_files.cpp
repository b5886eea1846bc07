#include "tunnel/relay/certificate_files.h"

#include <sys/stat.h>

#include <utility>

namespace culvert::tunnel::relay {

CertificateFiles::CertificateFiles(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {}

CertificateFiles::Stamp CertificateFiles::stamp_of(const std::string& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) return {};
    return Stamp{info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec, static_cast<std::uint64_t>(info.st_size),
                 info.st_ino};
}

Result<crypto::ServedCertificate> CertificateFiles::load() {
    // Stamped first: a change while we read is seen next time.
    certificate_ = stamp_of(certificate_file_);
    key_ = stamp_of(key_file_);
    return crypto::load_served_certificate(certificate_file_, key_file_);
}

bool CertificateFiles::changed() const {
    return stamp_of(certificate_file_) != certificate_ || stamp_of(key_file_) != key_;
}

}  // namespace culvert::tunnel::relay
