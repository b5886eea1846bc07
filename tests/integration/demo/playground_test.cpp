#include "controller/demo/playground.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <catch2/catch.hpp>

#include "controller/demo/servers.h"

using namespace culvert;
using namespace culvert::demo;
using namespace std::chrono_literals;

namespace {

// A folder that is gone after the test. Not under /tmp of root alone: squid and nginx give up root and must still reach
// it.
struct Folder {
    Folder() {
        char name[] = "/tmp/culvert-test-XXXXXX";
        path = ::mkdtemp(name);
        std::filesystem::permissions(path, std::filesystem::perms::owner_all | std::filesystem::perms::group_exec |
                                               std::filesystem::perms::others_exec);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

Command curl(std::vector<std::string> arguments, const Folder& folder) {
    arguments.insert(arguments.begin(),
                     {"curl", "-s", "-o", "/dev/null", "--max-time", "5", "-w", "%{http_connect} %{http_code}"});
    return Command{.argv = std::move(arguments),
                   .environment = {},
                   .output = folder.path / "curl.log",
                   .stdout_file = folder.path / "curl.txt",
                   .directory = {}};
}

}  // namespace

TEST_CASE("a child process is ended by its id, and its exit code is known", "[demo]") {
    auto sleeper = ChildProcess::start(
        Command{.argv = {"sleep", "60"}, .environment = {}, .output = {}, .stdout_file = {}, .directory = {}});
    REQUIRE(sleeper);
    CHECK((*sleeper)->running());
    CHECK((*sleeper)->stop() == 128 + SIGTERM);
    CHECK(run_to_end(
              Command{
                  .argv = {"sh", "-c", "exit 7"}, .environment = {}, .output = {}, .stdout_file = {}, .directory = {}},
              5s) == 7);
    CHECK_FALSE(ChildProcess::start(Command{
        .argv = {"no-such-program-here"}, .environment = {}, .output = {}, .stdout_file = {}, .directory = {}}));
}

TEST_CASE("squid asks for the password and then lets corp through", "[demo]") {
    const Folder folder;
    auto playground = Playground::create(folder.path, Isolation::NamespacesIfPermitted);
    REQUIRE(playground);
    auto nginx = start_nginx(**playground, Zone::Inet);
    REQUIRE(nginx);
    auto squid = start_squid(**playground,
                             SquidSettings{.user = "alice", .password = "s3cret", .relay_host = "relay.demo.test"});
    REQUIRE(squid);
    const std::string url = "http://relay.demo.test:" + std::to_string(nginx->port) + "/health";
    CHECK((*playground)->run(Zone::Corp, curl({"-p", "-x", squid->url(), url}, folder), 10s) != 0);
    CHECK((*playground)->run(Zone::Corp, curl({"-p", "-x", squid->url(), "-U", "alice:s3cret", url}, folder), 10s) ==
          0);
}

TEST_CASE("a packet from corp to anything but the proxy is dropped and counted", "[demo]") {
    const Folder folder;
    auto playground = Playground::create(folder.path, Isolation::NamespacesIfPermitted);
    REQUIRE(playground);
    if (!(*playground)->has_namespaces()) {
        WARN("not shown here: " << (*playground)->why_loopback());
        return;
    }
    REQUIRE((*playground)->allow_only_proxy(3128));
    CHECK((*playground)->stray_packets() == 0u);
    CHECK((*playground)->run(Zone::Corp, curl({"--connect-timeout", "1", "http://10.77.1.1:9/"}, folder), 10s) != 0);
    CHECK((*playground)->stray_packets().value_or(0) > 0);
}
