// What a relay costs: memory per idle TLS link, and envelopes carried per second of its CPU. Runs the real program.
//   relay_bench [--links N] [--pairs N] [--window N] [--body BYTES] [--seconds N] [--relay PROGRAM]
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/relay_child.h"
#include "tests/support/raw_link.h"
#include "tunnel/envelope/envelope.h"

using namespace culvert;
using namespace culvert::bench;
using namespace culvert::tunnel::envelope;
using test::RawLink;

namespace {

struct Options {
    std::size_t links = 2000, pairs = 10, window = 32, body = 200, seconds = 5;
    std::string relay;
};

Options parse(int argc, char** argv) {
    Options options;
    options.relay = (std::filesystem::canonical("/proc/self/exe").parent_path() / "culvert-relay").string();
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const auto number = static_cast<std::size_t>(std::strtoul(argv[i + 1], nullptr, 10));
        if (name == "--links") options.links = number;
        if (name == "--pairs") options.pairs = number;
        if (name == "--window") options.window = number;
        if (name == "--body") options.body = number;
        if (name == "--seconds") options.seconds = number;
        if (name == "--relay") options.relay = argv[i + 1];
    }
    return options;
}

double seconds_between(SteadyTime from, SteadyTime to) {
    return std::chrono::duration<double>(to - from).count();
}

std::vector<RawLink> open_idle_links(RelayChild& relay, std::size_t count) {
    std::vector<RawLink> links;
    for (std::size_t i = 0; i < count; ++i) {
        links.push_back(test::admitted_link(relay.port(), relay.node("idle-" + std::to_string(i), Role::Agent)));
    }
    return links;
}

// One controller and one agent that sends back what it gets.
struct Pair {
    Pair(RelayChild& relay, std::size_t number)
        : agent_identity(relay.node("agent-" + std::to_string(number), Role::Agent)),
          controller_identity(relay.node("controller-" + std::to_string(number), Role::Controller)),
          agent(test::admitted_link(relay.port(), agent_identity)),
          controller(test::admitted_link(relay.port(), controller_identity, 1)) {}

    Envelope to_agent(std::size_t size) const {
        return {
            Kind::Data, {controller_identity.member().id, 1}, {agent_identity.member().id, 0}, std::string(size, 'x')};
    }
    Envelope to_controller(std::string body) const {
        return {Kind::Data, {agent_identity.member().id, 0}, {controller_identity.member().id, 1}, std::move(body)};
    }

    crypto::Identity agent_identity, controller_identity;
    RawLink agent, controller;
};

std::size_t data_in(const std::vector<Envelope>& envelopes) {
    return static_cast<std::size_t>(
        std::count_if(envelopes.begin(), envelopes.end(), [](const Envelope& e) { return e.kind == Kind::Data; }));
}

void send_many(RawLink& link, const Envelope& envelope, std::size_t count) {
    std::string batch;
    for (std::size_t i = 0; i < count; ++i) {
        append_to(batch, envelope);
        if (batch.size() + kHeaderSize + envelope.body.size() > kBatchTarget)
            link.send_message(std::exchange(batch, {}));
    }
    if (!batch.empty()) link.send_message(batch);
}

// Keeps `window` envelopes under way until `stop`; counts each that the relay carried, in both directions.
void echo(Pair& pair, const Options& options, std::atomic<bool>& stop, std::atomic<std::uint64_t>& carried) {
    const Envelope envelope = pair.to_controller(std::string(options.body, 'y'));
    while (!stop) {
        const std::size_t count = data_in(pair.agent.receive_batch());
        if (count == 0) continue;
        carried += count;
        send_many(pair.agent, envelope, count);
    }
}

void drive(Pair& pair, const Options& options, std::atomic<bool>& stop, std::atomic<std::uint64_t>& carried) {
    const Envelope envelope = pair.to_agent(options.body);
    send_many(pair.controller, envelope, options.window);
    while (!stop) {
        const std::size_t count = data_in(pair.controller.receive_batch());
        if (count == 0) continue;
        carried += count;
        send_many(pair.controller, envelope, count);
    }
}

void measure_memory(RelayChild& relay, const Options& options, std::vector<RawLink>& idle) {
    const SystemClock clock;
    const double before_kb = relay.resident_kb();
    const double cpu_before = relay.cpu_seconds();
    const SteadyTime began = clock.steady_now();
    idle = open_idle_links(relay, options.links);
    const double took = seconds_between(began, clock.steady_now());
    std::printf("idle TLS links              %10zu\n", options.links);
    std::printf("memory per idle link        %10.1f KB   (goal: at most 24)\n",
                (relay.resident_kb() - before_kb) / static_cast<double>(options.links));
    std::printf("admission, relay CPU        %10.2f ms per link\n",
                (relay.cpu_seconds() - cpu_before) * 1000 / static_cast<double>(options.links));
    std::printf("admission, this machine     %10.0f links/s\n", static_cast<double>(options.links) / took);
}

void measure_round_trips(RelayChild& relay, const Options& options) {
    constexpr std::size_t kRounds = 5000;
    const SystemClock clock;
    Pair pair(relay, 1'000'000);
    const Envelope ping = pair.to_agent(options.body);
    std::vector<double> us;
    for (std::size_t i = 0; i < kRounds; ++i) {
        const SteadyTime sent = clock.steady_now();
        pair.controller.send(ping);
        const auto arrived = pair.agent.receive(Kind::Data);
        if (!arrived) break;
        pair.agent.send(pair.to_controller(arrived->body));
        pair.controller.receive(Kind::Data);
        us.push_back(seconds_between(sent, clock.steady_now()) * 1e6);
    }
    std::sort(us.begin(), us.end());
    if (us.empty()) return;
    std::printf("round trip, one pair        %10.0f us p50, %.0f us p99\n", us[us.size() / 2],
                us[us.size() * 99 / 100]);
}

void measure_throughput(RelayChild& relay, const Options& options) {
    const SystemClock clock;
    std::vector<std::unique_ptr<Pair>> pairs;
    for (std::size_t i = 0; i < options.pairs; ++i) pairs.push_back(std::make_unique<Pair>(relay, i));
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> carried{0};
    std::vector<std::thread> threads;
    for (const auto& pair : pairs) {
        threads.emplace_back(echo, std::ref(*pair), std::cref(options), std::ref(stop), std::ref(carried));
        threads.emplace_back(drive, std::ref(*pair), std::cref(options), std::ref(stop), std::ref(carried));
    }
    const SteadyTime began = clock.steady_now();
    const std::uint64_t carried_before = carried;
    const double cpu_before = relay.cpu_seconds();
    std::this_thread::sleep_for(std::chrono::seconds(options.seconds));
    const auto count = static_cast<double>(carried - carried_before);
    const double cpu = relay.cpu_seconds() - cpu_before;
    const double took = seconds_between(began, clock.steady_now());
    stop = true;
    for (std::thread& thread : threads)
        thread.join();  // a thread whose partner has stopped gives up after RawLink's 5 s
    std::printf("pairs x window x body       %10zu x %zu x %zu B\n", options.pairs, options.window, options.body);
    std::printf("envelopes per second        %10.0f\n", count / took);
    std::printf("envelopes per CPU second    %10.0f      (goal: at least 400,000)\n", count / std::max(cpu, 0.01));
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse(argc, argv);
    RelayChild relay(options.relay);
    std::vector<RawLink> idle;
    measure_memory(relay, options, idle);
    measure_round_trips(relay, options);
    measure_throughput(relay, options);
    return 0;
}
