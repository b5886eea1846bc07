#include "controller/cli/live_terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>

#include <catch2/catch.hpp>

#include "tests/unit/controller/cli/mock_ups.h"

using namespace culvert;
using cli::render::LiveLayout;

namespace {

// Reads from a terminal's other end until `text` was drawn, and takes it off `seen`; false after 10 s.
bool read_until(int master, std::string& seen, const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    for (;;) {
        if (const std::size_t at = seen.find(text); at != std::string::npos) {
            seen.erase(0, at + text.size());
            return true;
        }
        if (std::chrono::steady_clock::now() > deadline) return false;
        pollfd readable{master, POLLIN, 0};
        if (::poll(&readable, 1, 100) != 1) continue;
        char block[4096];
        const ssize_t got = ::read(master, block, sizeof block);
        if (got > 0) seen.append(block, static_cast<std::size_t>(got));
    }
}

// Both ends of a terminal that is not this process's own.
class PseudoTerminal {
  public:
    PseudoTerminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
        REQUIRE(master_ >= 0);
        REQUIRE(::grantpt(master_) == 0);
        REQUIRE(::unlockpt(master_) == 0);
        slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY);
        REQUIRE(slave_ >= 0);
        out_ = ::fdopen(::dup(slave_), "w");
    }
    ~PseudoTerminal() {
        std::fclose(out_);
        ::close(slave_);
        ::close(master_);
    }
    PseudoTerminal(const PseudoTerminal&) = delete;
    PseudoTerminal& operator=(const PseudoTerminal&) = delete;

    std::FILE* out() const { return out_; }
    int slave() const { return slave_; }
    void resize(std::size_t columns) { columns_ = columns; }
    cli::Terminal size() const {
        cli::Terminal terminal;
        terminal.rows = 40;
        terminal.style.width = columns_;
        return terminal;
    }
    bool draws(const std::string& text) { return read_until(master_, seen_, text); }

  private:
    const int master_;
    int slave_ = -1;
    std::FILE* out_ = nullptr;
    std::atomic<std::size_t> columns_{100};
    std::string seen_;
};

cli::LiveTerminal::Settings settings_for(PseudoTerminal& terminal) {
    cli::LiveTerminal::Settings settings;
    settings.out = terminal.out();
    settings.terminal = [&terminal] { return terminal.size(); };
    settings.quit_with_keys = "stop and report";
    settings.quit_without_keys = "Ctrl-C stops the load and reports";
    return settings;
}

// A child process in the foreground of a terminal of its own, with the live view and its keys, until q. It exits with 0
// if the terminal then has its mode back.
class ForegroundChild {
  public:
    ForegroundChild() {
        winsize size{};
        size.ws_row = 40;
        size.ws_col = 100;
        id_ = ::forkpty(&master_, nullptr, nullptr, &size);
        REQUIRE(id_ >= 0);
        if (id_ == 0) ::_exit(run_child());
    }
    ~ForegroundChild() {
        if (id_ > 0) {
            ::kill(id_, SIGKILL);
            ::waitpid(id_, nullptr, 0);
        }
        ::close(master_);
    }
    ForegroundChild(const ForegroundChild&) = delete;
    ForegroundChild& operator=(const ForegroundChild&) = delete;

    bool draws(const std::string& text) { return read_until(master_, seen_, text); }
    void type(const std::string& keys) const { REQUIRE(::write(master_, keys.data(), keys.size()) > 0); }
    bool takes_single_keys() const {
        termios mode{};
        REQUIRE(::tcgetattr(master_, &mode) == 0);
        return (mode.c_lflag & ICANON) == 0;
    }
    int wait() {
        int status = 0;
        // Its last words are taken off, or it could not end.
        while (::waitpid(id_, &status, WNOHANG) == 0) {
            pollfd readable{master_, POLLIN, 0};
            char block[4096];
            if (::poll(&readable, 1, 20) == 1) [[maybe_unused]]
                const ssize_t got = ::read(master_, block, sizeof block);
        }
        id_ = -1;
        return status;
    }

  private:
    static int run_child() {
        for (const int number : {SIGINT, SIGTERM, SIGABRT})
            ::signal(number, SIG_DFL);  // the test runner's are no program's
        std::atomic<bool> quit{false};
        {
            cli::LiveTerminal::Settings settings;
            settings.out = stdout;
            settings.keys_from = STDIN_FILENO;
            settings.terminal = [] {
                cli::Terminal terminal;
                terminal.rows = 40;
                return terminal;
            };
            settings.quit_with_keys = "stop and report";
            settings.quit = [&quit] {
                quit = true;
                quit.notify_one();
            };
            cli::LiveTerminal live(std::move(settings));
            live.show(test::mock_view());
            quit.wait(false);
        }
        termios mode{};
        return ::tcgetattr(STDIN_FILENO, &mode) == 0 && (mode.c_lflag & ICANON) != 0 ? 0 : 1;
    }

    pid_t id_ = -1;
    int master_ = -1;
    std::string seen_;
};

}  // namespace

TEST_CASE("keys are heard at once, and the terminal has its mode back afterwards", "[cli]") {
    ForegroundChild child;
    REQUIRE(child.draws("? help"));
    CHECK(child.takes_single_keys());
    child.type("?");
    CHECK(child.draws("q, Ctrl-C  stop and report"));
    child.type("?d");
    CHECK(child.draws("d steps on"));
    child.type("q");
    CHECK(child.wait() == 0);
}

TEST_CASE("a process that Ctrl-C ends leaves its terminal as it was", "[cli]") {
    ForegroundChild child;
    REQUIRE(child.draws("? help"));
    child.type("\x03");
    const int status = child.wait();
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGINT);
    CHECK_FALSE(child.takes_single_keys());
}

TEST_CASE("each key that is shown does something, and any other does nothing", "[cli]") {
    LiveLayout layout;
    CHECK_FALSE(cli::press_keys("d", layout));
    CHECK_FALSE(layout.details);
    CHECK_FALSE(cli::press_keys("d?", layout));
    CHECK(layout.details);
    CHECK(layout.help);
    const LiveLayout before = layout;
    CHECK_FALSE(cli::press_keys("xyz \n", layout));
    CHECK_FALSE(cli::press_keys("\x1b[Aq", layout));  // an arrow is no q
    CHECK(layout == before);
    CHECK(cli::press_keys("q", layout));
}

TEST_CASE("the live terminal draws what it is given, again when its size changes, and leaves the last picture",
          "[cli]") {
    PseudoTerminal terminal;
    {
        cli::LiveTerminal live(settings_for(terminal));
        live.show(test::mock_view());
        CHECK(terminal.draws("Checkout"));
        CHECK(terminal.draws("Ctrl-C stops the load and reports"));
        terminal.resize(60);
        CHECK(terminal.draws("\x1b[J"));
        CHECK(terminal.draws("Checkout"));
        run::RunView last = test::mock_view();
        last.state = results::RunState::Finished;
        live.show(last);
    }
    CHECK(terminal.draws("finished"));
}

TEST_CASE("a descriptor that is no terminal has no keyboard", "[cli]") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    CHECK(cli::Keyboard::open(ends[0]) == nullptr);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("a terminal in whose foreground this process is not is left alone", "[cli]") {
    PseudoTerminal terminal;  // not the controlling one
    termios before{}, after{};
    REQUIRE(::tcgetattr(terminal.slave(), &before) == 0);
    CHECK(cli::Keyboard::open(terminal.slave()) == nullptr);
    REQUIRE(::tcgetattr(terminal.slave(), &after) == 0);
    CHECK(before.c_lflag == after.c_lflag);
}
