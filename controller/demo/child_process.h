// A program that we started and therefore also end: by its own id, and by the kernel if we die first. Output goes to a
// file.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/units.h"

namespace culvert::demo {

struct Command {
    std::vector<std::string> argv;                     // argv[0]: a path, or a name looked up in PATH
    std::map<std::string, std::string> environment;    // added to ours
    std::filesystem::path output;                      // stdout and stderr, appended; empty: ours
    std::optional<std::filesystem::path> stdout_file;  // stdout alone, truncated
    std::filesystem::path directory;                   // empty: ours
};

// How a program ended: its exit code, or 128 + signal.
using Exit = int;

class ChildProcess {
  public:
    static Result<std::unique_ptr<ChildProcess>> start(const Command& command);
    // Stops it: SIGTERM, then after `patience` SIGKILL to it and its process group.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    pid_t pid() const { return pid_; }
    bool running();
    void signal(int number);
    // Empty: still running after `patience`.
    std::optional<Exit> wait(Duration patience);
    Exit stop(Duration patience = std::chrono::seconds(5));

  private:
    explicit ChildProcess(pid_t pid);

    const pid_t pid_;
    const int pid_fd_;  // pidfd: waiting without races on ids
    std::optional<Exit> exit_;
};

// Starts, waits at most `patience`, gives the exit code. Timeout: it was stopped.
Result<Exit> run_to_end(const Command& command, Duration patience);

// The full path of a program in PATH (with /usr/sbin and /sbin behind it), or beside this one.
std::optional<std::filesystem::path> find_program(const std::string& name);
std::filesystem::path own_folder();

}  // namespace culvert::demo
