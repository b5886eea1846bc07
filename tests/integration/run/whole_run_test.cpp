// Runs from the plan to the verdict, through a real relay and real proxies, against a real target.
#include <thread>

#include <catch2/catch.hpp>

#include "controller/run/control_client.h"
#include "tests/integration/run/run_mesh.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using results::RunState;

TEST_CASE("2000 iterations over agents of weights 1, 2 and 4 are started and counted exactly", "[run]") {
    RunMesh mesh;
    mesh.add_three();
    const auto end = mesh.run(mesh.request(
        mesh.plan("iterations: { total: 2000, users: 21, at_most: 20s }", "thresholds: [ error_rate < 1% ]\n"), 3));
    INFO(mesh.watcher.told());
    REQUIRE(end);
    const results::RunResult& result = end->result;
    CHECK(result.state == RunState::Finished);
    CHECK(requests_of(result) == 2000);
    CHECK(mesh.origin().requests() == 2000);
    CHECK(result.totals[0].delivered == 2000);
    CHECK(result.ledger.balanced);
    CHECK(result.ledger.sent == result.ledger.reported);
    CHECK(result.verdict == results::Verdict::Pass);
    REQUIRE(result.agents.size() == 3);
    const auto part = [&result](std::size_t agent) { return static_cast<double>(requests_of(result.agents[agent])); };
    CHECK(part(0) == Approx(2000.0 / 7).margin(60));  // whole users have whole numbers of iterations
    CHECK(part(1) == Approx(4000.0 / 7).margin(60));
    CHECK(part(2) == Approx(8000.0 / 7).margin(60));
    CHECK(mesh.watcher.overs == 1);
}

TEST_CASE("an open model starts every slot once, at its time, with agents on one clock", "[run]") {
    RunMesh mesh;
    mesh.add_three();
    const auto end = mesh.run(mesh.request(mesh.plan("constant_rate: { rate: 140/s, for: 3s }"), 3));
    INFO(mesh.watcher.told());
    REQUIRE(end);
    const results::RunResult& result = end->result;
    CHECK(result.totals[0].planned == 420);
    CHECK(result.totals[0].offered + result.totals[0].missed == 420);
    CHECK(requests_of(result) == mesh.origin().requests());
    CHECK(requests_of(result.agents[0]) == 60);
    CHECK(requests_of(result.agents[1]) == 120);
    CHECK(requests_of(result.agents[2]) == 240);
    for (const results::AgentResult& agent : result.agents) {
        CHECK(agent.clock_error_ms > 0);
        CHECK(agent.clock_error_ms < 100);
        CHECK(agent.transport == "websocket");
        CHECK(agent.proxy == mesh.agent(agent.name).proxy().url());
        CHECK(agent.labels.at("size") == (agent.name == "a4" ? "large" : "small"));
    }
    CHECK(result.ledger.balanced);
    CHECK(result.timeline.size() >= 3);
}

TEST_CASE("every row of a split file is used by exactly one agent", "[run]") {
    std::mutex mutex;
    std::map<std::string, int> used;
    RunMesh mesh([&](const OriginRequest& request) {
        const std::lock_guard lock(mutex);
        ++used[request.target];
        return OriginAnswer{};
    });
    mesh.add_three();
    const std::string csv = mesh.folder().file("rows.csv");
    {
        std::FILE* file = std::fopen(csv.c_str(), "w");
        REQUIRE(file != nullptr);
        std::fputs("id\n", file);
        for (int i = 0; i < 350; ++i) std::fprintf(file, "row-%d\n", i);
        std::fclose(file);
        const std::string text =
            "culvert: 1\nname: Rows\ndata:\n  rows: { csv: rows.csv, across_agents: split, next_row: each_iteration, "
            "at_end: stop_user }\nscenarios:\n"
            "  one:\n    load: [ constant_users: { users: 6, for: 4s } ]\n    steps: [ get: \"" +
            mesh.origin().url() + "/${rows.id}\" ]\n";
        file = std::fopen(mesh.folder().file("rows.yaml").c_str(), "w");
        std::fputs(text.c_str(), file);
        std::fclose(file);
    }
    auto plan = workload::load_plan(mesh.folder().file("rows.yaml"));
    REQUIRE(plan);
    const auto end = mesh.run(mesh.request(std::make_shared<const workload::Plan>(std::move(*plan)), 3));
    INFO(mesh.watcher.told());
    REQUIRE(end);
    CHECK(used.size() == 350);
    for (const auto& [row, count] : used) CHECK(count == 1);
    CHECK(end->result.ledger.balanced);
}

