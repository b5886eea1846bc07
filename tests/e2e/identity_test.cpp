// Whoever does not belong to the mesh, or not any more, is told which it is and what mends it.
#include <fstream>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "e2e_mesh.h"
#include "newcomer.h"

using namespace culvert;
using namespace culvert::e2e;
using namespace std::chrono_literals;

namespace {

constexpr demo::Exit kUsage = 2;

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Refused in the step `step`, with a line that says all of `says`; no identity was written.
void check_refused(E2eMesh& mesh, const Outcome& outcome, const std::string& name, const std::string& step,
                   const std::vector<std::string>& says) {
    std::string line;
    for (std::size_t at = outcome.err.find("✗ "); at != std::string::npos && line.empty();)
        line = outcome.err.substr(at, outcome.err.find('\n', at) - at);
    INFO(outcome.err);
    CHECK(outcome.exit == kUsage);
    CHECK(line.starts_with("✗ " + step));
    for (const std::string& text : says) {
        INFO(text);
        CHECK(contains(line, text));
    }
    CHECK_FALSE(std::filesystem::exists(mesh.mesh().file(name) / "identity.pem"));
    CHECK_FALSE(std::filesystem::exists(mesh.mesh().file(name) / "agent.yaml"));
}

// A mesh of its own at the same relay: whose nodes are strangers there.
void make_stranger(E2eMesh& mesh, const std::string& folder, const std::string& name) {
    const auto made = mesh.program({"culvert", "init", mesh.mesh().file(folder).string(), "--mesh", name, "--relay",
                                    mesh.mesh().relay_url(), "--proxy", mesh.mesh().squid().url(), "--proxy-user",
                                    "demo", "--proxy-password-file", mesh.mesh().file("proxy-password").string()});
    INFO(made.err);
    REQUIRE(made.exit == 0);
    const auto pin_of = [](const std::string& conf) {
        const std::size_t at = conf.find("pin_sha256: [");
        return std::pair{at, conf.find(']', at) - at};
    };
    const std::string own = read_text(mesh.mesh().file("mesh/controller.yaml"));
    const auto file = mesh.mesh().file(folder) / "controller.yaml";
    std::string conf = read_text(file);
    const auto [begin, length] = pin_of(conf);
    conf.replace(begin, length, own.substr(pin_of(own).first, pin_of(own).second));
    std::ofstream(file) << conf;
}

Outcome agents_seen_by(E2eMesh& mesh, const std::filesystem::path& config, const std::string& clock = "") {
    return mesh.program(with_clock(clock, {"culvert", "agents", "--config", config.string()}));
}

Outcome run_agent(E2eMesh& mesh, const std::string& name, const std::string& clock = "") {
    return mesh.program(
        with_clock(clock, {"culvert-agent", "run", "--config", (mesh.mesh().file(name) / "agent.yaml").string()}), 20s);
}

}  // namespace

TEST_CASE(
    "a token that is altered, spent, expired, withdrawn or of another mesh says which, and where to get a good one",
    "[e2e]") {
    E2eMesh mesh;
    // First, while the mesh is younger than a minute: an invite of a minute that was made three minutes ago.
    const std::string expired = invite(mesh, {.clock = "-3m", .expires = "1m"});
    const std::string withdrawn = invite(mesh);
    const auto listed = nlohmann::json::parse(mesh.culvert({"invites", "--json"}).out);
    std::string open;
    for (const auto& entry : listed.is_array() ? listed : listed["invites"]) {
        if (entry["state"] == "open") open = entry["id"];
    }
    const auto withdrawal = mesh.program(
        {"culvert", "invites", "--config", mesh.mesh().file("mesh/controller.yaml").string(), "withdraw", open});
    INFO(listed.dump() << withdrawal.err);
    REQUIRE(withdrawal.exit == 0);
    make_stranger(mesh, "stranger", "elsewhere");
    const std::string foreign = invite(mesh, {.folder = "stranger"});
    const std::string spent = invite(mesh);
    SigningDesk desk(mesh);

    std::string altered = spent;
    altered[altered.size() / 2] = altered[altered.size() / 2] == 'a' ? 'b' : 'a';
    check_refused(mesh, join(mesh, altered, {.name = "b1"}), "b1", "token", {"cut short or altered", "whole"});
    check_refused(mesh, join(mesh, "cvx_nonsense", {.name = "b1"}), "b1", "token", {"neither a join token", "cvj1_"});

    const auto first = join(mesh, spent, {.name = "a1"});
    INFO(first.err);
    REQUIRE(first.exit == 0);
    check_refused(mesh, join(mesh, spent, {.name = "b2"}), "b2", "signature",
                  {"this invite was already used by a1 on ", "culvert invite"});
    check_refused(mesh, join(mesh, expired, {.name = "b3"}), "b3", "signature",
                  {"this invite expired ", " ago", "your clock says ", "the controller's says ", "culvert invite"});
    check_refused(mesh, join(mesh, withdrawn, {.name = "b4"}), "b4", "signature",
                  {"this invite was withdrawn on ", "culvert invite"});
    check_refused(mesh, join(mesh, foreign, {.name = "b5"}), "b5", "WebSocket",
                  {"this relay serves the mesh demo, not elsewhere", "a join token of mesh demo"});

    // A name that an enrolled agent has; the invite stays good for another.
    const std::string open_token = invite(mesh);
    check_refused(mesh, join(mesh, open_token, {.name = "a1", .state = "b6"}), "b6", "signature",
                  {"the name a1 belongs to another key", "--name NAME", "culvert revoke a1"});
    const auto renamed = join(mesh, open_token, {.name = "a2", .state = "b6"});
    INFO(renamed.err);
    CHECK(renamed.exit == 0);
}

