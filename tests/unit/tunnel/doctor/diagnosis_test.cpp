#include "tunnel/doctor/diagnosis.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace culvert;
using namespace std::chrono_literals;
using namespace tunnel::doctor;

namespace {

Diagnosis long_poll() {
    Diagnosis diagnosis;
    diagnosis.program = "culvert-agent doctor";
    diagnosis.node = "fra-2";
    diagnosis.config_file = "/etc/culvert/agent.yaml";
    diagnosis.relay = "wss://relay.example.com/mesh";
    diagnosis.checks = {
        {Hop::Config, Outcome::Passed, "no mistakes"},
        {Hop::WhichProxy, Outcome::Passed, "http://proxy.corp:3128 (tunnel.proxy.urls[0])", 1ms},
        {Hop::Tls, Outcome::Noted, "certificate from X", 31ms, {{"issuer", "X"}, {"inspected", "possible"}}},
        {Hop::WebSocket, Outcome::Noted, "403 \x1b[2Jinstead\nof 101"},
        {Hop::MaximumAge, Outcome::NotSeen, "not looked for"},
    };
    diagnosis.verdict = "Works, over long-poll.";
    diagnosis.advice = Advice{"The proxy blocks WebSocket.", "allow Upgrade: websocket",
                              "tunnel:\n  transport: long_poll\n", Hop::WebSocket};
    diagnosis.took = 6100ms;
    return diagnosis;
}

}  // namespace

TEST_CASE("a diagnosis is a headline, a line a hop in columns, the verdict with its check, and the exit code",
          "[doctor]") {
    CHECK(text_of(long_poll(), true) ==
          "culvert-agent doctor · fra-2 · wss://relay.example.com/mesh\n"
          " 1 config        ✓  no mistakes\n"
          " 2 which proxy   ✓  http://proxy.corp:3128 (tunnel.proxy.urls[0])  (1.0 ms)\n"
          " 3 TLS           !  certificate from X  (31 ms)\n"
          " 4 WebSocket     !  403  [2Jinstead of 101\n"
          " 5 max age       –  not looked for\n"
          "\n"
          "Works, over long-poll. The proxy blocks WebSocket. (check 4)\n"
          "To ask the network team for:  allow Upgrade: websocket\n"
          "To write in /etc/culvert/agent.yaml:\n"
          "tunnel:\n  transport: long_poll\n"
          "exit 0, with notes; 5 checks in 6.1 s\n");
}

TEST_CASE("without UTF-8 the signs are ASCII", "[doctor]") {
    const std::string text = text_of(long_poll(), false);
    CHECK(text.find(" 1 config        ok  no mistakes\n") != std::string::npos);
    for (const char c : text) CHECK(static_cast<unsigned char>(c) < 0x80);
}

TEST_CASE("programs get hops, outcomes, facts, the cause and its hop", "[doctor]") {
    const auto json = nlohmann::json::parse(json_of(long_poll()));
    CHECK(json.at("version") == 1);
    CHECK(json.at("config") == "/etc/culvert/agent.yaml");
    CHECK(json.at("exit_code") == 0);
    CHECK(json.at("checks").size() == 5);
    CHECK(json.at("checks")[2] == nlohmann::json{{"hop", "TLS"},
                                                 {"outcome", "noted"},
                                                 {"detail", "certificate from X"},
                                                 {"took_ms", 31.0},
                                                 {"facts", {{"issuer", "X"}, {"inspected", "possible"}}}});
    CHECK_FALSE(json.at("checks")[0].contains("facts"));
    CHECK(json.at("advice").at("hop") == "WebSocket");
}
