#include "agent/cli/checklist.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace culvert;
using agent::cli::Checklist;

namespace {

struct Lines {
    Checklist checklist{[this](std::string_view line) { lines.emplace_back(line); }};
    std::vector<std::string> lines;
};

}  // namespace

TEST_CASE("each step is one line with its mark", "[cli]") {
    Lines lines;
    lines.checklist.passed("token", "mesh acme");
    lines.checklist.failed("CONNECT", "407");
    lines.checklist.noted("clock", "behind");
    lines.checklist.passed("a step with a long name", "x");
    CHECK(lines.lines == std::vector<std::string>{"✓ token       mesh acme", "✗ CONNECT     407",
                                                  "! clock       behind", "✓ a step with a long name x"});
}

TEST_CASE("waiting for the same is said once", "[cli]") {
    Lines lines;
    lines.checklist.waiting("signature", "pending");
    lines.checklist.waiting("signature", "pending");
    lines.checklist.waiting("signature", "signed soon");
    CHECK(lines.lines.size() == 2);
}

TEST_CASE("a proxy's words cannot drive the terminal", "[cli]") {
    Lines lines;
    lines.checklist.failed("proxy", "bad\x1b[2J\nline");
    CHECK(lines.lines.front() == "✗ proxy       bad [2J line");
}
