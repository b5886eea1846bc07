#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include <catch2/catch.hpp>

#include "controller/run/control_client.h"
#include "controller/run/control_server.h"
#include "controller/run/control_socket.h"
#include "tests/support/temporary_folder.h"

using namespace culvert;
using namespace culvert::run;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

// A control server on a thread of its own.
class Served {
  public:
    explicit Served(std::filesystem::path path) : socket(std::move(path)) {
        ControlServer::Commands commands;
        commands.stop = [this](StopMode mode) { stops.push_back(mode); };
        commands.comment = [this](std::string text) { comments.push_back(std::move(text)); };
        commands.view = [this] { return to_json(view); };
        view.id = "7f3a";
        auto listening = ControlServer::listen(loop, socket, std::move(commands));
        REQUIRE(listening);
        server = std::move(*listening);
        thread = std::thread([this] { loop.run(); });
    }
    ~Served() {
        loop.post([this] { server.reset(); });
        loop.stop();
        thread.join();
        server.reset();
    }
    void on_loop(std::function<void()> task) { loop.post(std::move(task)); }

    const std::filesystem::path socket;
    net::Loop loop;
    RunView view;
    std::vector<StopMode> stops;
    std::vector<std::string> comments;
    std::unique_ptr<ControlServer> server;
    std::thread thread;
};

// What the server does with raw bytes: true if it hangs up.
bool hangs_up_on(const std::filesystem::path& socket, const std::string& bytes) {
    const auto fd = connect_to(socket);
    REQUIRE(fd);
    (void)::send(*fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    timeval patience{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(*fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char byte = 0;
    const ssize_t got = ::recv(*fd, &byte, 1, 0);
    ::close(*fd);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

}  // namespace

TEST_CASE("commands reach the run and views reach who watches", "[run]") {
    const TemporaryFolder folder;
    Served served(folder.file("control.sock"));
    auto client = ControlClient::connect(served.socket);
    REQUIRE(client);
    REQUIRE(client->stop(StopMode::Gracefully));
    REQUIRE(client->stop(StopMode::AtOnce));
    REQUIRE(client->comment("a \"quoted\" line\nand another"));
    CHECK(client->status()->id == "7f3a");
    REQUIRE(client->watch());
    CHECK((*client->next_view(5s))->id == "7f3a");
    CHECK(client->next_view(1ms).error().code == Code::Timeout);
    served.on_loop([&served] {
        RunView next = served.view;
        next.elapsed_s = 7;
        served.server->publish(to_json(next));
        served.server->over();
    });
    CHECK((*client->next_view(5s))->elapsed_s == 7);
    const auto end = client->next_view(5s);
    REQUIRE(end);
    CHECK_FALSE(*end);
    CHECK(client->next_view(5s).error().code == Code::Disconnected);
    CHECK(served.stops == std::vector<StopMode>{StopMode::Gracefully, StopMode::AtOnce});
    CHECK(served.comments == std::vector<std::string>{"a \"quoted\" line\nand another"});
}

TEST_CASE("the socket is the owner's alone, goes with the run, and a dead one is replaced", "[run]") {
    const TemporaryFolder folder;
    const std::filesystem::path socket = folder.file("control.sock");
    {
        Served served(socket);
        struct stat status {};
        REQUIRE(::stat(socket.c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0600);
        const auto second = ControlServer::listen(served.loop, socket, {});
        REQUIRE_FALSE(second);
        CHECK(second.error().message.find("another run uses this folder") != std::string::npos);
    }
    CHECK_FALSE(std::filesystem::exists(socket));
    CHECK(ControlClient::connect(socket).error().code == Code::Disconnected);
    const auto left_behind = listen_on(socket);
    REQUIRE(left_behind);
    ::close(*left_behind);
    CHECK(std::filesystem::exists(socket));
    Served served(socket);
    CHECK(ControlClient::connect(socket)->status());
}

TEST_CASE("a path that is longer than a socket's name may be works too", "[run]") {
    const TemporaryFolder folder;
    const std::filesystem::path deep =
        std::filesystem::path(folder.path()) / std::string(60, 'a') / std::string(60, 'b');
    std::filesystem::create_directories(deep);
    Served served(deep / "control.sock");
    CHECK(ControlClient::connect(deep / "control.sock")->status()->id == "7f3a");
}

TEST_CASE("whoever sends what is no command is cut off", "[run]") {
    const TemporaryFolder folder;
    Served served(folder.file("control.sock"));
    CHECK(hangs_up_on(served.socket, "hello\n"));
    CHECK(hangs_up_on(served.socket, "[1]\n"));
    CHECK(hangs_up_on(served.socket, "{\"command\":5}\n"));
    CHECK(hangs_up_on(served.socket, std::string(kLargestControlLine + 5000, 'x')));
    CHECK_FALSE(hangs_up_on(served.socket, "{\"command\":\"dance\"}\n"));  // a later version's: answered with an error
    CHECK(ControlClient::connect(served.socket)->status());
}

TEST_CASE("while the process of a run does not answer, each second says what is waited for", "[run]") {
    const TemporaryFolder folder;
    const auto silent = listen_on(folder.file("control.sock"));
    REQUIRE(silent);
    auto client = ControlClient::connect(folder.file("control.sock"));
    REQUIRE(client);
    std::vector<std::string> told;
    client->set_on_waiting([&](const std::string& text) {
        told.push_back(text);
        ::close(*silent);
    });
    CHECK(client->stop(StopMode::Gracefully).error().code == Code::Disconnected);
    CHECK(told == std::vector<std::string>{"waiting for an answer of the process that carries the run"});
}