TEST_CASE("a wrong clock is named as that, on either side of a join and at every start", "[e2e]") {
    E2eMesh mesh;
    {
        SigningDesk desk(mesh);
        // Ahead: the token seems to have expired; the controller's clock decides, and says so.
        const auto ahead = join(mesh, desk.token(), {.name = "ahead", .clock = "+2d"});
        INFO(ahead.err);
        CHECK(ahead.exit == 0);
        CHECK(contains(ahead.err, "! clock"));
        CHECK(contains(ahead.err, "expired 1 day ago by this clock"));
    }
    {
        SigningDesk desk(mesh);
        check_refused(mesh, join(mesh, desk.token(), {.name = "behind", .clock = "-2d"}), "behind", "signature",
                      {"is valid from ", "but this clock says ", "2 days earlier", "set the clock"});
        // With the right time the same token still does, for the same key.
        const auto again = join(mesh, desk.token(), {.name = "behind"});
        INFO(again.err);
        CHECK(again.exit == 0);
    }
    {
        SigningDesk desk(mesh, "+2d");
        check_refused(mesh, join(mesh, desk.token(), {.name = "early"}), "early", "signature",
                      {"is valid from ", "but this clock says ", "set the clock"});
    }
    const auto behind = run_agent(mesh, "behind", "-2d");
    INFO(behind.err);
    CHECK(behind.exit == kUsage);
    CHECK(contains(behind.err, "set the clock"));
    const auto far = run_agent(mesh, "behind", "+200d");
    INFO(far.err);
    CHECK(far.exit == kUsage);
    CHECK(contains(far.err, "expired "));
    CHECK(contains(far.err, "this clock says "));
    CHECK(contains(far.err, "If the clock is right: a new join token is needed"));
    const auto controller = agents_seen_by(mesh, mesh.mesh().file("mesh/controller.yaml"), "-2d");
    INFO(controller.err);
    CHECK(controller.exit == kUsage);
    CHECK(contains(controller.err, "set the clock"));
}

TEST_CASE("a revoked agent, a stranger's certificate and an agent that poses as a controller are refused by name",
          "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    const auto folder = mesh.mesh().file("mesh");
    // A certificate of another mesh with the same name.
    make_stranger(mesh, "stranger", "demo");
    const auto stranger = agents_seen_by(mesh, mesh.mesh().file("stranger/controller.yaml"));
    INFO(stranger.err);
    CHECK(stranger.exit == 5);
    CHECK(contains(stranger.err, "signed by another CA"));

    // An agent's identity in a controller's configuration.
    std::string conf = read_text(folder / "controller.yaml");
    const auto identity = conf.find("identity: ");
    REQUIRE(identity != std::string::npos);
    conf.replace(identity, conf.find('\n', identity) - identity,
                 fmt::format("identity: '{}'", mesh.mesh().file("a1/identity.pem").string()));
    std::ofstream(folder / "posing.yaml") << conf;
    const auto posing = agents_seen_by(mesh, folder / "posing.yaml");
    INFO(posing.err);
    CHECK(posing.exit == kUsage);
    CHECK(contains(posing.err, "is the identity of an agent (a1), not of a controller"));

    // Revoked: it is cut off while it runs, and refused when it comes back.
    const auto revoked = mesh.culvert({"revoke", "a1", "--yes"});
    INFO(revoked.out << revoked.err);
    REQUIRE(revoked.exit == 0);
    REQUIRE(mesh.mesh().agent("a1").wait(20s) == kUsage);
    const std::string last_words = read_text(mesh.mesh().file("a1.log"));
    INFO(last_words);
    CHECK(contains(last_words, "revoked"));
    const auto back = run_agent(mesh, "a1");
    INFO(back.err);
    CHECK(back.exit == kUsage);
    CHECK(contains(back.err, "the certificate of a1 was revoked; to come back it must join with a new token"));
}
