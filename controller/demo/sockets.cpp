#include "controller/demo/sockets.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <fmt/format.h>

namespace culvert::demo {
namespace {

constexpr const char* kListen = "0A";  // TCP_LISTEN in the kernel's table

// Inodes of the listening sockets in the process's network namespace.
std::set<std::string> listening_inodes(const std::filesystem::path& table) {
    std::set<std::string> inodes;
    std::ifstream in(table);
    std::string line;
    std::getline(in, line);  // headings
    while (std::getline(in, line)) {
        std::istringstream words(line);
        std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
        words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
        if (state == kListen) inodes.insert("socket:[" + inode + "]");
    }
    return inodes;
}

}  // namespace

Result<std::size_t> listening_sockets(pid_t pid) {
    const std::filesystem::path process = fmt::format("/proc/{}", pid);
    std::set<std::string> inodes = listening_inodes(process / "net/tcp");
    inodes.merge(listening_inodes(process / "net/tcp6"));
    std::error_code error;
    std::size_t count = 0;
    for (std::filesystem::directory_iterator entry(process / "fd", error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code gone;
        const auto target = std::filesystem::read_symlink(entry->path(), gone);
        if (!gone && inodes.contains(target.string())) ++count;
    }
    if (error)
        return fail(Code::Internal, fmt::format("cannot read the sockets of process {}: {}", pid, error.message()));
    return count;
}

}  // namespace culvert::demo
