// culvert-agent run, in this process: from agent.yaml to a run and back.
#include "agent/cli/daemon.h"

#include <catch2/catch.hpp>

#include "tests/integration/session/mesh_loop.h"
#include "tests/support/files.h"

using namespace culvert;
using namespace culvert::test;

namespace {

struct AgentFolder {
    AgentFolder(const TestRelay& relay, const std::string& charter) {
        REQUIRE(relay.agent("fra-1").save(folder.file("identity.pem")));
        write_file(folder.file("agent.yaml"),
                   "mesh: acme\nname: fra-1\nlabels: { region: eu }\nweight: 2\ntunnel:\n  relays: [ \"" + relay.url() +
                       "\" ]\n  proxy: none\n  pin_sha256: [ " + relay.web_pin() + " ]\n" + charter);
    }
    config::AgentConfig config() const {
        auto loaded = config::load_agent_config(folder.file("agent.yaml"));
        REQUIRE(loaded);
        return *loaded;
    }

    TemporaryFolder folder;
};

// One loop with a daemon and a controller.
struct DaemonScene {
    explicit DaemonScene(const std::string& charter = "charter: { targets: [ \"*:80\" ] }\n")
        : agent_folder(relay, charter) {
        auto made = agent::cli::Daemon::create(loop, agent_folder.config(), engines.factory());
        REQUIRE(made);
        daemon = std::move(*made);
        daemon->start();
        controller.emplace(loop, relay);
    }
    bool until(const std::function<bool()>& holds) {
        const SteadyTime deadline = loop.clock().steady_now() + std::chrono::seconds(10);
        bool held = false;
        const auto look = loop.every(std::chrono::milliseconds(1), [&] {
            held = holds();
            if (held || loop.clock().steady_now() > deadline) loop.stop();
        });
        loop.run();
        return held;
    }

    TestRelay relay;
    AgentFolder agent_folder;
    net::Loop loop;
    FakeEngines engines;
    std::unique_ptr<agent::cli::Daemon> daemon;
    std::optional<LoopController> controller;
};

protocol::Prepare small_run() {
    protocol::Prepare prepare;
    prepare.run = "run-1";
    prepare.plan_file = "small.yaml";
    prepare.plan_text = kSmallPlan;
    prepare.share.scenarios = {{0, {1.0}}};
    return prepare;
}

}  // namespace

TEST_CASE("a daemon says who it is, as agent.yaml has it", "[session]") {
    DaemonScene scene;
    REQUIRE(scene.until([&] { return !scene.controller->all<protocol::AgentHello>().empty(); }));
    const auto hello = scene.controller->all<protocol::AgentHello>().front();
    CHECK(hello.name == "fra-1");
    CHECK(hello.weight == 2);
    CHECK(hello.labels.at("region") == "eu");
    CHECK(hello.labels.at("os") == "linux");
    CHECK(hello.labels.contains("arch"));
    CHECK(hello.charter.targets == std::vector<std::string>{"*:80"});
    CHECK(hello.cores >= 1);
}

TEST_CASE("a daemon without a charter refuses every run", "[session]") {
    DaemonScene scene("");
    REQUIRE(scene.until([&] { return !scene.controller->all<protocol::AgentHello>().empty(); }));
    scene.controller->say(small_run());
    REQUIRE(scene.until([&] { return !scene.controller->all<protocol::Prepared>().empty(); }));
    CHECK(scene.controller->all<protocol::Prepared>().front().problems ==
          std::vector<std::string>{"engine http is not in charter.engines"});
}

TEST_CASE("a daemon that is stopped delivers the results of its run first", "[session]") {
    DaemonScene scene;
    REQUIRE(scene.until([&] { return !scene.controller->all<protocol::AgentHello>().empty(); }));
    scene.controller->say(small_run());
    REQUIRE(scene.until([&] { return !scene.controller->all<protocol::Prepared>().empty(); }));
    scene.controller->say(protocol::Start{
        "run-1", {std::chrono::floor<std::chrono::microseconds>(scene.loop.clock().steady_now().time_since_epoch())}});
    REQUIRE(scene.until([&] { return !scene.controller->all<protocol::Started>().empty(); }));
    scene.daemon->stop();
    CHECK(scene.engines.stops == std::vector<agent::worker::StopMode>{agent::worker::StopMode::Gracefully});
    scene.engines.events->on_interval(FakeEngines::interval(0));
    scene.engines.finish();
    scene.loop.run();  // until the daemon stops it
    REQUIRE(scene.until([&] { return !scene.controller->lost.empty(); }));
    CHECK(scene.controller->lost == "the peer closed the session: the agent was stopped");
    REQUIRE(scene.controller->all<protocol::RunFinished>().size() == 1);
    CHECK(scene.controller->all<protocol::RunFinished>().front().intervals_sent == 1);
    CHECK(scene.daemon->exit_code() == ExitCode::Ok);
}

TEST_CASE("a revoked agent stops with a message instead of dialling for ever", "[session]") {
    DaemonScene scene;
    REQUIRE(scene.until([&] { return !scene.controller->all<protocol::AgentHello>().empty(); }));
    const std::string serials[] = {scene.daemon->member().serial};
    const auto crl = scene.relay.ca().revoke("", serials, scene.loop.clock());
    REQUIRE(crl);
    REQUIRE(scene.controller->node->uplink->send(
        {tunnel::envelope::Kind::Revocations, {scene.controller->node->identity.member().id, 77}, {}, *crl}));
    scene.loop.run();  // until the daemon stops it
    CHECK(scene.daemon->exit_code() == ExitCode::Usage);
}

TEST_CASE("two daemons do not share a state folder", "[session]") {
    DaemonScene scene;
    const auto second = agent::cli::Daemon::create(scene.loop, scene.agent_folder.config(), scene.engines.factory());
    REQUIRE_FALSE(second);
    CHECK(second.error().message.find("another culvert-agent") != std::string::npos);
}

TEST_CASE("an agent without an identity is told how to get one", "[session]") {
    TestRelay relay;
    const AgentFolder folder(relay, "");
    std::filesystem::remove(folder.folder.file("identity.pem"));
    net::Loop loop;
    const auto daemon = agent::cli::Daemon::create(loop, folder.config(), FakeEngines().factory());
    REQUIRE_FALSE(daemon);
    CHECK(daemon.error().message.find("culvert-agent join TOKEN") != std::string::npos);
}
