// The relay's web certificate on disk: says when the two files changed. Loop thread only.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "common/crypto/served_certificate.h"

namespace culvert::tunnel::relay {

class CertificateFiles {
  public:
    CertificateFiles(std::string certificate_file, std::string key_file);

    // Both files, and that they belong together.
    Result<crypto::ServedCertificate> load();
    // Another size, time or inode than at the last load().
    bool changed() const;

  private:
    struct Stamp {
        std::int64_t modified_ns = 0;
        std::uint64_t size = 0, inode = 0;
        friend bool operator==(const Stamp&, const Stamp&) = default;
    };
    static Stamp stamp_of(const std::string& file);

    const std::string certificate_file_, key_file_;
    Stamp certificate_, key_;
};

}  // namespace culvert::tunnel::relay
