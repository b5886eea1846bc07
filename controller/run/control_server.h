// The control socket of a run: a Unix socket in the run's folder, mode 0600, over which `culvert watch`, `stop` and
// `comment` reach the process that carries the run. Lines of JSON, each at most kLargestControlLine bytes:
//
//   client → server   {"command":"watch"} {"command":"status"} {"command":"stop"} {"command":"stop_now"}
//   {"command":"comment","text":"…"} server → client   {"ok":true} or {"error":"…"} for each command; then, after
//   watch, {"view":{…}} each second and {"over":true} at the end;
//                     status answers {"view":{…}} once
//
// A client that sends something else, or does not read, is cut off. Loop thread only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/net/loop.h"
#include "controller/run/run_setup.h"

namespace culvert::run {

inline constexpr std::size_t kLargestControlLine = 8 << 10;  // of a command
inline constexpr std::size_t kMostControlClients = 32;
inline constexpr std::size_t kMostUnsentControl = 8 << 20;  // bytes to one client; more: it does not read

class ControlServer {
  public:
    struct Commands {
        std::function<void(StopMode)> stop;
        std::function<void(std::string)> comment;
        std::function<std::string()> view;  // JSON of the present RunView
    };
    // Replaces a socket that a dead process left behind. InvalidInput: the path is too long for a socket, or a living
    // process listens there.
    static Result<std::unique_ptr<ControlServer>> listen(net::Loop& loop, const std::filesystem::path& socket,
                                                         Commands commands);
    ~ControlServer();  // removes the socket
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    // To everyone who watches.
    void publish(const std::string& view_json);
    // The last thing they hear.
    void over();

  private:
    struct Client {
        int fd = -1;
        std::string in, out;
        bool watches = false, ending = false;
        std::unique_ptr<net::Loop::Watch> watch;
    };

    ControlServer(net::Loop& loop, int fd, std::filesystem::path socket, Commands commands);
    void accept_all();
    void ready(std::uint64_t id, bool readable, bool writable);
    bool read_from(Client& client);
    bool obey(Client& client, std::string_view line);
    bool flush(Client& client);
    void reply(Client& client, std::string_view line) { client.out.append(line).push_back('\n'); }
    void close(std::uint64_t id);

    net::Loop& loop_;
    const int fd_;
    const std::filesystem::path socket_;
    const Commands commands_;
    std::unique_ptr<net::Loop::Watch> watch_;
    std::map<std::uint64_t, Client> clients_;
    std::uint64_t last_id_ = 0;
};

}  // namespace culvert::run