TEST_CASE("an interrupted run stops its load, keeps its results and is an exit code 130", "[run]") {
    RunMesh mesh;
    mesh.add_three();
    run::RunRequest request = mesh.request(mesh.plan("constant_rate: { rate: 100/s, for: 5m }"), 3);
    request.out_dir = mesh.out_dir();
    bool stopped = false;
    mesh.watcher.act = [&](const run::RunView& view) {
        if (view.state != RunState::Running || view.elapsed_s < 1 || stopped) return;
        stopped = true;
        std::thread([socket = mesh.out_dir() / run::kControlSocket] {
            auto client = run::ControlClient::connect(socket);
            if (client) (void)client->stop(run::StopMode::Gracefully);
        }).detach();
    };
    const auto end = mesh.run(std::move(request));
    INFO(mesh.watcher.told());
    REQUIRE(end);
    CHECK(end->result.state == RunState::Stopped);
    CHECK(end->exit_code == ExitCode::Interrupted);
    CHECK(requests_of(end->result) == mesh.origin().requests());
    CHECK(end->result.ledger.balanced);
    CHECK(mesh.watcher.heard("stopped"));
    CHECK_FALSE(std::filesystem::exists(mesh.out_dir() / run::kControlSocket));
}

TEST_CASE("a run can be watched, asked and commented from another process", "[run]") {
    RunMesh mesh;
    mesh.add_agent("a1");
    run::RunRequest request = mesh.request(mesh.plan("constant_rate: { rate: 50/s, for: 4s }"), 1);
    request.out_dir = mesh.out_dir();
    std::thread other;
    std::vector<run::RunView> views;
    std::optional<Result<run::RunView>> status;
    bool saw_the_end = false;
    mesh.watcher.act = [&](const run::RunView& view) {
        if (view.state != RunState::Running || other.joinable()) return;
        other = std::thread([&] {
            auto client = run::ControlClient::connect(mesh.out_dir() / run::kControlSocket);
            if (!client) return;
            status = client->status();
            (void)client->comment("deploy 412");
            (void)client->watch();
            for (auto next = client->next_view(10s); next; next = client->next_view(10s)) {
                if (!*next) {
                    saw_the_end = true;
                    return;
                }
                views.push_back(std::move(**next));
            }
        });
    };
    const auto end = mesh.run(std::move(request));
    if (other.joinable()) other.join();
    REQUIRE(end);
    REQUIRE(status);
    REQUIRE(*status);
    CHECK((*status)->state == RunState::Running);
    CHECK(saw_the_end);
    REQUIRE(views.size() >= 3);
    CHECK(views.back().state == RunState::Finished);
    CHECK(mesh.watcher.heard("comment"));
}

TEST_CASE("a run is kept in the store with its verdict, and its agents with it", "[run]") {
    RunMesh mesh;
    mesh.add_three();
    const auto store = store::Store::open(mesh.config().store);
    REQUIRE(store);
    run::RunRequest request =
        mesh.request(mesh.plan("constant_rate: { rate: 50/s, for: 1s }", "thresholds: [ requests > 1000 ]\n"), 3);
    request.out_dir = mesh.out_dir();
    const auto end = mesh.run(std::move(request), store->get());
    REQUIRE(end);
    CHECK(end->exit_code == ExitCode::ThresholdsFailed);
    const auto record = (*store)->runs().find(end->result.id);
    REQUIRE(record);
    CHECK(record->state == "finished");
    CHECK(record->verdict == "FAIL");
    CHECK(record->exit_code == 3);
    CHECK(record->agents == 3);
    CHECK(record->ended);
    const auto seen = (*store)->agents().list();
    REQUIRE(seen->size() == 3);
    CHECK((*seen)[2].name == "a4");
    CHECK((*seen)[2].weight == 4);
}

TEST_CASE("the agents of a mesh are shown with their path, clock and charter, and those of earlier as offline",
          "[run]") {
    RunMesh mesh;
    mesh.add_three();
    const auto store = store::Store::open(mesh.config().store);
    store::SeenAgent gone;
    gone.name = "old-1";
    gone.last_words = "stopped";
    REQUIRE((*store)->agents().saw(gone));
    // Agents join while we look: look until all are there.
    std::vector<roster::RosterEntry> agents;
    for (int attempt = 0; attempt < 50 && agents.size() < 4; ++attempt) {
        const auto snapshot = run::look_at_mesh(mesh.config(), store->get());
        REQUIRE(snapshot);
        CHECK(snapshot->mesh == "acme");
        CHECK(snapshot->link.relay == mesh.relay().url());
        agents = snapshot->agents;
    }
    REQUIRE(agents.size() == 4);
    CHECK(agents[0].name == "a1");
    CHECK(agents[0].state == roster::EntryState::Ready);
    CHECK(agents[0].proxy == mesh.agent("a1").proxy().url());
    CHECK(agents[0].transport == "websocket");
    CHECK(agents[0].charter.targets == std::vector<std::string>{"127.0.0.1"});
    REQUIRE(agents[0].clock);
    CHECK(std::chrono::abs(agents[0].clock->offset) <= agents[0].clock->error + 1ms);  // one machine, one clock
    CHECK(agents[3].name == "old-1");
    CHECK(agents[3].state == roster::EntryState::Offline);
    CHECK(agents[3].note == "stopped");
}
