#include "common/base/log.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

using namespace culvert;

namespace {

// What is written to stderr while `action` runs.
template <class Action>
std::string captured(Action action) {
    char name[] = "/tmp/culvert-log-XXXXXX";
    const int file = ::mkstemp(name);
    const int before = ::dup(STDERR_FILENO);
    std::fflush(stderr);
    ::dup2(file, STDERR_FILENO);
    action();
    std::fflush(stderr);
    ::dup2(before, STDERR_FILENO);
    ::close(before);
    ::close(file);
    std::ifstream in(name);
    std::ostringstream out;
    out << in.rdbuf();
    ::unlink(name);
    return out.str();
}

}  // namespace

TEST_CASE("a log line names its fields, and foreign text cannot forge another line", "[base]") {
    const std::string line = captured([] {
        log::info("link up", {{"relay", "wss://r\n2026 error forged"}, {"run", "7f3a"}});
    });
    CHECK(line.find("link up relay=wss://r?2026 error forged run=7f3a\n") != std::string::npos);
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
}

TEST_CASE("what is below the level is not written", "[base]") {
    CHECK(captured([] { log::debug("too fine"); }).empty());
}
