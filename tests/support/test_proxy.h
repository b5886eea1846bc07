// A small CONNECT proxy on a loopback port that behaves, and misbehaves, as told, and counts what it saw. It resolves
// every name to 127.0.0.1, so names that exist nowhere show who resolves them.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace culvert::test {

class TestProxy {
  public:
    struct Rules {
        std::string username, password;               // empty: everybody may pass
        std::string offers = "Basic realm=\"test\"";  // of a 407; one scheme a line
        int refuse_with = 0;                          // answers every CONNECT with this status
        bool never_answer = false;                    // takes the CONNECT and says nothing
        bool hang_up = false;                         // ends the connection instead of answering
        bool drip = false;                            // its answer comes byte by byte
        bool strip_upgrade = false;                   // inside a tunnel without TLS, requests lose their Upgrade header
    };
    struct Counts {
        int connections = 0;
        int requests = 0;          // CONNECTs
        int with_credentials = 0;  // of these
        int rejected = 0;          // with wrong credentials
        int tunnels = 0;           // that were opened
    };

    TestProxy() : TestProxy(Rules{}) {}
    explicit TestProxy(Rules rules);
    ~TestProxy();
    TestProxy(const TestProxy&) = delete;
    TestProxy& operator=(const TestProxy&) = delete;

    std::uint16_t port() const { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    void set_rules(Rules rules);
    Counts counts() const;
    std::vector<std::string> targets() const;  // as CONNECT named them
    // Breaks every open tunnel at once, with a reset.
    void cut();
    // While on, tunnels stay open and carry nothing: a half-open connection.
    void stall(bool on) { stalled_ = on; }

  private:
    void accept_all();
    void serve(int client);
    bool answer(int client, const std::string& head, Rules rules, std::string& target);
    void carry(int client, int origin, int generation, bool strip_upgrade);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> stalled_{false};
    std::atomic<int> generation_{0};  // tunnels of an older one are cut
    mutable std::mutex mutex_;
    Rules rules_;
    Counts counts_;
    std::vector<std::string> targets_;
    std::list<std::thread> serving_;
    std::thread accepting_;
};

}  // namespace culvert::test
