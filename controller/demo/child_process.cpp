#include "controller/demo/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert::demo {
namespace {

int open_pid(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

void redirect(const std::filesystem::path& file, int flags, std::initializer_list<int> targets) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | flags, 0644);
    if (fd < 0) ::_exit(126);
    for (const int target : targets) ::dup2(fd, target);
    ::close(fd);
}

// Between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(const Command& command, char* const* argv, char* const* environment, pid_t parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(126);  // the parent died before the line above
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, STDIN_FILENO);
    if (!command.output.empty()) redirect(command.output, O_APPEND, {STDOUT_FILENO, STDERR_FILENO});
    if (command.stdout_file) redirect(*command.stdout_file, O_TRUNC, {STDOUT_FILENO});
    if (!command.directory.empty() && ::chdir(command.directory.c_str()) != 0) ::_exit(126);
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(argv[0], argv, environment);
    ::_exit(127);
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
    std::vector<std::string> out;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view line(*entry);
        if (!added.contains(std::string(line.substr(0, line.find('='))))) out.emplace_back(line);
    }
    for (const auto& [name, value] : added) out.push_back(name + "=" + value);
    return out;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

}  // namespace

ChildProcess::ChildProcess(pid_t pid) : pid_(pid), pid_fd_(open_pid(pid)) {}

ChildProcess::~ChildProcess() {
    stop();
    if (pid_fd_ >= 0) ::close(pid_fd_);
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const Command& command) {
    std::vector<std::string> arguments = command.argv;
    if (arguments.front().find('/') == std::string::npos) {
        const auto program = find_program(arguments.front());
        if (!program) return fail(Code::InvalidInput, fmt::format("program {} is not installed", arguments.front()));
        arguments.front() = program->string();
    }
    std::vector<std::string> environment = environment_with(command.environment);
    const std::vector<char*> argv = pointers_to(arguments);
    const std::vector<char*> envp = pointers_to(environment);
    const pid_t parent = ::getpid();
    // Between fork and exec our own signal handlers would run in the child.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);
    const pid_t pid = ::fork();
    if (pid != 0) ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0)
        return fail(Code::Internal, fmt::format("cannot start {}: {}", command.argv.front(), std::strerror(errno)));
    if (pid == 0) become(command, argv.data(), envp.data(), parent);
    ::setpgid(pid, pid);
    return std::unique_ptr<ChildProcess>(new ChildProcess(pid));
}

std::optional<Exit> ChildProcess::wait(Duration patience) {
    if (exit_) return exit_;
    pollfd ended{pid_fd_, POLLIN, 0};
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
    while (::poll(&ended, 1, static_cast<int>(milliseconds)) < 0 && errno == EINTR) return std::nullopt;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return exit_;
}

bool ChildProcess::running() {
    return !wait(Duration{0});
}

void ChildProcess::signal(int number) {
    if (!exit_) ::kill(pid_, number);
}

Exit ChildProcess::stop(Duration patience) {
    if (exit_) return *exit_;
    signal(SIGTERM);
    if (!wait(patience)) {
        ::kill(-pid_, SIGKILL);
        while (!wait(std::chrono::seconds(1))) {
        }
    }
    return *exit_;
}

Result<Exit> run_to_end(const Command& command, Duration patience) {
    auto process = ChildProcess::start(command);
    if (!process) return tl::unexpected(process.error());
    const auto exit = (*process)->wait(patience);
    if (!exit)
        return fail(Code::Timeout, fmt::format("{} did not end within {}", command.argv.front(), to_string(patience)));
    return *exit;
}

std::filesystem::path own_folder() {
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

std::optional<std::filesystem::path> find_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    const std::string folders =
        own_folder().string() + ":" + (path == nullptr ? "/usr/bin:/bin" : path) + ":/usr/sbin:/sbin";
    for (const std::string_view folder : split(folders, ':')) {
        const std::filesystem::path candidate = std::filesystem::path(folder) / name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return std::nullopt;
}

}  // namespace culvert::demo
