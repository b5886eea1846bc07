// herd: thousands of links of agents in one process, for the restart of a relay. docs/netlab.md.
//
// Standard output has a JSON object a line: each second {"at_s":12.0,"up":4990,"connecting":10}, and when all links are
// up {"at_s":…,"outage":1,"links":5000,"back_after_s":…,"attempts":…,"handshake_ms":{"p50":…,"p99":…,"max":…}}.
#include <pthread.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "common/base/log.h"
#include "tests/support/herd/herd.h"

using namespace culvert;
using namespace culvert::test;

namespace {

constexpr std::size_t kStackOfADial = 512 << 10;
constexpr std::size_t kDescriptorsOfALink = 3, kSpareDescriptors = 64;
constexpr int kUsage = 2, kOutOfTime = 3;

struct Options {
    std::string config, ca, ca_key, name = "herd";
    std::size_t links = 0;
    unsigned at_most_s = 900;
};

int refuse(const std::string& why) {
    fmt::print(stderr, "herd: {}\n", why);
    return kUsage;
}

double seconds_of(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}
double ms_of(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

// Every link dials on a thread of its own, and holds three descriptors: its socket and libcurl's two.
Status make_room(std::size_t links) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackOfADial);
    pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    const std::size_t needed = links * kDescriptorsOfALink + kSpareDescriptors;
    if (files.rlim_cur >= needed) return {};
    return fail(Code::InvalidInput, fmt::format("{} links need {} descriptors, this process may open {}: start several "
                                                "herds, or raise the limit (ulimit -Hn)",
                                                links, needed, files.rlim_cur));
}

void print(double at_s, const Comeback& all) {
    fmt::print(
        "{{\"at_s\":{:.1f},\"outage\":{},\"links\":{},\"back_after_s\":{:.2f},\"attempts\":{},\"handshake_ms\":"
        "{{\"p50\":{:.1f},\"p99\":{:.1f},\"max\":{:.1f}}}}}\n",
        at_s, all.outage, all.went_down, seconds_of(all.took), all.attempts, ms_of(all.handshake_p50),
        ms_of(all.handshake_p99), ms_of(all.handshake_max));
    std::fflush(stdout);
}

void print(double at_s, const Tally& tally) {
    fmt::print("{{\"at_s\":{:.1f},\"up\":{},\"connecting\":{}}}\n", at_s, tally.up(), tally.links() - tally.up());
    std::fflush(stdout);
}

Result<std::unique_ptr<Herd>> gather(net::Loop& loop, const Options& options,
                                     std::function<void(const Comeback&)> all_up) {
    const auto config = config::load_agent_config(options.config);
    if (!config) return fail(Code::InvalidInput, to_string(config.error().front()));
    const auto ca = crypto::MeshCa::load(options.ca, options.ca_key);
    if (!ca) return tl::unexpected(ca.error());
    return Herd::create(loop, *ca, {options.links, options.name, config->tunnel, config->directory}, std::move(all_up));
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Thousands of links of agents in one process", "herd");
    app.add_option("--config", options.config, "agent.yaml whose tunnel each link goes through")->required();
    app.add_option("--mesh-ca", options.ca, "certificate of the mesh CA, which certifies the members")->required();
    app.add_option("--mesh-ca-key", options.ca_key, "its key")->required();
    app.add_option("--links", options.links, "how many")->required()->check(CLI::Range(1, 100'000));
    app.add_option("--name", options.name, "of the members, with a number behind it")->capture_default_str();
    app.add_option("--at-most", options.at_most_s, "seconds until it ends by itself")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    log::configure(log::Level::Warning, log::Format::Text);
    if (const Status room = make_room(options.links); !room) return refuse(room.error().message);

    net::Loop loop;
    const SteadyTime began = loop.clock().steady_now();
    const auto at_s = [&loop, began] { return seconds_of(loop.clock().steady_now() - began); };
    auto herd = gather(loop, options, [&at_s](const Comeback& all) { print(at_s(), all); });
    if (!herd) return refuse(herd.error().message);
    int exit = 0;
    const auto on_terminate = loop.on_signal(SIGTERM, [&loop] { loop.stop(); });
    const auto on_interrupt = loop.on_signal(SIGINT, [&loop] { loop.stop(); });
    const auto tick = loop.every(std::chrono::seconds(1), [&herd, &at_s] { print(at_s(), (*herd)->tally()); });
    const auto end = loop.after(std::chrono::seconds(options.at_most_s), [&loop, &exit] {
        exit = kOutOfTime;
        loop.stop();
    });
    (*herd)->start();
    loop.run();
    (*herd)->stop();
    herd->reset();
    return exit;
}
