// One request of one user under way, over redirects and retries until it becomes a sample. Kept with its user and used
// again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/http/connection.h"
#include "agent/http/content_decoder.h"
#include "agent/http/cookie_jar.h"
#include "agent/http/redirect.h"
#include "agent/worker/compiled_plan.h"
#include "common/base/clock.h"

namespace culvert::agent::worker {

struct OriginState;
class TrialRecorder;

class Exchange final : public http::ResponseSink {
  public:
    static constexpr std::size_t kLongestHead = 2 << 10;  // of an example
    static constexpr std::size_t kLongestBody = 4 << 10;
    static constexpr std::size_t kKeptMemory = 16 << 10;  // of a body buffer, from request to request

    // For a new sample. `examples`: what failed responses say is kept for an error example.
    void begin(const CompiledRequest& request, SteadyTime due, SteadyTime now, bool examples);
    // For another attempt at the same sample: a redirect, or a retry.
    void begin_attempt();
    // After the sample: large buffers go.
    void end();

    void on_head(const http::ResponseHead& head) override;
    void on_body(std::string_view bytes) override;

    http::ResponseView view() const { return {status, headers, body, body_cut, body_problem()}; }

    const CompiledRequest* request = nullptr;  // null: no request is under way
    OriginState* origin = nullptr;
    http::Connection* connection = nullptr;
    enum class Waits : std::uint8_t { No, ForDns, ForDial };
    Waits waits = Waits::No;
    std::uint64_t dial = 0;  // ForDial: which
    SteadyTime due{}, begun{}, deadline{}, connect_deadline{}, waiting_since{};
    SteadyTime address_deadline{};  // of the address that is being tried
    std::optional<SteadyTime> first_sent;
    Duration dns{-1}, connect{-1}, tls{-1};
    std::uint64_t bytes_sent = 0, bytes_received = 0;
    bool retried = false;
    std::size_t first_address = 0, addresses_tried = 0;  // of the origin's, in turn
    std::uint32_t redirects = 0;
    std::unique_ptr<http::Redirected> redirected;  // of the attempt under way
    bool examples = false;
    TrialRecorder* trial = nullptr;  // null: this is no trial

    // Of the response:
    int status = 0;
    std::vector<std::optional<std::string>> headers;  // by ResponseRules::wanted_headers()
    std::string location;
    std::vector<std::string> set_cookies;
    std::string head, body;
    bool body_cut = false;

  private:
    std::string_view body_problem() const;

    bool keeps_body_ = false;
    std::unique_ptr<http::ContentDecoder> decoder_;  // null: the body comes as it is
    std::string unreadable_;                         // why the body's coding cannot be read
};

}  // namespace culvert::agent::worker
