// From HTTP/1.1 to WebSocket (RFC 6455, section 4), client side: the request, and a bounded parser of whatever comes
// back, which is often not a relay's answer at all but a page of some box in between. Pure: bytes in, verdict out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/result.h"
#include "tunnel/link/http_head.h"
#include "tunnel/link/relay_url.h"

namespace culvert::tunnel::link {

inline constexpr std::size_t kLargestPage = 4 << 10;  // of the body of a refusal: enough to quote from

std::string upgrade_request(const RelayUrl& url, std::string_view key);

class UpgradeResponse {
  public:
    // `accept`: the Sec-WebSocket-Accept that belongs to our key.
    explicit UpgradeResponse(std::string accept) : accept_(std::move(accept)) {}

    enum class Progress { NeedMore, Upgraded };
    // The next bytes, as they come. An error is final: it names the status and quotes the page. After Upgraded, rest()
    // is the WebSocket's.
    Result<Progress> feed(std::string_view bytes);
    // The connection ended, or no more time is spent on it: what is known so far.
    Error ended() const;

    const std::string& rest() const { return rest_; }
    int status() const { return head_.status(); }  // 0: none yet

  private:
    Result<Progress> read_head();
    Status check_upgrade() const;
    bool page_complete() const;
    Error refusal() const;

    const std::string accept_;
    std::string buffer_;  // the head as far as it came, then the page
    HttpHead head_;
    bool head_done_ = false;
    std::string rest_;
};

// What a person would read on an HTML page: its title, else its first words; one bounded, printable line.
std::string page_text(std::string_view page);

}  // namespace culvert::tunnel::link
