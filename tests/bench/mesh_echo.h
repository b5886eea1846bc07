// Echoes from an agent over the relay to a controller and back: sessions, channels and links as in every run.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/mesh_node.h"

namespace culvert::bench {

// A controller that opens a session to every agent and sends back what comes.
class EchoController final : private tunnel::session::SessionEvents {
  public:
    static Result<std::unique_ptr<EchoController>> start(const BenchMesh& mesh, const std::string& name,
                                                         BenchMesh::Way way);

  private:
    using Session = tunnel::session::Session;
    void on_message(Session& session, std::string_view message) override;
    void on_open(Session&) override {}
    void on_interrupted(Session&, const Error&) override {}
    void on_resumed(Session&) override {}
    void on_writable(Session&) override {}
    void on_lost(Session&, const Error&) override {}

    std::unique_ptr<MeshNode> node_;
};

// The agent that measures. Its link goes through the proxy.
class EchoAgent final : private tunnel::session::SessionEvents {
  public:
    static Result<std::unique_ptr<EchoAgent>> start(const BenchMesh& mesh);

    Status wait_for(const std::string& controller);
    // One after another; each adds its microseconds, from send() to on_message().
    Status measure(const std::string& controller, const std::string& body, std::size_t count,
                   std::vector<double>& micros);

  private:
    using Session = tunnel::session::Session;
    struct Round {
        Session* session = nullptr;
        std::string body;
        std::size_t left = 0;
        std::vector<double> micros{};
        SteadyTime sent{};
    };

    void on_message(Session& session, std::string_view message) override;
    void on_open(Session& session) override;
    void on_interrupted(Session& session, const Error& why) override;
    void on_resumed(Session&) override {}
    void on_writable(Session&) override {}
    void on_lost(Session& session, const Error& why) override { on_interrupted(session, why); }
    void send_next();
    Status wait_until(const std::function<bool()>& holds);

    const SystemClock clock_;
    // Loop thread only, but for the time between rounds.
    Round round_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, Session*> open_;  // by controller
    bool round_over_ = false;
    std::optional<Error> broken_;

    std::unique_ptr<MeshNode> node_;
};

}  // namespace culvert::bench
