#include "run_case.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "check.h"
#include "check_doctor.h"
#include "common/base/text.h"
#include "controller/demo/servers.h"
#include "crowd.h"
#include "interrupt.h"
#include "lab.h"
#include "mesh.h"
#include "sanitizers.h"
#include "script.h"
#include "server.h"

namespace culvert::netlab {
namespace {

using namespace std::chrono_literals;

constexpr auto kOnlinePatience = 30s;     // beyond what the case allows: to tell how late it was
constexpr auto kRunPatience = 240s;       // beyond the length of the load: round trips may take 20 s
constexpr auto kCrowdPatience = 120s;     // until a herd is online for the first time
constexpr auto kDoctorPatience = 180s;    // with its probes
constexpr auto kReconnectPatience = 30s;  // for what is expected of the logs

// What stands until the object goes: agents first, then the relay, then the servers, last the networks.
struct Stage {
    std::unique_ptr<Lab> lab;
    Servers servers;
    demo::Nginx target;
    std::unique_ptr<Mesh> mesh;
    std::unique_ptr<Crowd> crowd;
    std::unique_ptr<Script> script;
};

Status set_up(const Case& netlab_case, Stage& stage) {
    auto lab = Lab::create(netlab_case);
    if (!lab) return tl::unexpected(lab.error());
    stage.lab = std::move(*lab);
    stage.mesh = std::make_unique<Mesh>(*stage.lab, netlab_case);
    if (const Status prepared = stage.mesh->prepare(); !prepared) return prepared;
    for (const ServerSpec& spec : netlab_case.servers) {
        auto server = std::make_unique<Server>(*stage.lab, spec);
        if (const Status prepared = server->prepare(); !prepared) return prepared;
        if (spec.running) {
            if (const Status started = server->start(); !started) return started;
        }
        stage.servers[spec.name] = std::move(server);
        if (interrupted()) return fail(Code::Disconnected, "interrupted");
    }
    auto target = demo::start_nginx(stage.lab->playground(), netlab_case.target);
    if (!target) return tl::unexpected(target.error());
    stage.target = std::move(*target);
    if (const Status guarded = stage.lab->guard(netlab_case); !guarded) return guarded;
    stage.script = std::make_unique<Script>(*stage.lab, netlab_case, *stage.mesh, stage.servers);
    return {};
}

// Looks at `holds` and does the steps that are due; the first step that fails ends it.
Result<bool> wait_with_script(Stage& stage, const std::function<bool()>& holds, Duration patience) {
    Status steps;
    const bool held = wait_until(
        [&] {
            steps = stage.script->advance();
            return !steps || holds();
        },
        patience);
    if (!steps) return tl::unexpected(steps.error());
    if (interrupted()) return fail(Code::Disconnected, "interrupted");
    return held;
}

std::size_t requests_served(const Stage& stage) {
    const std::string log = read_text(stage.target.access_log);
    return static_cast<std::size_t>(std::count(log.begin(), log.end(), '\n'));
}

Status wait_online(Stage& stage, const Case& netlab_case, Outcome& outcome) {
    const SystemClock clock;
    const SteadyTime start = clock.steady_now();
    if (Status started = stage.mesh->start_agents(); !started) return started;
    const Expectation& expect = netlab_case.expect;
    const auto online = wait_with_script(
        stage, [&] { return stage.mesh->times_connected() > 0 || stage.mesh->agent_exit(); },
        expect.offline_for ? *expect.offline_for : patient(*expect.online_within + kOnlinePatience));
    if (!online) return tl::unexpected(online.error());
    if (stage.mesh->times_connected() > 0) outcome.online = clock.steady_now() - start;
    return {};
}

std::filesystem::path write_plan(const Stage& stage, const Case& netlab_case, Duration length) {
    const std::filesystem::path plan = stage.lab->folder() / "plan.yaml";
    std::ofstream(plan) << fmt::format(
        "culvert: 1\nname: Netlab\nscenarios:\n  one:\n    load: [ constant_rate: {{ rate: {}, for: {} }} ]\n"
        "    finish_within: 5s\n    steps: [ get: \"http://{}:{}/products\" ]\n",
        netlab_case.run_rate, to_string(length), stage.lab->target_host(netlab_case), stage.target.port);
    return plan;
}

// An agent that was online before the first step has to say so once more.
void note_again(Stage& stage, Outcome& outcome) {
    const SystemClock clock;
    const auto step = stage.script->first_step();
    if (!outcome.again && step && stage.mesh->times_connected() > 1) outcome.again = clock.steady_now() - *step;
}

Status run_load(Stage& stage, const Case& netlab_case, Duration length, Outcome& outcome) {
    const std::filesystem::path out = stage.lab->folder() / "out";
    std::vector<std::string> arguments{"run", write_plan(stage, netlab_case, length).string(), "--wait-for-agents",
                                       std::to_string(netlab_case.agents)};
    arguments.insert(arguments.end(), {"--progress", "plain", "--out", out.string()});
    if (!netlab_case.run_agents.empty()) arguments.insert(arguments.end(), {"--agents", netlab_case.run_agents});
    auto run = stage.mesh->culvert(std::move(arguments), "controller.log", "controller.out");
    if (!run) return tl::unexpected(run.error());
    bool running = false;
    std::optional<demo::Exit> exit;
    const auto ended = wait_with_script(
        stage,
        [&] {
            if (!running && requests_served(stage) > 0) {
                running = true;
                stage.script->note_running();
            }
            note_again(stage, outcome);
            if (stage.crowd) stage.crowd->look_at_relay();
            return (exit = (*run)->wait(Duration{0})).has_value();
        },
        length + patient(kRunPatience));
    if (!ended) return tl::unexpected(ended.error());
    for (std::string& reason :
         check_run(netlab_case.expect, exit, out / "report.json", requests_served(stage), outcome))
        outcome.reasons.push_back(std::move(reason));
    return {};
}

Status gather_crowd(Stage& stage, std::size_t links) {
    stage.crowd = std::make_unique<Crowd>(*stage.lab, *stage.mesh, links);
    if (Status started = stage.crowd->start(); !started) return started;
    const auto arrived = wait_with_script(
        stage, [&stage] { return stage.crowd->arrived(); }, patient(kCrowdPatience));
    if (!arrived) return tl::unexpected(arrived.error());
    return *arrived ? Status{} : fail(Code::Timeout, "the herd did not come online; " + stage.crowd->last_words());
}

void judge_crowd(Stage& stage, Duration back_within, Outcome& outcome) {
    (void)wait_with_script(
        stage, [&stage] { return stage.crowd->came_back(); }, patient(back_within));
    outcome.note = stage.crowd->note();
    for (std::string& reason : stage.crowd->check(patient(back_within))) outcome.reasons.push_back(std::move(reason));
}

Status ask_doctors(Stage& stage, const Case& netlab_case, Outcome& outcome) {
    int number = 0;
    for (const DoctorRule& rule : netlab_case.expect.doctors) {
        const std::string name = fmt::format("doctor{}", ++number);
        auto doctor = stage.mesh->doctor(rule, name + ".json", name + ".txt");
        if (!doctor) return tl::unexpected(doctor.error());
        std::optional<demo::Exit> exit;
        const auto ended = wait_with_script(
            stage, [&] { return (exit = (*doctor)->wait(Duration{0})).has_value(); }, patient(kDoctorPatience));
        if (!ended) return tl::unexpected(ended.error());
        for (std::string& reason :
             check_doctor(rule, exit, stage.mesh->file(name + ".json"), stage.mesh->file(name + ".txt")))
            outcome.reasons.push_back(std::move(reason));
    }
    return {};
}

void judge(Stage& stage, const Case& netlab_case, Outcome& outcome) {
    const Expectation& expect = netlab_case.expect;
    const auto add = [&outcome](std::string reason) { outcome.reasons.push_back(std::move(reason)); };
    const auto late = [](const std::optional<Duration>& took, const std::optional<Duration>& within) {
        return within && (!took || *took > patient(*within));
    };
    if (late(outcome.online, expect.online_within))
        add(outcome.online ? fmt::format("online after {}, not within {}", rounded(*outcome.online),
                                         to_string(patient(*expect.online_within)))
                           : "never online");
    if (late(outcome.again, expect.again_within))
        add(outcome.again ? fmt::format("online again after {}, not within {}", rounded(*outcome.again),
                                        to_string(patient(*expect.again_within)))
                          : "not online again during the run");
    if (expect.offline_for && outcome.online) add("came online, but must not");
    outcome.transport = stage.mesh->transport();
    if (!expect.transport.empty() && expect.transport != outcome.transport)
        add(fmt::format("the agent names the transport \"{}\", not \"{}\"", outcome.transport, expect.transport));
    if (expect.agent_exit && stage.mesh->agent_exit() != expect.agent_exit)
        add(fmt::format("the agent did not end with exit code {}", *expect.agent_exit));
    std::vector<std::string> missing;
    (void)wait_with_script(
        stage, [&] { return (missing = check_logs(expect.logs, stage.lab->folder(), WhenMissing::Wait)).empty(); },
        patient(kReconnectPatience));
    for (std::string& reason : check_logs(expect.logs, stage.lab->folder(), WhenMissing::Report))
        add(std::move(reason));
    const auto strays = stage.lab->strays();
    if (!strays) return add(strays.error().message);
    if (strays->packets > (expect.may_ask_dns ? strays->dns_queries : 0))
        add(fmt::format("{} packets left corp for something else than the proxies, {} of them DNS queries",
                        strays->packets, strays->dns_queries));
}

Status play(Stage& stage, const Case& netlab_case, Length length, Outcome& outcome) {
    const Expectation& expect = netlab_case.expect;
    stage.script->note_started();
    if (const Status prepared = stage.script->advance(); !prepared) return prepared;
    if (expect.agents()) {
        if (Status online = wait_online(stage, netlab_case, outcome); !online) return online;
    }
    const std::size_t herd = length == Length::Quick ? netlab_case.quick_herd : netlab_case.full_herd;
    if (herd > 0 && outcome.online) {
        if (Status gathered = gather_crowd(stage, herd); !gathered) return gathered;
    }
    if (expect.run && outcome.online) {
        const Duration seconds = length == Length::Quick ? netlab_case.quick_run : netlab_case.full_run;
        if (Status ran = run_load(stage, netlab_case, seconds, outcome); !ran) return ran;
    }
    if (stage.crowd) judge_crowd(stage, *expect.herd_back_within, outcome);
    if (Status asked = ask_doctors(stage, netlab_case, outcome); !asked) return asked;
    judge(stage, netlab_case, outcome);
    return {};
}

// Ends every program, in its own way and with whatever it still has to say.
void take_down(Stage& stage, Outcome& outcome) {
    const auto add = [&outcome](std::vector<std::string> reasons) {
        outcome.reasons.insert(outcome.reasons.end(), std::make_move_iterator(reasons.begin()),
                               std::make_move_iterator(reasons.end()));
    };
    stage.crowd.reset();
    if (stage.mesh) add(stage.mesh->stop());
    for (const auto& [name, server] : stage.servers) server->stop();
    if (stage.lab) add(sanitizer_findings(stage.lab->folder()));
}

void add_evidence(const Stage& stage, Outcome& outcome) {
    for (const char* log : {"agent1.log", "controller.log"}) {
        const std::filesystem::path file = stage.lab->folder() / log;
        if (std::filesystem::exists(file))
            outcome.reasons.push_back(fmt::format("{} ends with:\n{}", log, last_lines(file, 6)));
    }
}

}  // namespace

Outcome run_case(const Case& netlab_case, Length length) {
    Outcome outcome;
    Stage stage;
    Status played = set_up(netlab_case, stage);
    if (!played && played.error().code == Code::Unauthorized && !stage.lab) {
        outcome.state = Outcome::State::Skipped;
        outcome.reasons.push_back(played.error().message);
        return outcome;
    }
    if (played) played = play(stage, netlab_case, length, outcome);
    if (!played) outcome.reasons.push_back(played.error().message);
    take_down(stage, outcome);
    if (outcome.reasons.empty()) {
        outcome.state = Outcome::State::Passed;
    } else if (stage.lab) {
        outcome.folder = stage.lab->folder().string();
        stage.lab->keep_folder();
        if (!interrupted()) add_evidence(stage, outcome);
    }
    return outcome;
}

Status bring_up(const Case& netlab_case) {
    Stage stage;
    if (Status up = set_up(netlab_case, stage); !up) return up;
    stage.script->note_started();
    if (Status started = stage.mesh->start_agents(); !started) return started;
    const auto inside = [&stage](demo::Zone zone) {
        return "ip netns exec " + stage.lab->playground().namespace_of(zone);
    };
    fmt::print("{} is up: {}\n\n", netlab_case.name, netlab_case.title);
    for (const ServerSpec& server : netlab_case.servers)
        fmt::print("  {:<12} {}:{}   {}\n", server.name, stage.lab->playground().address(server.zone), server.port,
                   (stage.lab->folder() / server.name).string());
    fmt::print("  {:<12} wss://{}/mesh   {}\n  {:<12} {}\n\n", "relay", kRelayHost,
               (stage.lab->folder() / "relay.log").string(), "agent1", (stage.lab->folder() / "agent1.log").string());
    fmt::print(
        "  a shell behind the proxy:  {} bash\n  beside the proxies:        {} bash\n"
        "  the controller:            {} {}/culvert agents --config {}\n"
        "  orders to a fault proxy:   echo 'set delay=100ms' > {}/NAME/control\n\nCtrl-C ends everything.\n",
        inside(demo::Zone::Corp), inside(demo::Zone::Dmz), inside(demo::Zone::Corp), demo::own_folder().string(),
        (stage.lab->folder() / "mesh/controller.yaml").string(), stage.lab->folder().string());
    std::fflush(stdout);
    constexpr auto kForever = std::chrono::hours(24 * 365);
    const auto ended = wait_with_script(
        stage, [] { return false; }, kForever);
    stage.mesh.reset();
    if (!ended && !interrupted()) return tl::unexpected(ended.error());
    return {};
}

}  // namespace culvert::netlab
