// culvert-agent run, in this process: from agent.yaml to a run and back.
#include "agent/cli/daemon.h"

#include <catch2/catch.hpp>

#include "common/crypto/node_key.h"
#include "controller/enrol/renewal_desk.h"
#include "tests/integration/session/mesh_loop.h"
#include "tests/support/fake_clock.h"
#include "tests/support/files.h"
#include "tests/support/memory_invite_store.h"

using namespace culvert;
using namespace culvert::test;

namespace {

struct AgentFolder {
    AgentFolder(const TestRelay& relay, const std::string& charter)
        : AgentFolder(relay, charter, relay.agent("fra-1")) {}
    AgentFolder(const TestRelay& relay, const std::string& charter, const crypto::Identity& identity) {
        REQUIRE(identity.save(folder.file("identity.pem")));
        write_file(folder.file("agent.yaml"),
                   "mesh: acme\nname: fra-1\nlabels: { region: eu }\nweight: 2\ntunnel:\n  relays: [ \"" + relay.url() +
                       "\" ]\n  proxy: none\n  pin_sha256: [ " + relay.web_pin() + " ]\n" + charter);
    }
    crypto::Identity identity() const { return *crypto::Identity::load(folder.file("identity.pem")); }
    config::AgentConfig config() const {
        auto loaded = config::load_agent_config(folder.file("agent.yaml"));
        REQUIRE(loaded);
        return *loaded;
    }

    TemporaryFolder folder;
};

crypto::Identity agent_of(const TestRelay& relay, Duration life, Duration ago) {
    const crypto::NodeKey key = crypto::NodeKey::generate();
    const FakeClock then(SystemClock().wall_now() - ago);
    const auto issued = relay.ca().issue(key.signing_request("fra-1"), {.name = "fra-1", .life = life}, then);
    REQUIRE(issued);
    return *crypto::make_identity(key, issued->der, relay.ca().certificate_pem());
}

// One loop with a daemon and a controller.
struct DaemonScene {
    explicit DaemonScene(const std::string& charter = "charter: { targets: [ \"*:80\" ] }\n",
                         Duration life = crypto::kCertificateLife, Duration ago = {})
        : agent_folder(relay, charter, agent_of(relay, life, ago)) {
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

TEST_CASE("a short-lived certificate is renewed over the session, which lives on, and shown on the next link",
          "[session]") {
    DaemonScene scene("", std::chrono::seconds(80), std::chrono::seconds(60));
    REQUIRE(scene.until([&] { return !scene.controller->all<protocol::AgentHello>().empty(); }));
    const crypto::Member old = *scene.controller->session->certificate();
    MemoryInviteStore store;
    controller::enrol::EnrolledAgent enrolled;
    enrolled.name = old.name;
    enrolled.id = old.id;
    enrolled.serial = old.serial;
    enrolled.expires = old.not_after;
    REQUIRE(store.add_agent(enrolled));
    controller::enrol::RenewalDesk desk(scene.relay.ca(), store, scene.loop.clock());

    const auto& heard = scene.controller->datagrams;
    const auto request = [&heard]() -> const protocol::RenewalRequest* {
        for (const protocol::Datagram& one : heard) {
            if (const auto* found = std::get_if<protocol::RenewalRequest>(&one)) return found;
        }
        return nullptr;
    };
    scene.controller->session->send_datagram(protocol::encode(protocol::Datagram(protocol::ClockProbe{})));
    REQUIRE(scene.until([&] { return request() != nullptr; }));
    const auto renewed = desk.renew(*scene.controller->session->certificate(), request()->signing_request);
    REQUIRE(renewed);
    scene.controller->session->send_datagram(
        protocol::encode(protocol::Datagram(protocol::RenewalReply{*renewed, ""})));
    const std::string file = scene.agent_folder.folder.file("identity.pem");
    const auto on_disk = [&file] { return crypto::Identity::load(file)->member(); };
    REQUIRE(scene.until([&] { return on_disk().serial != old.serial; }));
    CHECK(on_disk().id == old.id);
    CHECK(scene.controller->interruptions == 0);

    scene.relay.stop();
    scene.relay.start();
    REQUIRE(scene.until([&] { return scene.controller->resumptions == 1; }));
    CHECK(scene.controller->session->certificate()->serial == on_disk().serial);
}

TEST_CASE("a restarted agent still knows who is revoked, whatever the relay says or does not say", "[session]") {
    DaemonScene scene;
    REQUIRE(scene.until([&] { return !scene.controller->all<protocol::AgentHello>().empty(); }));
    const std::string serials[] = {scene.relay.controller("stolen").member().serial};
    const auto crl = scene.relay.ca().revoke("", serials, scene.loop.clock());
    REQUIRE(crl);
    REQUIRE(scene.controller->node->uplink->send(
        {tunnel::envelope::Kind::Revocations, {scene.controller->node->identity.member().id, 77}, {}, *crl}));
    const std::string file = scene.agent_folder.folder.file("revocations.crl");
    REQUIRE(scene.until([&] { return std::filesystem::exists(file); }));
    REQUIRE(scene.until([&] { return scene.controller->resumptions >= 1; }));
    scene.daemon.reset();
    const std::string own[] = {scene.agent_folder.identity().member().serial};
    write_file(file, *scene.relay.ca().revoke(*crl, own, scene.loop.clock()));
    const auto again = agent::cli::Daemon::create(scene.loop, scene.agent_folder.config(), scene.engines.factory());
    REQUIRE_FALSE(again);
    CHECK(again.error().message.find("was revoked") != std::string::npos);
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
