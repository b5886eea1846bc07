#include "script.h"

#include <fmt/format.h>

namespace culvert::netlab {
namespace {

using namespace std::chrono_literals;

constexpr auto kScriptPatience = 20s;

}  // namespace

Script::Script(const Lab& lab, const Case& netlab_case, Mesh& mesh, Servers& servers)
    : lab_(lab), mesh_(mesh), servers_(servers) {
    for (const Step& step : netlab_case.steps) due_.push_back({&step, step.at});
}

Status Script::advance() {
    const SteadyTime now = clock_.steady_now();
    for (Due& due : due_) {
        const auto& origin = due.step->after == Step::After::Start ? started_ : running_;
        if (due.done || !origin || now < *origin + due.at) continue;
        if (due.step->after == Step::After::Run && !first_step_) first_step_ = now;
        if (due.step->every) {
            due.at += *due.step->every;
        } else {
            due.done = true;
        }
        if (Status done = perform(*due.step); !done) return done;
    }
    return {};
}

Status Script::perform(const Step& step) {
    if (!step.line.empty()) {
        const auto found = servers_.find(step.server);
        if (found == servers_.end())
            return fail(Code::InvalidInput, fmt::format("steps[].to: there is no server \"{}\"", step.server));
        if (Status done = found->second->order(step.line); !done) return done;
    }
    if (step.kill_relay) mesh_.kill_relay();
    if (!step.stop.empty()) {
        if (Status done = stop(step.stop); !done) return done;
    }
    if (!step.start.empty()) {
        if (Status done = start(step.start); !done) return done;
    }
    if (step.script.empty()) return {};
    const auto script = lab_.expand(step.script);
    if (!script) return tl::unexpected(script.error());
    return lab_.shell(step.zone, *script, lab_.folder(), "steps.log", kScriptPatience);
}

Status Script::stop(const std::string& name) {
    if (name == "relay") return mesh_.stop_relay(), Status{};
    if (name == "agent") return mesh_.stop_agents(), Status{};
    const auto found = servers_.find(name);
    if (found == servers_.end()) return fail(Code::InvalidInput, "steps[].stop: there is no \"" + name + "\"");
    found->second->stop();
    return {};
}

Status Script::start(const std::string& name) {
    if (name == "relay") return mesh_.start_relay();
    if (name == "agent") return mesh_.start_agents();
    const auto found = servers_.find(name);
    if (found == servers_.end()) return fail(Code::InvalidInput, "steps[].start: there is no \"" + name + "\"");
    return found->second->start();
}

}  // namespace culvert::netlab
