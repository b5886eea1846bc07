// The relay in service: its web certificate changes, and nobody is cut off.
#include <fstream>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <csignal>

#include "e2e_mesh.h"

using namespace culvert;
using namespace culvert::e2e;
using namespace std::chrono_literals;

namespace {

// Of the certificate that the relay shows to whoever connects now.
std::string shown_serial(E2eMesh& mesh, std::uint16_t port) {
    const auto shown =
        mesh.program({"sh", "-c",
                      fmt::format("openssl s_client -connect 127.0.0.1:{} </dev/null 2>/dev/null | openssl x509 -noout "
                                  "-serial",
                                  port)});
    return shown.out.substr(0, shown.out.find('\n'));
}

// A new certificate for the same key: its pin stays.
void renew(E2eMesh& mesh, const std::string& serial) {
    const auto folder = mesh.mesh().file("mesh");
    const auto made =
        mesh.program({"openssl", "req", "-x509", "-key", (folder / "web.key").string(), "-days", "2", "-subj",
                      "/CN=relay.demo.test", "-set_serial", "0x" + serial, "-out", (folder / "web.pem").string()});
    INFO(made.err);
    REQUIRE(made.exit == 0);
}

}  // namespace

TEST_CASE("SIGHUP gives the relay its renewed web certificate, a broken one changes nothing, no link is cut", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    const std::string url = mesh.mesh().relay_url();
    const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    const auto relay_log = [&] { return read_text(mesh.mesh().file("relay.log")); };
    const auto agent_log = [&] { return read_text(mesh.mesh().file("a1.log")); };
    REQUIRE(wait_until([&] { return agent_log().find("connected") != std::string::npos; }, 20s));

    renew(mesh, "0BADCAFE");
    mesh.mesh().relay().signal(SIGHUP);
    CHECK(wait_until([&] { return shown_serial(mesh, port) == "serial=0BADCAFE"; }, 8s));

    std::ofstream(mesh.mesh().file("mesh/web.pem")) << "no certificate\n";
    const std::size_t said = relay_log().size();
    mesh.mesh().relay().signal(SIGHUP);
    CHECK(wait_until([&] { return relay_log().find("web.pem", said) != std::string::npos; }, 8s));
    INFO(relay_log());
    CHECK(shown_serial(mesh, port) == "serial=0BADCAFE");

    const auto agents = mesh.culvert({"agents"});
    INFO(agents.out << agents.err);
    CHECK(agents.exit == 0);
    CHECK(agents.out.find("a1") != std::string::npos);
    INFO(agent_log());
    CHECK(agent_log().find("not connected") == std::string::npos);
}
