#include "e2e_mesh.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "common/base/clock.h"

namespace culvert::e2e {
namespace {

using namespace std::chrono_literals;

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

void must(const Status& status) {
    if (!status) throw std::runtime_error(status.error().message);
}

}  // namespace

std::string read_text(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::vector<std::string> read_lines(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

bool wait_until(const std::function<bool()>& holds, Duration patience) {
    const SystemClock clock;
    const SteadyTime deadline = clock.steady_now() + patience;
    while (!holds()) {
        if (clock.steady_now() > deadline) return false;
        std::this_thread::sleep_for(20ms);
    }
    return true;
}

E2eMesh::E2eMesh(demo::Isolation isolation) {
    char name[] = "/tmp/culvert-e2e-XXXXXX";
    folder_ = ::mkdtemp(name);
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all | std::filesystem::perms::group_exec |
                                              std::filesystem::perms::others_exec);
    playground_ = must(demo::Playground::create(folder_, isolation));
    mesh_ = std::make_unique<demo::LabMesh>(*playground_, demo::LabMeshSettings{});
    must(mesh_->start_proxy());
    nginx_ = must(demo::start_nginx(*playground_, demo::Zone::Corp));
    must(mesh_->start_relay());
}

E2eMesh::~E2eMesh() {
    mesh_.reset();
    nginx_.process.reset();
    playground_.reset();
    // CULVERT_KEEP=1 keeps configurations and logs of a failed test.
    if (std::getenv("CULVERT_KEEP") == nullptr) {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
}

std::string E2eMesh::target_host() const {
    return fmt::format("{}:{}", nginx_.address, nginx_.port);
}
std::string E2eMesh::target() const {
    return "http://" + target_host();
}

void E2eMesh::join(const std::string& name, double weight, std::map<std::string, std::string> labels,
                   std::vector<std::string> also) {
    also.push_back(target_host());
    must(mesh_->join_agent(
        {.name = name, .labels = std::move(labels), .weight = weight, .allow = std::move(also), .more = {}}));
}

std::unique_ptr<demo::ChildProcess> E2eMesh::start_culvert(std::vector<std::string> arguments, const std::string& log) {
    return start_program(mesh_->culvert(std::move(arguments), log).argv, log);
}

std::unique_ptr<demo::ChildProcess> E2eMesh::start_program(std::vector<std::string> argv, const std::string& log) {
    demo::Command command = mesh_->program(std::move(argv), log + ".err");
    command.stdout_file = mesh_->file(log + ".out");
    return must(playground_->start(demo::Zone::Corp, std::move(command)));
}

Outcome E2eMesh::culvert(std::vector<std::string> arguments, Duration patience) {
    return program(mesh_->culvert(std::move(arguments), "unused").argv, patience);
}

Outcome E2eMesh::program(std::vector<std::string> argv, Duration patience) {
    const std::string log = fmt::format("command-{}", ++commands_);
    auto process = start_program(std::move(argv), log);
    const auto exit = process->wait(patience);
    if (!exit) process->stop();
    return Outcome{.exit = exit.value_or(-1),
                   .out = read_text(mesh_->file(log + ".out")),
                   .err = read_text(mesh_->file(log + ".err"))};
}

std::filesystem::path E2eMesh::write_plan(const std::string& plan, const std::string& name) {
    const std::filesystem::path file = mesh_->file(name);
    std::ofstream(file) << plan;
    return file;
}

RunOutcome E2eMesh::run(const std::string& plan, std::size_t agents, std::vector<std::string> more, Duration patience) {
    const std::filesystem::path out = mesh_->file(fmt::format("out-{}", commands_ + 1));
    std::vector<std::string> arguments{"run",
                                       write_plan(plan).string(),
                                       "--wait-for-agents",
                                       fmt::format("{}", agents),
                                       "--progress",
                                       "plain",
                                       "--out",
                                       out.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    RunOutcome outcome{culvert(std::move(arguments), patience), nullptr, out};
    const std::string report = read_text(out / "report.json");
    if (!report.empty()) outcome.report = nlohmann::json::parse(report);
    return outcome;
}

}  // namespace culvert::e2e
