#include "controller/run/mesh.h"

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.h"
#include "tests/support/test_mesh_ca.h"

using namespace culvert;
using namespace std::chrono_literals;

TEST_CASE("a controller whose clock is wrong is told so before it dials", "[run]") {
    const test::TemporaryFolder folder;
    const test::TestMeshCa mesh;
    config::ControllerConfig config;
    config.identity = folder.file("identity.pem");
    REQUIRE(mesh.controller("ana").save(config.identity));
    CHECK(run::load_identity(config, mesh.clock));
    const test::FakeClock behind(mesh.clock.wall_now() - 24h);
    const auto refused = run::load_identity(config, behind);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Catch::StartsWith(config.identity) && Catch::EndsWith("set the clock"));
}

TEST_CASE("an agent's identity does not make a controller", "[run]") {
    const test::TemporaryFolder folder;
    const test::TestMeshCa mesh;
    config::ControllerConfig config;
    config.identity = folder.file("identity.pem");
    REQUIRE(mesh.agent("fra-1").save(config.identity));
    const auto refused = run::load_identity(config, mesh.clock);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Catch::EndsWith("is the identity of an agent (fra-1), not of a controller"));
}
