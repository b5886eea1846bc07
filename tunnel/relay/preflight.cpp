#include "tunnel/relay/preflight.h"

#include <sys/resource.h>

#include <algorithm>

#include "common/base/wall_time.h"
#include "tunnel/envelope/admission.h"
#include "tunnel/relay/waiting_room.h"

namespace culvert::tunnel::relay {
namespace {

constexpr std::size_t kSpareFiles = 64;  // listeners, the loop, logs, the certificate

rlim_t wanted_files(const RelayLimits& limits) {
    return most_connections(limits) + WaitingRoom::capacity(limits.handshakes) + kSpareFiles;
}

}  // namespace

std::size_t most_connections(const RelayLimits& limits) {
    return limits.links + limits.pending_joins + kSpareConnections;
}

std::string path_of(const std::string& url) {
    const std::size_t scheme = url.find("://");
    const std::size_t slash = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
    if (slash == std::string::npos) return "/";
    return url.substr(slash, url.find_first_of("?#", slash) - slash);
}

Status check_lengths(const RelaySettings& settings) {
    if (settings.mesh.size() > envelope::kLongestMesh) {
        return fail(Code::InvalidInput, "mesh: longer than " + std::to_string(envelope::kLongestMesh) + " characters");
    }
    if (settings.url.size() > envelope::kLongestUrl) {
        return fail(Code::InvalidInput, "url: longer than " + std::to_string(envelope::kLongestUrl) + " characters");
    }
    return {};
}

void raise_file_limit(const RelayLimits& limits) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted_files(limits)) return;
    limit.rlim_cur = std::min(wanted_files(limits), limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<std::string> warnings_about_files(const RelayLimits& limits) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted_files(limits)) return {};
    return {"this process may open " + std::to_string(limit.rlim_cur) +
            " files, limits.links and limits.handshakes need " + std::to_string(wanted_files(limits)) +
            ": raise LimitNOFILE, or lower them"};
}

std::vector<std::string> warnings_about_time(const crypto::ServedCertificate& certificate, const std::string& file,
                                             WallTime now) {
    if (certificate.not_after < now) {
        return {file + ": this web certificate expired " + utc_text(certificate.not_after) + "; nodes will refuse it"};
    }
    if (certificate.not_before > now) {
        return {file + ": this web certificate is valid from " + utc_text(certificate.not_before) +
                "; is the clock right?"};
    }
    return {};
}

}  // namespace culvert::tunnel::relay
