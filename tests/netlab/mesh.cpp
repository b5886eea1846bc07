#include "mesh.h"

#include <csignal>
#include <fstream>
#include <regex>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "common/base/text.h"
#include "interrupt.h"
#include "node_text.h"
#include "sanitizers.h"

namespace culvert::netlab {
namespace {

using namespace std::chrono_literals;

constexpr auto kStepPatience = 40s;
constexpr auto kStopPatience = 35s;  // an agent may take 30 s to hand over what it has
constexpr const char* kTargetPort = "8080";

// Variables that would choose a proxy by themselves: an empty one counts as not set.
std::map<std::string, std::string> clean_environment(const Lab& lab) {
    std::map<std::string, std::string> out = lab.environment();
    for (const char* name : {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy",
                             "NO_PROXY", "no_proxy", "KRB5CCNAME", "KRB5_CONFIG"})
        out[name] = "";
    return out;
}

const std::regex& connected_line() {
    static const std::regex line(R"(info connected )");
    return line;
}

}  // namespace

Status Mesh::run_to_success(demo::Zone zone, std::vector<std::string> argv, const std::string& log) const {
    const std::string shown = argv[0] + " " + argv[1];
    const demo::Command command{.argv = std::move(argv),
                                .environment = clean_environment(lab_),
                                .output = file(log),
                                .stdout_file = {},
                                .directory = lab_.folder()};
    const auto exit = lab_.playground().run(zone, command, patient(kStepPatience));
    if (!exit) return tl::unexpected(exit.error());
    if (*exit == 0) return {};
    return fail(Code::Internal,
                fmt::format("{} failed with exit code {}:\n{}", shown, *exit, last_lines(file(log), 8)));
}

Status Mesh::prepare() {
    if (const Status made = make_files(); !made) return made;
    if (const Status issued = issue_web_certificate(); !issued) return issued;
    if (const Status started = start_relay(); !started) return started;
    if (const Status enrolled = enrol_agents(); !enrolled) return enrolled;
    if (const Status moved = move_relay(); !moved) return moved;
    return write_configurations();
}

Status Mesh::move_relay() {
    if (!case_.relay_port) return {};
    stop_relay();
    relay_port_ = *case_.relay_port;
    YAML::Node relay = YAML::Load(read_text(file("mesh/relay.yaml")));
    relay["listen"] = std::vector<std::string>{fmt::format("0.0.0.0:{}", relay_port_)};
    std::ofstream(file("mesh/relay.yaml")) << YAML::Dump(relay) << "\n";
    return start_relay();
}

Status Mesh::make_files() {
    const Status made =
        run_to_success(demo::Zone::Inet,
                       {"culvert", "init", file("mesh").string(), "--mesh", "netlab", "--name", "laptop", "--relay",
                        fmt::format("wss://{}/mesh", kRelayHost), "--proxy", "none"},
                       "init.log");
    if (!made || !case_.relay_config) return made;
    const auto relay = relay_text(lab_, read_text(file("mesh/relay.yaml")), *case_.relay_config);
    if (!relay) return fail(relay.error(), "relay.yaml");
    std::ofstream(file("mesh/relay.yaml")) << *relay;
    return {};
}

// The relay's key that join tokens pin gets a certificate of a CA too, as a public relay has one: behind TLS inspection
// the CA is what a configuration can name.
Status Mesh::issue_web_certificate() const {
    return lab_.shell(
        demo::Zone::Inet,
        fmt::format("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -keyout web-ca.key "
                    "-out web-ca.pem -subj '/O=Netlab/CN=Netlab Web CA' -addext keyUsage=keyCertSign\n"
                    "openssl req -new -key mesh/web.key -subj /CN={0} -out relay.csr\n"
                    "printf 'subjectAltName=DNS:{0}' > relay.ext\n"
                    "openssl x509 -req -in relay.csr -CA web-ca.pem -CAkey web-ca.key -CAcreateserial -days 1 "
                    "-extfile relay.ext -out mesh/web.pem\n",
                    kRelayHost),
        lab_.folder(), "web-ca.log", patient(kStepPatience));
}

Status Mesh::start_relay() {
    const demo::Command command{.argv = {"culvert-relay", "--config", file("mesh/relay.yaml").string()},
                                .environment = clean_environment(lab_),
                                .output = file("relay.log"),
                                .stdout_file = {},
                                .directory = lab_.folder()};
    auto relay = lab_.playground().start(demo::Zone::Inet, command);
    if (!relay) return tl::unexpected(relay.error());
    relay_ = std::move(*relay);
    if (lab_.playground().accepts(demo::Zone::Inet, lab_.playground().address(demo::Zone::Inet), relay_port_,
                                  patient(kStepPatience)))
        return {};
    return fail(Code::Internal, "the relay did not start:\n" + last_lines(file("relay.log"), 8));
}

void Mesh::kill_relay() {
    relay_->signal(SIGKILL);
    relay_.reset();
}

Status Mesh::enrol_agents() {
    const demo::Command invite{
        .argv = {"culvert", "invite", "--quiet", "--wait", "--uses", std::to_string(case_.agents), "--config",
                 file("mesh/controller.yaml").string()},
        .environment = clean_environment(lab_),
        .output = file("invite.log"),
        .stdout_file = file("token"),
        .directory = lab_.folder()};
    auto inviting = lab_.playground().start(demo::Zone::Inet, invite);
    if (!inviting) return tl::unexpected(inviting.error());
    const bool invited =
        wait_until([this] { return read_text(file("token")).find('\n') != std::string::npos; }, patient(kStepPatience));
    if (!invited) return fail(Code::Timeout, "culvert invite printed no token:\n" + last_lines(file("invite.log"), 8));
    for (int number = 1; number <= case_.agents; ++number) {
        const std::string name = agent_name(number);
        if (const Status joined = run_to_success(
                demo::Zone::Inet,
                {"culvert-agent", "join", file("token").string(), "--state", file(name).string(), "--name", name,
                 "--allow", fmt::format("{}:{}", lab_.target_host(case_), kTargetPort), "--proxy", "none"},
                "join.log");
            !joined)
            return joined;
    }
    const auto exit = (*inviting)->wait(patient(kStepPatience));
    if (!exit || *exit != 0) return fail(Code::Internal, "culvert invite:\n" + last_lines(file("invite.log"), 8));
    return {};
}

Status Mesh::write_configurations() const {
    const auto write = [this](const std::filesystem::path& to, const NodeSpec& node,
                              std::string_view defaults) -> Status {
        const auto text = node_text(lab_, read_text(to), *case_.tunnel, node, defaults);
        if (!text) return fail(text.error(), to.filename().string());
        std::ofstream(to) << *text;
        return {};
    };
    const Status controller = write(file("mesh/controller.yaml"), case_.controller, "run: { start_delay: 1s }");
    if (!controller) return controller;
    for (int number = 1; number <= case_.agents; ++number) {
        if (const Status agent = write(file(agent_name(number)) / "agent.yaml", case_.agent, "{}"); !agent)
            return agent;
    }
    return {};
}

Result<std::unique_ptr<demo::ChildProcess>> Mesh::start_node(std::vector<std::string> argv, const NodeSpec& node,
                                                             const std::string& log, const std::string& out) const {
    demo::Command command{.argv = {},
                          .environment = clean_environment(lab_),
                          .output = file(log),
                          .stdout_file = {},
                          .directory = lab_.folder()};
    if (!out.empty()) command.stdout_file = file(out);
    for (const auto& [name, value] : node.environment) {
        const auto expanded = lab_.expand(value);
        if (!expanded) return tl::unexpected(expanded.error());
        command.environment[name] = *expanded;
    }
    if (const auto program = demo::find_program(argv.front())) argv.front() = program->string();
    command.argv = node.prefix;
    command.argv.insert(command.argv.end(), argv.begin(), argv.end());
    return lab_.playground().start(demo::Zone::Corp, command);
}

Status Mesh::start_agents() {
    for (int number = 1; number <= case_.agents; ++number) {
        auto agent =
            start_node({"culvert-agent", "run", "--config", (file(agent_name(number)) / "agent.yaml").string()},
                       case_.agent, agent_name(number) + ".log", {});
        if (!agent) return tl::unexpected(agent.error());
        agents_.push_back(std::move(*agent));
    }
    return {};
}

void Mesh::end(demo::ChildProcess& process, const std::string& name, demo::Exit expected) {
    const demo::Exit exit = process.stop(patient(kStopPatience));
    if (exit != expected) bad_ends_.push_back(fmt::format("{} ended with exit code {}, not {}", name, exit, expected));
}

void Mesh::stop_relay() {
    if (relay_) end(*relay_, "the relay", 0);
    relay_.reset();
}

void Mesh::stop_agents() {
    for (std::size_t i = 0; i < agents_.size(); ++i)
        end(*agents_[i], agent_name(static_cast<int>(i) + 1), case_.expect.agent_exit.value_or(0));
    agents_.clear();
}

std::vector<std::string> Mesh::stop() {
    stop_agents();
    stop_relay();
    return std::exchange(bad_ends_, {});
}

int Mesh::times_connected() const {
    const std::string log = read_text(file(agent_name(1) + ".log"));
    return static_cast<int>(
        std::distance(std::sregex_iterator(log.begin(), log.end(), connected_line()), std::sregex_iterator()));
}

std::string Mesh::transport() const {
    const std::string log = read_text(file(agent_name(1) + ".log"));
    static const std::regex field(R"(info connected [^\n]*transport=([a-z_]+))");
    std::string last;
    for (std::sregex_iterator match(log.begin(), log.end(), field), end; match != end; ++match) last = (*match)[1];
    return last;
}

std::optional<demo::Exit> Mesh::agent_exit() {
    return agents_.front()->wait(Duration{0});
}

Result<std::unique_ptr<demo::ChildProcess>> Mesh::culvert(std::vector<std::string> arguments, const std::string& log,
                                                          const std::string& out) const {
    arguments.insert(arguments.begin(), "culvert");
    arguments.insert(arguments.end(), {"--config", file("mesh/controller.yaml").string()});
    return start_node(std::move(arguments), case_.controller, log, out);
}

Result<std::unique_ptr<demo::ChildProcess>> Mesh::herd(std::size_t links, const std::string& out) const {
    return start_node({"herd", "--config", (file(agent_name(1)) / "agent.yaml").string(), "--mesh-ca",
                       file("mesh/mesh-ca.pem").string(), "--mesh-ca-key", file("mesh/mesh-ca.key").string(), "--links",
                       std::to_string(links)},
                      case_.agent, "herd.log", out);
}

Result<std::unique_ptr<demo::ChildProcess>> Mesh::doctor(const DoctorRule& rule, const std::string& out,
                                                         const std::string& report) const {
    std::vector<std::string> arguments{"doctor", "--json", "--report", file(report).string()};
    if (rule.probe) arguments.emplace_back("--probe");
    if (rule.on == "controller") return culvert(std::move(arguments), out + ".log", out);
    arguments.insert(arguments.begin(), "culvert-agent");
    arguments.insert(arguments.end(), {"--config", (file(agent_name(1)) / "agent.yaml").string()});
    return start_node(std::move(arguments), case_.agent, out + ".log", out);
}

}  // namespace culvert::netlab
