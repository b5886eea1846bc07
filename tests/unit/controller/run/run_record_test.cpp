#include "controller/run/run_record.h"

#include <catch2/catch.hpp>

#include "run_bench.h"
#include "tests/support/temporary_folder.h"

using namespace culvert;
using namespace culvert::run;
using roster::EntryState;

namespace {

roster::RosterEntry entry_of(const std::string& name, EntryState state, std::uint8_t node) {
    roster::RosterEntry entry;
    entry.name = name;
    entry.state = state;
    entry.address.node.bytes.fill(node);
    return entry;
}

}  // namespace

TEST_CASE("an agent that cannot be reached keeps what was known of it, one that is away is listed", "[run]") {
    const test::TemporaryFolder folder;
    FakeClock clock;
    auto store = store::Store::open(folder.file("runs.sqlite"));
    REQUIRE(store);
    auto seen = entry_of("fra-1", EntryState::Ready, 1);
    seen.labels = {{"region", "eu"}};
    seen.weight = 4;
    seen.program_version = "1.2.0";
    seen.proxy = "http://proxy.corp:3128";
    remember_agents(**store, {seen, entry_of("fra-2", EntryState::Ready, 2)}, clock);

    std::vector<roster::RosterEntry> now{entry_of("fra-1", EntryState::Unreachable, 1)};
    add_offline_agents(**store, now);
    REQUIRE(now.size() == 2);
    CHECK(now[0].state == EntryState::Unreachable);
    CHECK(now[0].labels == seen.labels);
    CHECK(now[0].weight == 4);
    CHECK(now[0].program_version == "1.2.0");
    CHECK(now[0].proxy == "http://proxy.corp:3128");
    CHECK(now[1].name == "fra-2");
    CHECK(now[1].state == EntryState::Offline);

    std::vector<roster::RosterEntry> another{entry_of("fra-1", EntryState::Unreachable, 9)};
    add_offline_agents(**store, another);
    CHECK(another[0].weight == 1);
}
