#include "netlab_case.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "common/base/text.h"

namespace culvert::netlab {
namespace {

// Within this file mistakes of a case travel as exceptions, as yaml-cpp's own do; load_case turns both into a Result.
struct Mistake : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <class T>
T must(Result<T> result) {
    if (!result) throw Mistake(result.error().message);
    return std::move(*result);
}

void check_keys(const YAML::Node& node, const std::string& where, std::initializer_list<std::string_view> known) {
    if (!node.IsDefined()) return;
    if (!node.IsMap()) throw Mistake(where + " must be a map");
    for (const auto& entry : node) {
        const auto key = entry.first.as<std::string>();
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        const auto near = closest(key, std::span(known.begin(), known.size()));
        throw Mistake(fmt::format("line {}: {} has no key \"{}\"{}", entry.first.Mark().line + 1, where, key,
                                  near ? "; did you mean " + *near + "?" : ""));
    }
}

std::string text_of(const YAML::Node& node, const std::string& fallback = {}) {
    return node.IsDefined() ? node.as<std::string>() : fallback;
}

std::vector<std::string> list_of(const YAML::Node& node) {
    std::vector<std::string> out;
    if (!node.IsDefined()) return out;
    if (node.IsScalar()) {
        for (const std::string_view word : split(node.as<std::string>(), ' ')) {
            if (!word.empty()) out.emplace_back(word);
        }
        return out;
    }
    for (const auto& entry : node) out.push_back(entry.as<std::string>());
    return out;
}

std::map<std::string, std::string> map_of(const YAML::Node& node) {
    std::map<std::string, std::string> out;
    if (node.IsDefined()) {
        for (const auto& entry : node) out[entry.first.as<std::string>()] = entry.second.as<std::string>();
    }
    return out;
}

std::optional<Duration> duration_of(const YAML::Node& node) {
    if (!node.IsDefined()) return std::nullopt;
    return must(parse_duration(node.as<std::string>()));
}

demo::Zone zone_of(const YAML::Node& node) {
    const std::string name = text_of(node, "dmz");
    if (name == "corp") return demo::Zone::Corp;
    if (name == "dmz") return demo::Zone::Dmz;
    if (name == "inet") return demo::Zone::Inet;
    throw Mistake("\"" + name + "\" is not one of corp, dmz, inet");
}

// With what it extends: its own keys win, `with` and `files` are joined, its setup comes behind.
YAML::Node load_server_file(const std::filesystem::path& file) {
    const YAML::Node own = YAML::LoadFile(file.string());
    check_keys(own, file.filename().string(),
               {"about", "extends", "zone", "port", "user", "with", "files", "setup", "run", "ready"});
    if (!own["extends"]) return own;
    YAML::Node out = load_server_file(file.parent_path() / (own["extends"].as<std::string>() + ".yaml"));
    for (const auto& entry : own) {
        const auto key = entry.first.as<std::string>();
        if (key == "with" || key == "files") {
            for (const auto& inner : entry.second) out[key][inner.first.as<std::string>()] = inner.second;
        } else if (key == "setup") {
            out[key] = text_of(out[key]) + entry.second.as<std::string>();
        } else {
            out[key] = entry.second;
        }
    }
    return out;
}

ServerSpec parse_server(const std::filesystem::path& folder, const std::string& name, const YAML::Node& chosen) {
    check_keys(chosen, "servers." + name, {"use", "with", "port", "from_corp", "running"});
    const auto file = folder / "servers" / (chosen["use"].as<std::string>() + ".yaml");
    const YAML::Node node = load_server_file(file);
    ServerSpec server;
    server.name = name;
    server.zone = zone_of(node["zone"]);
    server.port = (chosen["port"] ? chosen["port"] : node["port"]).as<std::uint16_t>();
    server.user = text_of(node["user"]);
    server.from_corp = !chosen["from_corp"] || chosen["from_corp"].as<bool>();
    server.running = !chosen["running"] || chosen["running"].as<bool>();
    server.variables = map_of(node["with"]);
    for (const auto& [key, value] : map_of(chosen["with"])) {
        if (!server.variables.contains(key))
            throw Mistake(fmt::format("servers.{}.with: {} has no \"{}\"", name, file.filename().string(), key));
        server.variables[key] = value;
    }
    server.files = map_of(node["files"]);
    server.setup = text_of(node["setup"]);
    server.argv = list_of(node["run"]);
    server.ready = text_of(node["ready"]);
    return server;
}

Step parse_step(const YAML::Node& node) {
    check_keys(node, "steps[]", {"at", "after", "every", "order", "to", "stop", "start", "kill", "zone", "script"});
    Step step;
    const std::string after = text_of(node["after"], "run");
    if (after != "run" && after != "start") throw Mistake("steps[].after is \"run\" or \"start\"");
    step.after = after == "run" ? Step::After::Run : Step::After::Start;
    step.at = duration_of(node["at"]).value_or(Duration{0});
    step.every = duration_of(node["every"]);
    step.server = text_of(node["to"]);
    step.line = text_of(node["order"]);
    step.stop = text_of(node["stop"]);
    step.start = text_of(node["start"]);
    const std::string kill = text_of(node["kill"]);
    if (!kill.empty() && kill != "relay") throw Mistake("steps[].kill is \"relay\"");
    step.kill_relay = !kill.empty();
    step.zone = zone_of(node["zone"]);
    step.script = text_of(node["script"]);
    return step;
}

LogRule parse_log_rule(const YAML::Node& node) {
    check_keys(node, "expect.logs[]", {"of", "file", "pattern", "at_least", "at_most", "never"});
    LogRule rule;
    rule.of = node["of"].as<std::string>();
    rule.file = text_of(node["file"]);
    rule.pattern = node["pattern"].as<std::string>();
    const bool bounded = node["at_most"].IsDefined();
    rule.at_least = node["at_least"] ? node["at_least"].as<int>() : bounded ? 0 : 1;
    if (bounded) rule.at_most = node["at_most"].as<int>();
    return rule;
}

std::vector<std::string> hops_of(const YAML::Node& node) {
    if (node.IsDefined() && node.IsScalar()) return {node.as<std::string>()};
    return list_of(node);
}

DoctorRule parse_doctor_rule(const YAML::Node& node) {
    check_keys(node, "expect.doctor", {"on", "hop", "noted", "exit", "says", "probe"});
    DoctorRule rule;
    rule.on = text_of(node["on"], rule.on);
    if (rule.on != "agent" && rule.on != "controller") throw Mistake("expect.doctor.on is \"agent\" or \"controller\"");
    rule.failing = hops_of(node["hop"]);
    if (node["noted"]) rule.noted = hops_of(node["noted"]);
    if (node["exit"]) rule.exit = node["exit"].as<int>();
    rule.says = node["says"].as<std::string>();
    rule.probe = node["probe"] && node["probe"].as<bool>();
    return rule;
}

std::vector<DoctorRule> parse_doctor_rules(const YAML::Node& node) {
    std::vector<DoctorRule> rules;
    if (!node.IsDefined()) return rules;
    if (!node.IsSequence()) return {parse_doctor_rule(node)};
    for (const auto& rule : node) rules.push_back(parse_doctor_rule(rule));
    return rules;
}

Expectation parse_expectation(const YAML::Node& node) {
    check_keys(node, "expect",
               {"online_within", "offline_for", "again_within", "herd_back_within", "transport", "run", "run_exits",
                "agent_exit", "agents_lost", "may_ask_dns", "logs", "doctor"});
    Expectation expect;
    expect.online_within = duration_of(node["online_within"]);
    expect.offline_for = duration_of(node["offline_for"]);
    expect.again_within = duration_of(node["again_within"]);
    expect.herd_back_within = duration_of(node["herd_back_within"]);
    expect.doctors = parse_doctor_rules(node["doctor"]);
    if (expect.online_within && expect.offline_for) throw Mistake("expect has online_within or offline_for, not both");
    if (!expect.agents() && expect.doctors.empty())
        throw Mistake("expect needs online_within or offline_for, or doctor");
    expect.transport = text_of(node["transport"]);
    expect.run = expect.online_within && (!node["run"] || node["run"].as<bool>());
    if (node["run_exits"]) expect.run_exits = node["run_exits"].as<std::vector<int>>();
    if (node["agent_exit"]) expect.agent_exit = node["agent_exit"].as<int>();
    if (node["agents_lost"]) expect.agents_lost = node["agents_lost"].as<int>();
    expect.may_ask_dns = node["may_ask_dns"] && node["may_ask_dns"].as<bool>();
    for (const auto& rule : node["logs"]) expect.logs.push_back(parse_log_rule(rule));
    return expect;
}

NodeSpec parse_node(const YAML::Node& node, const std::string& where) {
    check_keys(node, where, {"config", "environment", "prefix"});
    NodeSpec spec;
    spec.config = std::make_shared<const YAML::Node>(node && node["config"] ? node["config"] : YAML::Node());
    if (!node) return spec;
    spec.environment = map_of(node["environment"]);
    spec.prefix = list_of(node["prefix"]);
    return spec;
}

Case parse_case(const std::filesystem::path& folder, const std::string& name) {
    const YAML::Node node = YAML::LoadFile((folder / "cases" / (name + ".yaml")).string());
    check_keys(node, name,
               {"title", "mode", "scheme", "proxy", "variables", "servers", "allow_ports", "tunnel", "relay", "agent",
                "controller", "agents", "target", "herd", "steps", "run", "expect"});
    Case out;
    out.name = name;
    out.title = node["title"].as<std::string>();
    out.modes = list_of(node["mode"]);
    out.scheme = text_of(node["scheme"], "–");
    out.proxy = text_of(node["proxy"], "–");
    out.variables = map_of(node["variables"]);
    for (const auto& entry : node["servers"])
        out.servers.push_back(parse_server(folder, entry.first.as<std::string>(), entry.second));
    if (node["allow_ports"]) out.allow_ports = node["allow_ports"].as<std::vector<std::uint16_t>>();
    out.tunnel = std::make_shared<const YAML::Node>(node["tunnel"] ? node["tunnel"] : YAML::Node());
    out.agent = parse_node(node["agent"], "agent");
    out.controller = parse_node(node["controller"], "controller");
    check_keys(node["relay"], "relay", {"port", "config"});
    if (node["relay"] && node["relay"]["port"]) out.relay_port = node["relay"]["port"].as<std::uint16_t>();
    if (node["relay"] && node["relay"]["config"])
        out.relay_config = std::make_shared<const YAML::Node>(node["relay"]["config"]);
    if (node["agents"]) out.agents = node["agents"].as<int>();
    if (node["target"]) out.target = zone_of(node["target"]);
    for (const auto& step : node["steps"]) out.steps.push_back(parse_step(step));
    check_keys(node["herd"], "herd", {"quick", "full"});
    if (node["herd"]) {
        out.quick_herd = node["herd"]["quick"].as<std::size_t>();
        out.full_herd = node["herd"]["full"].as<std::size_t>();
    }
    check_keys(node["run"], "run", {"quick", "full", "agents", "rate"});
    if (node["run"]) {
        out.quick_run = duration_of(node["run"]["quick"]).value_or(out.quick_run);
        out.full_run = duration_of(node["run"]["full"]).value_or(out.full_run);
        out.run_agents = text_of(node["run"]["agents"]);
        out.run_rate = text_of(node["run"]["rate"], out.run_rate);
    }
    out.expect = parse_expectation(node["expect"]);
    if (out.expect.herd_back_within.has_value() != (out.full_herd > 0))
        throw Mistake("herd and expect.herd_back_within go together");
    return out;
}

}  // namespace

Result<Case> load_case(const std::filesystem::path& folder, const std::string& name) {
    const std::vector<std::string> names = case_names(folder);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        const std::vector<std::string_view> known(names.begin(), names.end());
        const auto near = closest(name, known);
        return fail(Code::InvalidInput, fmt::format("there is no case \"{}\"{}; `netlab list` names all", name,
                                                    near ? "; did you mean " + *near + "?" : ""));
    }
    try {
        return parse_case(folder, name);
    } catch (const std::exception& mistake) {
        return fail(Code::InvalidInput, fmt::format("cases/{}.yaml: {}", name, mistake.what()));
    }
}

std::vector<std::string> case_names(const std::filesystem::path& folder) {
    std::set<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "cases", error)) {
        if (entry.path().extension() == ".yaml") names.insert(entry.path().stem().string());
    }
    return {names.begin(), names.end()};
}

}  // namespace culvert::netlab
