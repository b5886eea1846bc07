// Two agents of one name: the second cannot join; where two are there all the same, it is said at once.
#include <fstream>

#include <catch2/catch.hpp>

#include "e2e_mesh.h"
#include "newcomer.h"
#include "refusals.h"

using namespace culvert;
using namespace culvert::e2e;
using namespace std::chrono_literals;

namespace {

constexpr const char* kPlan =
    "culvert: 1\nname: Twins\nscenarios:\n  one:\n    load: [ constant_rate: { rate: 10/s, for: 2s } ]\n    steps: [ "
    "get: \"{target}/products\" ]\n";

bool log_says(E2eMesh& mesh, const std::string& log, const std::string& text) {
    return read_text(mesh.mesh().file(log)).find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a second agent of a name that is taken cannot join", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    SigningDesk desk(mesh);
    const auto again = join(mesh, desk.token(), {.name = "a1", .state = "other", .clock = {}});
    INFO(again.err);
    CHECK(again.exit == 2);
    CHECK(again.err.find("the name a1 belongs to another key") != std::string::npos);
    CHECK(again.err.find("--name NAME") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(mesh.mesh().file("other/identity.pem")));
}

TEST_CASE("two agents of one name that are both enrolled stop a run with a line that names the two", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    // The controller's store is lost, as after a restore of an old backup: it enrols the name a second time.
    for (const auto& entry : std::filesystem::directory_iterator(mesh.mesh().file("mesh"))) {
        if (entry.path().filename().string().starts_with("runs.sqlite")) std::filesystem::remove(entry.path());
    }
    {
        SigningDesk desk(mesh);
        const auto twin = join(mesh, desk.token(), {.name = "a1", .state = "twin", .clock = {}});
        INFO(twin.err);
        REQUIRE(twin.exit == 0);
    }
    auto running =
        mesh.start_program({"culvert-agent", "run", "--config", mesh.mesh().file("twin/agent.yaml").string()}, "twin");
    REQUIRE(wait_until([&] { return log_says(mesh, "twin.err", "connected"); }, 20s));
    Refusals refusals(mesh);
    refusals.run(kPlan, 4, {"two agents have the name a1", "nodes ", "another name", "revoke"});
}

TEST_CASE("an agent's folder that was copied to a second host: the newer one stays, the older says what happened",
          "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    REQUIRE(wait_until([&] { return log_says(mesh, "a1.log", "connected"); }, 20s));
    const auto copy = mesh.mesh().file("copy");
    std::filesystem::create_directories(copy);
    for (const char* file : {"identity.pem", "agent.yaml"})
        std::filesystem::copy_file(mesh.mesh().file("a1") / file, copy / file);
    auto running = mesh.start_program({"culvert-agent", "run", "--config", (copy / "agent.yaml").string()}, "copy");
    REQUIRE(wait_until([&] { return log_says(mesh, "copy.err", "connected"); }, 20s));
    const auto older = mesh.mesh().agent("a1").wait(20s);
    INFO(read_text(mesh.mesh().file("a1.log")));
    CHECK(older.has_value());
    CHECK(log_says(mesh, "a1.log", "two share one identity"));
    CHECK(running->running());
}
