#include "agent/cli/agent_file.h"

#include <catch2/catch.hpp>

#include "agent/cli/doctor_command.h"
#include "agent/cli/run_command.h"
#include "tests/support/files.h"
#include "tests/support/temporary_folder.h"

using namespace culvert;
using namespace culvert::agent::cli;

TEST_CASE("a mistake in the configuration ends run and doctor alike, before anything is started", "[cli]") {
    const test::TemporaryFolder folder;
    const std::string file = folder.file("agent.yaml");
    test::write_file(file,
                     "mesh: acme\ntunnel: { relays: [ \"wss://relay.test/mesh\" ], proxy: { no_proxy: [ 10.* ] } }\n");
    const auto loaded = load_agent_file(file);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error() == ExitCode::Usage);
    CHECK(run_command({file}, nullptr) == ExitCode::Usage);
    CHECK(doctor_command({file, false, false, ""}) == ExitCode::Usage);
    CHECK(run_command({folder.file("none.yaml")}, nullptr) == ExitCode::Usage);

    test::write_file(file, "mesh: acme\ntunnel: { relays: [ \"wss://relay.test/mesh\" ] }\n");
    const auto good = load_agent_file(file);
    REQUIRE(good);
    CHECK(good->file == file);
}
