// One small file over HTTP, past every proxy: how a PAC script comes. Bounded in size, time and redirects.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "common/base/result.h"
#include "common/base/units.h"
#include "common/crypto/tls_trust.h"

namespace culvert::net {

struct FetchRequest {
    std::string url;  // http:// or https://
    std::shared_ptr<const crypto::TlsTrust> trust;
    Duration timeout{std::chrono::seconds(5)};
    std::size_t at_most = 1 << 20;  // bytes; more is an error
};

// The body of a 200. Blocks; returns within milliseconds once `cancel` is requested. One line says what went wrong,
// without the URL.
Result<std::string> fetch(const FetchRequest& request, const std::stop_token& cancel = {});

}  // namespace culvert::net
