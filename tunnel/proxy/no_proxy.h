// Which hosts are reached past the proxy: a list of entries in the dialect of common/config/no_proxy_entry.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/config/no_proxy_entry.h"

namespace culvert::tunnel::proxy {

class NoProxy {
  public:
    NoProxy() = default;
    // InvalidInput names the entry and what to write instead.
    static Result<NoProxy> parse(const std::vector<std::string>& entries);
    // NO_PROXY as other programs understand it: commas or blanks in between; an entry that means nothing here is left
    // out and logged.
    static NoProxy parse_variable(std::string_view value);

    // The entry, as written, that takes this host past the proxy.
    std::optional<std::string> match(std::string_view host, std::uint16_t port) const;
    void append(const NoProxy& other);

  private:
    std::vector<config::NoProxyEntry> entries_;
};

}  // namespace culvert::tunnel::proxy
