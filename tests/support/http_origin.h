// An HTTP/1.1 server on a loopback port that answers as a test says: after a known delay, in chunks, drop by drop, not
// at all, with a reset.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/units.h"
#include "tests/support/test_origin.h"

namespace culvert::test {

struct OriginRequest {
    std::string method, target, head, body;
    SteadyTime arrived{};

    std::string header(const std::string& name) const;  // empty: absent
};

struct OriginAnswer {
    enum class Ending : std::uint8_t { KeepAlive, Close, Reset, Hang };

    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body = "ok";
    Duration delay{};          // from the arrival of the request to the first byte of the answer
    Duration between_bytes{};  // of the body: drop by drop
    bool chunked = false;
    Ending ending = Ending::KeepAlive;  // Reset, Hang: instead of the answer
    std::string raw;                    // sent as it is, instead of all of the above
};

class HttpOrigin {
  public:
    using Handler = std::function<OriginAnswer(const OriginRequest&)>;  // on the threads of the connections

    explicit HttpOrigin(Handler handler, std::optional<crypto::WebCertificate> certificate = std::nullopt,
                        std::function<void()> on_accept = {});
    // Answers every request after the delay.
    static Handler after(Duration delay);
    static void wait_until(SteadyTime instant);

    std::uint16_t port() const { return origin_.port(); }
    std::string url() const;  // "http://127.0.0.1:PORT"
    int connections() const { return origin_.connections(); }
    std::uint64_t requests() const { return requests_; }
    std::vector<OriginRequest> seen() const;  // the first kMostSeen

  private:
    static constexpr std::size_t kMostSeen = 1000;
    void serve(TestOrigin::Connection& connection);
    bool answer(TestOrigin::Connection& connection, const OriginRequest& request);

    const Handler handler_;
    const bool tls_;
    SystemClock clock_;
    std::atomic<std::uint64_t> requests_{0};
    mutable std::mutex mutex_;
    std::vector<OriginRequest> seen_;
    TestOrigin origin_;  // last: its threads use all of the above
};

}  // namespace culvert::test
