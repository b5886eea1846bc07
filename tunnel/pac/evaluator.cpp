#include "tunnel/pac/evaluator.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "tunnel/pac/child_protocol.h"
#include "tunnel/pac/complaint.h"

namespace culvert::tunnel::pac {
namespace {

class Fd {
  public:
    explicit Fd(int fd) : fd_(fd) {}
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { reset(); }
    int get() const { return fd_; }
    void reset() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }

  private:
    int fd_;
};

// Killed and reaped at the end of its life, whatever it does.
class Child {
  public:
    explicit Child(pid_t pid) : pid_(pid) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() { end(); }
    void kill() const { ::kill(pid_, SIGKILL); }
    // How it ended, as of waitpid.
    int end() {
        if (reaped_) return status_;
        kill();
        while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
        }
        reaped_ = true;
        return status_;
    }

  private:
    const pid_t pid_;
    int status_ = 0;
    bool reaped_ = false;
};

// Nothing of our environment reaches the script's engine, where secrets may stand; names are looked up once, briefly.
Result<pid_t> spawn(const std::vector<std::string>& command, int channel) {
    std::vector<std::string> arguments = command;
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::string resolver = "RES_OPTIONS=timeout:1 attempts:1";
    std::array<char*, 2> environment{resolver.data(), nullptr};

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, channel, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, channel, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, argv[0], &files, &attributes, argv.data(), environment.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0)
        return fail(Code::Internal, std::string("cannot be evaluated: no child process: ") + std::strerror(error));
    return pid;
}

// Sends what is unsent and collects what comes until the child has ended. Timeout: it did not by `due`.
Result<std::string> converse(int fd, std::string_view unsent, SteadyTime due) {
    const SystemClock clock;
    std::string reply;
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - clock.steady_now()).count();
        if (left <= 0) return fail(Code::Timeout, "");
        pollfd ready{fd, static_cast<short>(unsent.empty() ? POLLIN : POLLIN | POLLOUT), 0};
        if (::poll(&ready, 1, static_cast<int>(left)) <= 0) continue;
        if ((ready.revents & POLLOUT) != 0 && !unsent.empty()) {
            const ssize_t sent = ::send(fd, unsent.data(), unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent > 0) unsent.remove_prefix(static_cast<std::size_t>(sent));
            if (sent < 0 && errno != EAGAIN && errno != EINTR) unsent = {};  // it ended early; its words tell why
            if (unsent.empty()) ::shutdown(fd, SHUT_WR);
        }
        if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
        std::array<char, 4096> buffer;
        const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (count <= 0) return reply;
        reply.append(buffer.data(), static_cast<std::size_t>(count));
        if (reply.size() > kLargestReply) return fail(Code::InvalidInput, "its answer is too long");
    }
}

bool fits_a_line(std::string_view text) {
    return text.find_first_of(std::string_view("\n\r'\"\\\0", 6)) == std::string_view::npos;
}

Result<std::string> verdict_of(const std::string& reply, const std::string& script, int status) {
    if (reply.starts_with(kAnswer)) return reply.substr(kAnswer.size());
    if (reply.starts_with(kError))
        return fail(Code::InvalidInput, explain_complaint(reply.substr(kError.size()), script));
    std::string text = "its evaluation broke off";
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        text += ": the script engine crashed, or the script took too much memory (signal " +
                std::to_string(WTERMSIG(status)) + ")";
    return fail(Code::InvalidInput, std::move(text));
}

}  // namespace

std::vector<std::string> own_child_command() {
    return {"/proc/self/exe", std::string(kChildArgument)};
}

Result<std::string> evaluate(const Evaluation& evaluation, const std::stop_token& cancel) {
    if (!fits_a_line(evaluation.url) || !fits_a_line(evaluation.host) || evaluation.command.empty())
        return fail(Code::InvalidInput, "cannot be asked for '" + excerpt(evaluation.host, 80) + "'");
    if (evaluation.script.size() > kLargestScript)
        return fail(Code::InvalidInput, "is larger than " + std::to_string(kLargestScript) + " bytes");
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(Code::Internal, std::string("cannot be evaluated: ") + std::strerror(errno));
    const Fd ours(ends[0]);
    Fd theirs(ends[1]);
    const SystemClock clock;
    const SteadyTime due = clock.steady_now() + evaluation.limit;
    const Result<pid_t> pid = spawn(evaluation.command, theirs.get());
    if (!pid) return tl::unexpected(pid.error());
    Child child(*pid);
    theirs.reset();

    const Result<std::string> reply = [&] {
        const std::stop_callback stop(cancel, [&child] { child.kill(); });  // gone before the child is reaped
        const std::string request = evaluation.url + "\n" + evaluation.host + "\n" + evaluation.script;
        return converse(ours.get(), request, due);
    }();
    if (cancel.stop_requested()) return fail(Code::Disconnected, "was cancelled");
    if (!reply && reply.error().code == Code::Timeout) {
        return fail(Code::Timeout,
                    "did not answer within " + to_string(evaluation.limit) +
                        " and was stopped: an endless loop, or dnsResolve() of a name that no DNS server "
                        "answers");
    }
    if (!reply) return tl::unexpected(reply.error());
    return verdict_of(*reply, evaluation.script, child.end());
}

}  // namespace culvert::tunnel::pac
