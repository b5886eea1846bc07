// What the network and the relay get to see of a run.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <sstream>

#include "controller/demo/sockets.h"
#include "e2e_mesh.h"

using namespace culvert;
using namespace culvert::e2e;
using namespace std::chrono_literals;

namespace {

// Whether the writable memory of a process holds the text now: whatever it received or sent lately is there in clear,
// if it ever was clear to it.
bool memory_holds(pid_t pid, const std::string& text) {
    std::istringstream maps(read_text(fmt::format("/proc/{}/maps", pid)));
    const int memory = ::open(fmt::format("/proc/{}/mem", pid).c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(memory >= 0);
    bool found = false;
    std::string bytes;
    for (std::string line; !found && std::getline(maps, line);) {
        unsigned long begin = 0, end = 0;
        char mode[5] = {};
        if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, mode) != 3 || mode[1] != 'w' ||
            end - begin > (64UL << 20))
            continue;
        bytes.resize(end - begin);
        const ssize_t got = ::pread(memory, bytes.data(), bytes.size(), static_cast<off_t>(begin));
        if (got > 0)
            found =
                std::string_view(bytes).substr(0, static_cast<std::size_t>(got)).find(text) != std::string_view::npos;
    }
    ::close(memory);
    return found;
}

}  // namespace

TEST_CASE("no packet leaves corp except to the proxy, and agents listen on no socket", "[e2e]") {
    E2eMesh mesh(demo::Isolation::NamespacesIfPermitted);
    if (!mesh.playground().has_namespaces()) {
        WARN("not shown here: " << mesh.playground().why_loopback());
        return;
    }
    REQUIRE(mesh.playground().allow_only_proxy(mesh.mesh().squid().port));
    mesh.join("a1");
    mesh.join("a2");
    const auto outcome =
        mesh.run(fmt::format("culvert: 1\nname: Inside\nscenarios:\n  one:\n    load: [ constant_rate: {{ rate: 50/s, "
                             "for: 5s }} ]\n    steps: [ get: \"{}/products\" ]\n",
                             mesh.target()),
                 2);
    INFO(outcome.err);
    REQUIRE((outcome.exit == 0 || outcome.exit == 6));
    CHECK(outcome.report["totals"]["requests"] == 250);
    CHECK(mesh.playground().stray_packets() == 0u);
    for (const auto& [name, agent] : mesh.mesh().agents()) CHECK(demo::listening_sockets(agent->pid()) == 0u);
}

TEST_CASE("the relay sees only ciphertext: a marker of the plan and of the results is never in its memory", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    // A name that is in the plan, in the errors that come back (404 with the path in the request head), and nowhere
    // else.
    const std::string marker = "marker-7f3a9c51d2";
    const auto out = mesh.mesh().file("out");
    const std::string plan = fmt::format(
        "culvert: 1\nname: Secret\nscenarios:\n  one:\n    load: [ constant_rate: {{ rate: 50/s, for: 8s }} ]\n    "
        "steps:\n      - get: \"{}/{}\"\n        name: {}\n",
        mesh.target(), marker, marker);
    auto run = mesh.start_culvert(
        {"run", mesh.write_plan(plan).string(), "--wait-for-agents", "1", "--progress", "plain", "--out", out.string()},
        "run");
    int looks = 0;
    while (!run->wait(200ms)) {
        CHECK_FALSE(memory_holds(mesh.mesh().relay().pid(), marker));
        ++looks;
    }
    CHECK(looks > 10);
    // The search itself works: what carried the plan does hold it.
    const std::string report = read_text(out / "report.json");
    CHECK(report.find(marker) != std::string::npos);
    CHECK(memory_holds(::getpid(), marker));
}
