// What an agent does for its controllers: says who it is, answers clock probes, and carries one run at a time for the
// controller that prepared it. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/charter/charter.h"
#include "agent/run/agent_run.h"
#include "agent/session/conversation.h"
#include "agent/session/delivery.h"
#include "agent/session/run_line.h"
#include "agent/spool/spool.h"
#include "tunnel/session/scheduler.h"

namespace culvert::agent::session {

class AgentService final : public ConversationEvents {
  public:
    struct Setup {
        std::unique_ptr<tunnel::session::Scheduler> scheduler;
        // Thread-safe: runs the task on the loop, never inline (Loop::post). Nothing runs after the service is gone:
        // the loop has stopped by then.
        std::function<void(std::function<void()>)> post;
        run::EngineFactory engines;
        charter::Charter charter;
        worker::EngineOptions engine_options;
        run::FileStore files;
        Duration keep_running_for{};
        protocol::AgentHello description;      // name, labels, weight, version, cores; the rest is filled in
        std::function<Bytes()> spooled;        // empty: unknown
        std::function<double()> cpu_percent;   // of the machine; empty: unknown
        std::function<std::string()> proxy{};  // that the link goes through; empty: direct
        spool::Spool* spool = nullptr;         // of the sessions' stores; without one nothing outlives its session
    };
    static constexpr Duration kStatusEvery = std::chrono::seconds(5);
    static constexpr Duration kLongestShutDown = std::chrono::seconds(30);

    explicit AgentService(Setup setup);
    ~AgentService() override;

    // For Endpoint::Handlers.
    tunnel::session::SessionEvents& accept(const Address& peer, const std::string& name);
    void on_datagram(tunnel::session::Session& session, std::string_view datagram);

    // Takes no more runs, lets the present one end gracefully and deliver its results, for kLongestShutDown at most;
    // then calls `done`, once.
    void shut_down(std::function<void()> done);

    // Ends the run and every session at once. Nothing is called afterwards.
    void close_all(std::string_view reason);

    const run::AgentRun* run() const { return run_.get(); }

  private:
    void on_open(Conversation& conversation) override;
    void on_message(Conversation& conversation, const protocol::ControllerMessage& message) override;
    void on_interrupted(Conversation& conversation) override;
    void on_resumed(Conversation& conversation) override;
    void on_room(Conversation& conversation) override;
    void on_over(Conversation& conversation, const Error& why) override;

    void prepare(Conversation& from, const protocol::Prepare& prepare);
    void release(const protocol::Release& release);
    void resume(Conversation& from, const protocol::Resume& resume);
    void resumed(Conversation& from, const protocol::Resume& resume, const Delivery::Delivered& delivered);
    void retire(Conversation& conversation);
    void drop_run();
    // The run, if this controller owns it and it has this id.
    run::AgentRun* run_of(const Conversation& from, std::string_view id);
    bool owns_run(const Conversation& from) const { return run_ != nullptr && owner_ == &from; }
    protocol::AgentHello hello() const;
    double cpu_percent() const;
    void send_status();
    void check_shut_down();

    Setup setup_;
    std::map<Address, std::unique_ptr<Conversation>> conversations_;
    std::vector<std::unique_ptr<Conversation>> ended_;         // perhaps still on the stack
    std::vector<std::unique_ptr<Delivery>> ended_deliveries_;  // likewise
    std::unique_ptr<RunLine> line_;                            // of run_
    std::unique_ptr<run::AgentRun> run_;
    const Conversation* owner_ = nullptr;                                  // of run_
    std::map<const Conversation*, std::unique_ptr<Delivery>> deliveries_;  // to it
    std::uint64_t run_serial_ = 0;
    std::function<void()> shut_down_done_;
    SteadyTime shut_down_deadline_{};
    bool shutting_down_ = false;
    tunnel::session::Timer status_timer_, sweep_timer_, shut_down_timer_;
};

}  // namespace culvert::agent::session
