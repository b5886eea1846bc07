// What the tunnel costs a small message: 200 bytes from an agent through squid over a relay to a controller and back,
// beside 200 bytes through the same squid and back on a connection that libcurl makes. In turns, and all of it in the
// real-time class where that is permitted: the longer way would meet other work of the machine more often.
//   echo_bench [--rounds N] [--echoes N] [--body BYTES] [--realtime 0|1]
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "tests/bench/curl_echo.h"
#include "tests/bench/mesh_echo.h"
#include "tests/support/files.h"
#include "tests/support/test_origin.h"

using namespace culvert;
using namespace culvert::bench;

namespace {

struct Options {
    std::size_t rounds = 30, echoes = 400, body = 200;  // echoes of each kind in a round
    bool real_time = true;
};

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const auto number = std::max<std::size_t>(1, std::strtoul(argv[i + 1], nullptr, 10));
        if (name == "--realtime") options.real_time = std::string(argv[i + 1]) != "0";
        if (name == "--rounds") options.rounds = number;
        if (name == "--echoes") options.echoes = number;
        if (name == "--body") options.body = number;
    }
    return options;
}

struct Kind {
    const char* name;
    std::function<Status(std::size_t count, std::vector<double>& micros)> measure;
    std::vector<double> micros{};
};

double percentile(const std::vector<double>& sorted, std::size_t percent) {
    return sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)];
}

void print(const Kind& kind) {
    std::vector<double> sorted = kind.micros;
    std::sort(sorted.begin(), sorted.end());
    std::printf("%-28s %10.0f us p50, %.0f us p99, %.0f us max\n", kind.name, percentile(sorted, 50),
                percentile(sorted, 99), sorted.back());
}

Status measure(const Options& options, std::vector<Kind>& kinds) {
    for (std::size_t round = 0; round <= options.rounds; ++round) {
        for (Kind& kind : kinds) {
            if (const Status measured = kind.measure(options.echoes, kind.micros); !measured) return measured;
            if (round == 0) kind.micros.clear();
            if (BenchMesh::interrupted()) return fail(Code::Disconnected, "interrupted");
        }
    }
    return {};
}

// Threads and programs that are started later inherit it.
bool enter_real_time_class() {
    sched_param parameters{};
    parameters.sched_priority = ::sched_get_priority_min(SCHED_FIFO);
    return ::sched_setscheduler(0, SCHED_FIFO, &parameters) == 0;
}

Status run(const Options& options) {
    const bool real_time = options.real_time && enter_real_time_class();
    const auto mesh = BenchMesh::start("localhost");
    if (!mesh) return tl::unexpected(mesh.error());
    const auto near = EchoController::start(**mesh, "near", BenchMesh::Way::Direct);
    if (!near) return tl::unexpected(near.error());
    const auto far = EchoController::start(**mesh, "far", BenchMesh::Way::ThroughProxy);
    if (!far) return tl::unexpected(far.error());
    const auto agent = EchoAgent::start(**mesh);
    if (!agent) return tl::unexpected(agent.error());
    for (const char* controller : {"near", "far"}) {
        if (const Status there = (*agent)->wait_for(controller); !there) return there;
    }

    const crypto::WebCertificate certificate{test::read_file((*mesh)->web_certificate_file()),
                                             test::read_file((*mesh)->web_key_file()), ""};
    const test::TestOrigin echo(certificate, test::TestOrigin::echo());
    const auto bare =
        CurlEcho::connect({"https://localhost:" + std::to_string(echo.port()) + "/", (*mesh)->web_certificate_file(),
                           (*mesh)->lab().squid().url(), (*mesh)->proxy_user(), (*mesh)->proxy_password()});
    if (!bare) return tl::unexpected(bare.error());

    const std::string body(options.body, 'x');
    std::vector<Kind> kinds{
        {"bare libcurl", [&](std::size_t count, auto& micros) { return (*bare)->measure(body, count, micros); }},
        {"agent through squid",
         [&](std::size_t count, auto& micros) { return (*agent)->measure("near", body, count, micros); }},
        {"both ends through squid",
         [&](std::size_t count, auto& micros) { return (*agent)->measure("far", body, count, micros); }}};
    if (const Status measured = measure(options, kinds); !measured) return measured;
    std::printf("scheduling                   %s\n", real_time ? "real-time" : "normal");
    for (const Kind& kind : kinds) print(kind);
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    const Status ran = run(parse(argc, argv));
    if (!ran) std::fprintf(stderr, "echo_bench: %s\n", ran.error().message.c_str());
    return ran ? 0 : 1;
}
