// Makes requests for users: origin, connection, sending, redirects, deadlines, checks — until each has become a
// recorded sample. Worker thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/http/connection.h"
#include "agent/http/json_reader.h"
#include "agent/http/masker.h"
#include "agent/http/poller.h"
#include "agent/http/proxy_dialer.h"
#include "agent/http/tls_context.h"
#include "agent/recorder/worker_recorder.h"
#include "agent/worker/origin_table.h"
#include "agent/worker/timer_queue.h"
#include "agent/worker/trial_recorder.h"
#include "agent/worker/user.h"

namespace culvert::agent::worker {

struct Outcome {
    bool ok = true;
    bool answered = false;  // there was a response
    SteadyTime done{};
};

class RequestEvents {
  public:
    virtual ~RequestEvents() = default;
    virtual void on_request_done(User& user, const Outcome& outcome) = 0;
};

struct RequesterParts {
    http::Poller& poller;
    const Clock& clock;
    TimerQueue<User>& timers;
    OriginTable& origins;
    const http::TlsContext& tls;
    recorder::WorkerRecorder& recorder;
    const http::Masker& masker;
    // Targets behind a proxy: has a stream dialled; the answer comes to on_dialled(). Empty: connections are made here.
    std::function<Status(std::uint64_t dial, const http::Origin& origin, Duration timeout)> dial;
    std::function<void(metrics::ErrorExample)> on_example;
    std::function<std::uint32_t()> current_second;
    TrialRecorder* trial = nullptr;  // null: this is no trial
    // With `dial`: this origin is reached past the proxy all the same, by a connection that is made here.
    std::function<bool(const http::Origin& origin)> goes_direct = {};
};

class Requester final : public http::ConnectionEvents {
  public:
    static constexpr unsigned kExamples = 3;  // of a kind and step on this thread

    Requester(const RequesterParts& parts, const CompiledPlan& plan, RequestEvents& events);

    // Starts a request that was due at `due`. An outcome: it has already ended; else on_request_done follows.
    std::optional<Outcome> start(User& user, const CompiledRequest& request, SteadyTime due, SteadyTime now);
    // The run ends: whatever the user has under way is cut and counted as interrupted.
    void interrupt(User& user);
    void close_connections(User& user);

    void on_ready(const http::ReadyEvent& event);
    void on_deadline(User& user);
    void on_resolved(std::size_t place, http::Resolver::Answer answer);
    void on_dialled(std::uint64_t dial, http::DialAnswer answer);
    std::uint32_t open_sockets() const { return open_sockets_; }
    // When the last request ended.
    SteadyTime latest() const { return latest_; }

    void on_connected(http::Connection& connection) override;
    void on_response(http::Connection& connection) override;
    void on_failed(http::Connection& connection, const http::Failure& failure) override;

  private:
    struct Slot {
        std::unique_ptr<http::Connection> connection;
        User* user = nullptr;  // null: spare
    };

    std::optional<Outcome> attempt(User& user);
    Result<std::size_t> origin_of(User& user);
    std::optional<Outcome> open(User& user, std::size_t place);
    std::optional<Outcome> connect(User& user);
    bool has_other_address(const User& user) const;
    // The instant at which the wait for a connection, or for one address of several, is over.
    SteadyTime connect_limit(const User& user) const;
    std::optional<Outcome> dial(User& user, SteadyTime now);
    std::optional<Outcome> send(User& user);
    std::optional<Outcome> after_failure(User& user, const http::Failure& failure);
    std::optional<Outcome> after_response(User& user);
    std::optional<Outcome> follow_redirect(User& user);
    Status render(User& user);
    Result<http::Url> url_of(const User& user) const;
    void take_cookies(User& user);
    http::Connection& connection_for(User& user, OriginState& origin);
    void note_connect_phases(User& user);
    Outcome finish(User& user, std::optional<metrics::ErrorKind> error, std::string_view what, http::Phase phase);
    Outcome fail(User& user, const Error& error, http::Phase phase);
    void tell_trial(User& user, TrialRecorder::End end);
    void give_example(User& user, metrics::ErrorKind kind, std::string_view what, http::Phase phase, Duration latency);
    void release(User& user);
    void report(User& user, const std::optional<Outcome>& outcome);

    const RequesterParts parts_;
    RequestEvents& events_;
    std::vector<char> buffer_;
    http::ResponseHead head_;
    std::uint32_t open_sockets_ = 0;
    SteadyTime latest_{};
    const http::ConnectionSetting setting_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::map<std::uint64_t, User*> dials_;  // under way, each with the user that waits for it
    std::uint64_t next_dial_ = 1;
    std::string text_;     // the request being sent
    std::string cookies_;  // scratch
    http::JsonReader json_;
    std::string local_address_, remote_address_;                    // of a connection that has just failed
    std::vector<std::vector<std::vector<std::uint8_t>>> examples_;  // given so far, by scenario, step and kind
};

}  // namespace culvert::agent::worker
