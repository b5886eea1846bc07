// The certificate that a web server shows, as it lies in two PEM files: checked before a server starts or takes it up.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace culvert::crypto {

struct ServedCertificate {
    std::string public_key_sha256;  // 64 hex digits, what is pinned
    WallTime not_before, not_after;
};

// InvalidInput names the file and what is wrong: missing, unreadable, no PEM, encrypted key, key of another
// certificate. Validity in time is left to the caller.
Result<ServedCertificate> load_served_certificate(const std::string& certificate_file, const std::string& key_file);

}  // namespace culvert::crypto
