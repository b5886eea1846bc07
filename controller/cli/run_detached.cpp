// The parent waits on a pipe for one byte: load has begun. End of file without it: the child says the exit code by its
// end.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "controller/cli/exit.h"
#include "controller/cli/run_command.h"
#include "controller/run/run_setup.h"

namespace culvert::cli {
namespace {

constexpr const char* kLogName = "run.log";

// From here on this process has no terminal: what it says goes into the run's folder.
void let_go_of_terminal(const std::filesystem::path& folder) {
    const int log = ::open((folder / kLogName).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing >= 0) {
        ::dup2(nothing, STDIN_FILENO);
        ::dup2(nothing, STDOUT_FILENO);
    }
    if (log >= 0) ::dup2(log, STDERR_FILENO);
    if (log >= 0) ::close(log);
    if (nothing >= 0) ::close(nothing);
}

[[noreturn]] void carry(RunOptions options, const std::string& id, int started) {
    ::setsid();
    options.output.progress = Progress::Plain;
    options.output.json = false;
    const std::filesystem::path folder = options.out;
    const ExitCode code = run_here(options, id, [&folder, started] {
        let_go_of_terminal(folder);
        const char sign = 1;
        while (::write(started, &sign, 1) < 0 && errno == EINTR) {
        }
        ::close(started);
    });
    std::fflush(stderr);
    ::_exit(static_cast<int>(code));
}

ExitCode wait_for(pid_t child, int started, const std::string& stdout_line, const std::string& id) {
    char sign = 0;
    ssize_t got = 0;
    while ((got = ::read(started, &sign, 1)) < 0 && errno == EINTR) {
    }
    ::close(started);
    if (got == 1) {
        std::printf("%s\n", stdout_line.c_str());
        std::fflush(stdout);
        std::fprintf(stderr, "run %s runs on by itself.   Watch it: culvert watch %s   Stop it: culvert stop %s\n",
                     id.c_str(), id.c_str(), id.c_str());
        return ExitCode::Ok;
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? static_cast<ExitCode>(WEXITSTATUS(status)) : ExitCode::Internal;
}

std::string started_json(const std::string& id, const std::string& out) {
    const nlohmann::ordered_json json{{"version", 1}, {"run", id}, {"out", out}};
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

ExitCode run_detached(const RunOptions& options) {
    RunOptions own = options;
    const std::string id = run::new_run_id();
    if (own.out.empty()) own.out = (std::filesystem::path("runs") / id).string();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return fail_with(Error{Code::Internal, std::string("making a pipe: ") + std::strerror(errno)});
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) return fail_with(Error{Code::Internal, std::string("starting a process: ") + std::strerror(errno)});
    if (child == 0) {
        ::close(ends[0]);
        carry(std::move(own), id, ends[1]);
    }
    ::close(ends[1]);
    // For scripts: stdout is the run's id, or one JSON object.
    return wait_for(child, ends[0], options.output.json ? started_json(id, own.out) : id, id);
}

}  // namespace culvert::cli
