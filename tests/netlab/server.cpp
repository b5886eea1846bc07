#include "server.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include <fmt/format.h>

#include "interrupt.h"
#include "sanitizers.h"

namespace culvert::netlab {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartPatience = 20s;
constexpr auto kStopPatience = 5s;

}  // namespace

Status Server::prepare() {
    std::error_code error;
    std::filesystem::create_directories(folder(), error);
    if (error) return fail(Code::Internal, fmt::format("cannot make {}: {}", folder().string(), error.message()));
    for (const auto& [name, text] : spec_.files) {
        const auto expanded = lab_.expand(text, &spec_);
        if (!expanded) return fail(expanded.error(), fmt::format("{} of {}", name, spec_.name));
        std::ofstream out(folder() / name);
        out << *expanded;
        out.close();
        if (!out) return fail(Code::Internal, fmt::format("cannot write {}", (folder() / name).string()));
    }
    const auto setup = lab_.expand(spec_.setup, &spec_);
    if (!setup) return fail(setup.error(), "setup of " + spec_.name);
    if (!setup->empty()) {
        if (Status done = lab_.shell(spec_.zone, *setup, folder(), spec_.name + ".log", kStartPatience); !done)
            return done;
    }
    if (spec_.user.empty()) return {};
    return lab_.shell(spec_.zone, fmt::format("chown -R {} .", spec_.user), folder(), spec_.name + ".log",
                      kStartPatience);
}

Status Server::start() {
    demo::Command command{.argv = {},
                          .environment = lab_.environment(),
                          .output = lab_.folder() / (spec_.name + ".log"),
                          .stdout_file = {},
                          .directory = folder()};
    for (const std::string& argument : spec_.argv) {
        const auto expanded = lab_.expand(argument, &spec_);
        if (!expanded) return fail(expanded.error(), "run of " + spec_.name);
        command.argv.push_back(*expanded);
    }
    if (!demo::find_program(command.argv.front()))
        return fail(Code::InvalidInput,
                    fmt::format("program {} is not installed; tools/setup installs it", command.argv.front()));
    auto process = lab_.playground().start(spec_.zone, std::move(command));
    if (!process) return tl::unexpected(process.error());
    process_ = std::move(*process);
    bool is_ready = false;
    wait_until([this, &is_ready] { return (is_ready = ready()) || !process_->running(); }, patient(kStartPatience));
    if (is_ready) return {};
    return fail(Code::Internal, fmt::format("{} did not start; it says:\n{}", spec_.name,
                                            last_lines(lab_.folder() / (spec_.name + ".log"), 8)));
}

void Server::stop() {
    if (process_) process_->stop(patient(kStopPatience));
    process_.reset();
}

bool Server::ready() const {
    if (!spec_.ready.empty()) {
        const auto script = lab_.expand(spec_.ready, &spec_);
        return script && lab_.shell(spec_.zone, *script, folder(), spec_.name + ".ready.log", kStartPatience);
    }
    return spec_.port == 0 ||
           lab_.playground().accepts(spec_.zone, lab_.playground().address(spec_.zone), spec_.port, 50ms);
}

Status Server::order(const std::string& line) const {
    const std::filesystem::path control = folder() / "control";
    const int fd = ::open(control.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    const std::string text = line + "\n";
    const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0) ::close(fd);
    if (written) return {};
    return fail(Code::InvalidInput, fmt::format("{} takes no orders: nobody reads {}", spec_.name, control.string()));
}

}  // namespace culvert::netlab
