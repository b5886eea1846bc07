#include "newcomer.h"

#include <stdexcept>

#include "common/base/text.h"

namespace culvert::e2e {
namespace {

using namespace std::chrono_literals;

std::string config_of(E2eMesh& mesh, const std::string& folder) {
    return (mesh.mesh().file(folder) / "controller.yaml").string();
}

}  // namespace

std::vector<std::string> with_clock(const std::string& offset, std::vector<std::string> argv) {
    if (offset.empty()) return argv;
    // Not by the program faketime: it would wait beside ours, which would outlive it when it is stopped.
    argv.front() = demo::find_program(argv.front()).value_or(argv.front()).string();
    argv.insert(argv.begin(), {"env", "LD_PRELOAD=/usr/$LIB/faketime/libfaketimeMT.so.1",
                               "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME=" + offset});
    return argv;
}

SigningDesk::SigningDesk(E2eMesh& mesh, const std::string& clock) {
    std::filesystem::remove(mesh.mesh().file("desk.out"));  // of an earlier desk
    process_ = mesh.start_program(
        with_clock(clock, {"culvert", "invite", "--quiet", "--wait", "--config", config_of(mesh, "mesh")}), "desk");
    const auto printed = [&] { return !read_lines(mesh.mesh().file("desk.out")).empty(); };
    if (!wait_until(printed, 20s)) throw std::runtime_error("no invite: " + read_text(mesh.mesh().file("desk.err")));
    token_ = read_lines(mesh.mesh().file("desk.out")).front();
}

std::string invite(E2eMesh& mesh, const InviteLine& line) {
    const Outcome made = mesh.program(with_clock(line.clock, {"culvert", "invite", "--quiet", "--no-wait", "--expires",
                                                              line.expires, "--config", config_of(mesh, line.folder)}));
    if (made.exit != 0) throw std::runtime_error("no invite: " + made.err);
    return std::string(trim(made.out));
}

Outcome join(E2eMesh& mesh, const std::string& token, const JoinLine& line) {
    const std::string state = line.state.empty() ? line.name : line.state;
    return mesh.program(
        with_clock(line.clock,
                   {"culvert-agent", "join", token, "--state", mesh.mesh().file(state).string(), "--name", line.name,
                    "--proxy", mesh.mesh().squid().url(), "--proxy-user", "demo", "--proxy-password-file",
                    mesh.mesh().file("proxy-password").string(), "--allow", mesh.target_host()}),
        20s);
}

}  // namespace culvert::e2e
