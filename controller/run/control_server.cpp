#include "controller/run/control_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include <nlohmann/json.hpp>

#include "controller/run/control_socket.h"

namespace culvert::run {
namespace {

using nlohmann::json;

constexpr std::string_view kOk = R"({"ok":true})";
constexpr std::string_view kOver = R"({"over":true})";

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::listen(net::Loop& loop, const std::filesystem::path& socket,
                                                             Commands commands) {
    const auto fd = listen_on(socket);
    if (!fd) return tl::unexpected(fd.error());
    return std::unique_ptr<ControlServer>(new ControlServer(loop, *fd, socket, std::move(commands)));
}

ControlServer::ControlServer(net::Loop& loop, int fd, std::filesystem::path socket, Commands commands)
    : loop_(loop), fd_(fd), socket_(std::move(socket)), commands_(std::move(commands)) {
    watch_ = loop_.watch(fd_, [this](bool, bool) { accept_all(); });
    watch_->set(true, false);
}

ControlServer::~ControlServer() {
    while (!clients_.empty()) close(clients_.begin()->first);
    watch_.reset();
    ::close(fd_);
    ::unlink(socket_.c_str());
}

void ControlServer::accept_all() {
    for (;;) {
        const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        if (clients_.size() >= kMostControlClients) {
            ::close(fd);
            continue;
        }
        const std::uint64_t id = ++last_id_;
        Client& client = clients_[id];
        client.fd = fd;
        client.watch = loop_.watch(fd, [this, id](bool readable, bool writable) { ready(id, readable, writable); });
        client.watch->set(true, false);
    }
}

void ControlServer::ready(std::uint64_t id, bool readable, bool) {
    const auto at = clients_.find(id);
    if (at == clients_.end()) return;
    const bool stays = (!readable || read_from(at->second)) && flush(at->second);
    if (!stays) close(id);
}

bool ControlServer::read_from(Client& client) {
    char buffer[4096];
    const ssize_t size = ::recv(client.fd, buffer, sizeof buffer, 0);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    if (size == 0) return false;
    client.in.append(buffer, static_cast<std::size_t>(size));
    for (std::size_t end = client.in.find('\n'); end != std::string::npos; end = client.in.find('\n')) {
        const std::string line = client.in.substr(0, end);
        client.in.erase(0, end + 1);
        if (!obey(client, line)) return false;
    }
    return client.in.size() <= kLargestControlLine;
}

bool ControlServer::obey(Client& client, std::string_view line) {
    const json request = json::parse(line, nullptr, false);
    if (!request.is_object() || !request.contains("command") || !request["command"].is_string()) return false;
    const auto command = request["command"].get<std::string>();
    const std::string view = "{\"view\":" + commands_.view() + "}";
    if (command == "stop" || command == "stop_now") {
        commands_.stop(command == "stop" ? StopMode::Gracefully : StopMode::AtOnce);
        reply(client, kOk);
    } else if (command == "comment") {
        commands_.comment(request.value("text", json("")).is_string() ? request.value("text", std::string())
                                                                      : std::string());
        reply(client, kOk);
    } else if (command == "watch") {
        client.watches = true;
        reply(client, kOk);
        reply(client, view);
    } else if (command == "status") {
        reply(client, kOk);
        reply(client, view);
    } else {
        reply(client, R"({"error":"unknown command"})");
    }
    return true;
}

bool ControlServer::flush(Client& client) {
    while (!client.out.empty()) {
        const ssize_t size = ::send(client.fd, client.out.data(), client.out.size(), MSG_NOSIGNAL);
        if (size < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN || client.out.size() > kMostUnsentControl) return false;
            break;
        }
        client.out.erase(0, static_cast<std::size_t>(size));
    }
    client.watch->set(true, !client.out.empty());
    return !(client.ending && client.out.empty());
}

void ControlServer::publish(const std::string& view_json) {
    std::vector<std::uint64_t> gone;
    for (auto& [id, client] : clients_) {
        if (!client.watches) continue;
        reply(client, "{\"view\":" + view_json + "}");
        if (!flush(client)) gone.push_back(id);
    }
    for (const std::uint64_t id : gone) close(id);
}

void ControlServer::over() {
    std::vector<std::uint64_t> gone;
    for (auto& [id, client] : clients_) {
        if (client.watches) reply(client, kOver);
        client.ending = true;
        if (!flush(client)) gone.push_back(id);
    }
    for (const std::uint64_t id : gone) close(id);
}

void ControlServer::close(std::uint64_t id) {
    const auto at = clients_.find(id);
    if (at == clients_.end()) return;
    at->second.watch.reset();
    ::close(at->second.fd);
    clients_.erase(at);
}

}  // namespace culvert::run
