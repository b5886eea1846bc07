#include <catch2/catch.hpp>

#include "common/crypto/digest.h"
#include "common/protocol/rows.h"
#include "tests/integration/session/mesh_loop.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

protocol::Prepare small_run() {
    protocol::Prepare prepare;
    prepare.run = "run-1";
    prepare.plan_file = "small.yaml";
    prepare.plan_text = kSmallPlan;
    prepare.share.scenarios = {{0, {1.0}}};
    return prepare;
}

void run_until_started(MeshLoop& mesh) {
    LoopController& controller = *mesh.controller;
    REQUIRE(mesh.until([&] { return !controller.all<protocol::AgentHello>().empty(); }));
    controller.say(small_run());
    REQUIRE(mesh.until([&] { return !controller.all<protocol::Prepared>().empty(); }));
    controller.say(protocol::Start{"run-1", mesh.now()});
    REQUIRE(mesh.until([&] { return !controller.all<protocol::Started>().empty(); }));
}

}  // namespace

TEST_CASE("a run goes from Prepare to Release through a real relay", "[session]") {
    MeshLoop mesh;
    LoopController& controller = *mesh.controller;
    run_until_started(mesh);
    CHECK(controller.all<protocol::AgentHello>().at(0).name == "fra-1");
    for (std::uint32_t second = 0; second < 3; ++second)
        mesh.agent->engines.events->on_interval(FakeEngines::interval(second));
    mesh.agent->engines.finish();
    REQUIRE(mesh.until([&] { return !controller.all<protocol::RunFinished>().empty(); }));
    protocol::RunTotals merged;
    for (const auto& report : controller.all<protocol::IntervalReport>()) merged.add(report.interval);
    CHECK(merged == controller.all<protocol::RunFinished>().at(0).totals);
    controller.say(protocol::Release{"run-1"});
    CHECK(mesh.until([&] { return mesh.agent->service->run() == nullptr; }));
}

TEST_CASE("clock probes are answered through the relay", "[session]") {
    MeshLoop mesh;
    LoopController& controller = *mesh.controller;
    REQUIRE(mesh.until([&] { return controller.session != nullptr && controller.session->connected(); }));
    const auto sent = std::chrono::floor<std::chrono::microseconds>(mesh.loop.clock().steady_now().time_since_epoch());
    controller.session->send_datagram(protocol::encode(protocol::Datagram(protocol::ClockProbe{sent})));
    REQUIRE(mesh.until([&] { return !controller.datagrams.empty(); }));
    const auto& reply = std::get<protocol::ClockReply>(controller.datagrams.front());
    // Both ends read one clock here.
    CHECK(reply.probe_sent == sent);
    CHECK(reply.received.since_epoch >= sent);
    CHECK(reply.replied <= mesh.now());
}

TEST_CASE("large data sets travel in chunks and arrive whole", "[session]") {
    MeshLoop mesh;
    LoopController& controller = *mesh.controller;
    REQUIRE(mesh.until([&] { return !controller.all<protocol::AgentHello>().empty(); }));
    protocol::Rows rows;
    for (int i = 0; i < 30'000; ++i)
        rows.push_back({std::string(100, static_cast<char>('a' + i % 26)) + std::to_string(i)});
    controller.file = protocol::encode_rows(1, rows);
    protocol::Prepare prepare = small_run();
    prepare.plan_text = kPlanWithData;
    protocol::DataSetFile set;
    set.name = "customers";
    set.columns = {"id"};
    set.rows.size = controller.file.size();
    const std::string hash = crypto::sha256(controller.file);
    std::copy(hash.begin(), hash.end(), set.rows.sha256.begin());
    prepare.data = {set};
    controller.say(prepare);
    REQUIRE(mesh.until([&] { return !controller.all<protocol::Prepared>().empty(); }));
    CHECK(controller.all<protocol::Prepared>().at(0).problems.empty());
    CHECK(mesh.agent->engines.spec->data.at(0).rows == rows);
}

TEST_CASE("a relay that restarts in the middle of a run costs nothing and doubles nothing", "[session]") {
    MeshLoop mesh;
    LoopController& controller = *mesh.controller;
    run_until_started(mesh);
    std::uint32_t second = 0;
    for (int restart = 0; restart < 2; ++restart) {
        for (int i = 0; i < 20; ++i) mesh.agent->engines.events->on_interval(FakeEngines::interval(second++));
        mesh.relay.stop();
        REQUIRE(mesh.until([&] { return controller.interruptions == restart + 1; }));
        for (int i = 0; i < 20; ++i) mesh.agent->engines.events->on_interval(FakeEngines::interval(second++));
        mesh.relay.start();
        REQUIRE(mesh.until([&] { return controller.resumptions == restart + 1; }));
    }
    mesh.agent->engines.finish();
    REQUIRE(mesh.until([&] { return !controller.all<protocol::RunFinished>().empty(); }));
    const auto reports = controller.all<protocol::IntervalReport>();
    REQUIRE(reports.size() == second);
    protocol::RunTotals merged;
    for (std::size_t i = 0; i < reports.size(); ++i) {
        CHECK(reports[i].interval.number == i + 1);
        merged.add(reports[i].interval);
    }
    CHECK(merged == controller.all<protocol::RunFinished>().at(0).totals);
    CHECK(mesh.until([&] { return mesh.agent->spool->stored() == Bytes{0}; }));
}

TEST_CASE("a controller that leaves ends the run on the agent", "[session]") {
    MeshLoop mesh;
    run_until_started(mesh);
    mesh.controller->session->close("Ctrl-C twice");
    CHECK(mesh.until([&] { return mesh.agent->service->run() == nullptr; }));
    CHECK(mesh.agent->engines.alive == 0);
}
