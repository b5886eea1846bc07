// Trials over a real relay, on agents with the real engine.
#include <fstream>

#include <catch2/catch.hpp>

#include "controller/run/run_trial.h"
#include "tests/integration/run/run_mesh.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

struct Seen final : run::TrialObserver {
    void on_exchange(const metrics::Exchange& exchange) override { exchanges.push_back(exchange); }
    std::vector<metrics::Exchange> exchanges;
};

run::TrialRequest request_of(std::shared_ptr<const workload::Plan> plan, run::TrialWish wish = {}) {
    run::TrialRequest request;
    request.plan = std::move(plan);
    request.wish = std::move(wish);
    request.wait_at_most = 10s;
    request.catch_signals = false;
    return request;
}

}  // namespace

TEST_CASE("a trial makes one iteration with a row of data and shows each request in full", "[run]") {
    RunMesh mesh([](const OriginRequest&) {
        OriginAnswer answer;
        answer.body = R"({"token":"t-1"})";
        return answer;
    });
    mesh.add_agent("a1", 4);
    std::ofstream(mesh.folder().file("customers.csv")) << "id,password\nada,hunter22\nbob,secret\n";
    const std::filesystem::path file = mesh.folder().file("plan.yaml");
    std::ofstream(file) << "culvert: 1\nname: Trial\nvariables:\n  key: { env: KEY, secret: true }\ndata:\n"
                           "  customers: { csv: customers.csv, next_row: each_user }\nscenarios:\n  browse:\n    load: "
                           "[ constant_rate: { rate: 500/s, for: 5m } ]\n    once_per_user:\n      - post: \""
                        << mesh.origin().url()
                        << "/login\"\n        form: { user: \"${customers.id}\" }\n        save: { token: { json: "
                           "/token } }\n    steps:\n      - think: 1h\n      - get: \""
                        << mesh.origin().url()
                        << "/${token}\"\n        headers: { X-Own: \"${key}\" }\n        check: { status: 200 }\n";
    auto plan = workload::load_plan(file);
    REQUIRE(plan);
    run::TrialRequest request = request_of(std::make_shared<const workload::Plan>(std::move(*plan)));
    request.environment = [](const std::string& name) {
        return name == "KEY" ? std::optional<std::string>("top-secret") : std::nullopt;
    };
    std::string chosen;
    request.on_chosen = [&chosen](const run::TrialChoice& choice) { chosen = choice.agent.name; };
    Seen seen;
    const auto end = run::run_trial(mesh.config(), std::move(request), seen);
    REQUIRE(end);
    CHECK(end->exit_code == ExitCode::Ok);
    CHECK(end->problems.empty());
    CHECK(chosen == "a1");
    CHECK(mesh.origin().requests() == 2);
    REQUIRE(seen.exchanges.size() == 2);
    CHECK(seen.exchanges[0].request.body == "user=ada");
    CHECK(seen.exchanges[0].saves == std::vector<metrics::SavedValue>{{"token", "t-1"}});
    CHECK(seen.exchanges[1].url == mesh.origin().url() + "/t-1");
    CHECK(seen.exchanges[1].request.head.find("X-Own: ***") != std::string::npos);
    CHECK(mesh.origin().seen()[1].header("x-own") == "top-secret");
    CHECK(seen.exchanges[1].checks.at(0).holds);
}

TEST_CASE("a trial keeps to the charter, and leaves the agent free", "[run]") {
    RunMesh mesh;
    mesh.add_agent("a1");
    const auto foreign = workload::parse_plan("p.yaml",
                                              "culvert: 1\nname: P\nscenarios:\n  one:\n    load: [ constant_rate: { "
                                              "rate: 10/s, for: 2s } ]\n    steps: [ get: \"http://10.9.9.9/\" ]\n");
    Seen seen;
    const auto refused =
        run::run_trial(mesh.config(), request_of(std::make_shared<const workload::Plan>(*foreign)), seen);
    REQUIRE(refused);
    CHECK(refused->exit_code == ExitCode::AgentsMissing);
    REQUIRE(refused->problems.size() == 1);
    CHECK(refused->problems[0].find("10.9.9.9") != std::string::npos);
    CHECK(seen.exchanges.empty());

    const auto plan = mesh.plan("constant_rate: { rate: 1000/s, for: 10m }");
    for (int i = 0; i < 2; ++i) {
        const auto end = run::run_trial(mesh.config(), request_of(plan, {"one", "a1", {}}), seen);
        REQUIRE(end);
        CHECK(end->exit_code == ExitCode::Ok);
    }
    CHECK(seen.exchanges.size() == 2);
    CHECK(mesh.origin().requests() == 2);
}

TEST_CASE("a request of a trial that fails decides its end", "[run]") {
    RunMesh mesh([](const OriginRequest&) {
        OriginAnswer answer;
        answer.status = 503;
        answer.body = "later";
        return answer;
    });
    mesh.add_agent("a1");
    Seen seen;
    const auto end =
        run::run_trial(mesh.config(), request_of(mesh.plan("constant_rate: { rate: 10/s, for: 1s }")), seen);
    REQUIRE(end);
    CHECK(end->exit_code == ExitCode::ThresholdsFailed);
    REQUIRE(seen.exchanges.size() == 1);
    CHECK(seen.exchanges[0].what == "HTTP 503");
    CHECK(seen.exchanges[0].response.body == "later");
}
