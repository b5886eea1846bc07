// What a join finds on its way, before it spends its invite.
#include "agent/cli/join_way.h"

#include <catch2/catch.hpp>

#include "tests/integration/doctor/clinic.h"
#include "tests/support/loopback.h"
#include "tests/support/test_proxy.h"

using namespace culvert;
using namespace std::chrono_literals;
using namespace culvert::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

struct Walk {
    Walk() {
        token.mesh = "acme";
        token.relays = clinic.settings.uplink.relays;
        token.expires = clinic.clock.wall_now() + 24h;
    }
    std::optional<ExitCode> operator()() {
        lines.clear();
        agent::cli::Checklist checklist([this](std::string_view line) { lines.emplace_back(line); });
        return agent::cli::walk_way(token, "fra-1", clinic.settings.uplink, clinic.clock, checklist);
    }
    // The one line with a cross.
    std::string failed() const {
        std::string found;
        for (const std::string& line : lines) {
            if (!line.starts_with("✗ ")) continue;
            CHECK(found.empty());
            found = line;
        }
        return found;
    }

    Clinic clinic;
    crypto::JoinToken token;
    std::vector<std::string> lines;
};

}  // namespace

TEST_CASE("a join walks the doctor's hops, and goes on where they are free", "[doctor]") {
    Walk walk;
    TestProxy proxy({.username = "alice", .password = "right"});
    walk.clinic.through(proxy, "alice", "right");
    CHECK_FALSE(walk());
    REQUIRE(walk.lines.size() == 4);
    CHECK_THAT(walk.lines[0], StartsWith("✓ which proxy " + proxy.url() + " (tunnel.proxy.urls[0])"));
    CHECK_THAT(walk.lines[1], StartsWith("✓ reach proxy "));
    CHECK_THAT(walk.lines[2], StartsWith("✓ CONNECT     to localhost") && Contains("Basic as alice"));
    CHECK_THAT(walk.lines[3], StartsWith("✓ TLS         certificate from "));
}

TEST_CASE("a join ends at the hop that fails, with its name and what to ask for", "[doctor]") {
    Walk walk;
    TestProxy proxy({.refuse_with = 403});
    walk.clinic.through(proxy);
    CHECK(walk() == ExitCode::RelayNotReached);
    CHECK_THAT(walk.failed(), StartsWith("✗ CONNECT ") && Contains("403"));
    CHECK_THAT(walk.lines.back(), StartsWith("! ask for ") && Contains("CONNECT to localhost"));
    walk.clinic.settings.uplink.proxy.urls = {"http://127.0.0.1:" + std::to_string(unused_port())};
    CHECK(walk() == ExitCode::RelayNotReached);
    CHECK_THAT(walk.failed(), StartsWith("✗ reach proxy "));
    walk.clinic.settings.uplink.proxy.urls = {"ftp://proxy"};
    CHECK(walk() == ExitCode::Usage);
    CHECK_THAT(walk.failed(), StartsWith("✗ which proxy ") && Contains("write http://HOST:PORT"));
}

TEST_CASE("a token that has expired is told before a relay's certificate that it does not know", "[doctor]") {
    Walk walk;
    walk.clinic.settings.uplink.pins = {std::string(64, 'a')};
    CHECK(walk() == ExitCode::RelayNotReached);
    CHECK_THAT(walk.failed(), StartsWith("✗ TLS "));
    walk.token.expires = walk.clinic.clock.wall_now() - 72h;
    CHECK(walk() == ExitCode::Usage);
    CHECK_THAT(walk.failed(), StartsWith("✗ token ") && Contains("expired 3 days ago") && Contains("culvert invite"));
}

TEST_CASE("a wrong clock is told before a certificate, also to who joins", "[doctor]") {
    Walk walk;
    walk.clinic.show_certificate_of(WallTime{std::chrono::seconds{0}});
    walk.clinic.clock.by = 48h;
    CHECK(walk() == ExitCode::Usage);
    CHECK_THAT(walk.failed(), StartsWith("✗ clock ") && Contains("2 days ahead of the relay"));
}
