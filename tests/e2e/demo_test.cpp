#include <catch2/catch.hpp>

#include "controller/demo/child_process.h"
#include "e2e_mesh.h"

using namespace culvert;
using namespace culvert::e2e;
using namespace std::chrono_literals;

namespace {

struct Folder {
    Folder() {
        char name[] = "/tmp/culvert-e2e-XXXXXX";
        path = ::mkdtemp(name);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

// A busy machine may make the demo's own run SUSPECT (exit code 6), and it is right to say so; what it proves, it
// proves all the same.
bool ran_well(demo::Exit exit) {
    return exit == 0 || exit == 6;
}

demo::Exit run_demo(const Folder& folder, std::vector<std::string> more) {
    std::vector<std::string> argv{"culvert", "demo", "--for", "8s",
                                  "--rate",  "50/s", "--out", (folder.path / "report").string()};
    argv.insert(argv.end(), more.begin(), more.end());
    const auto exit = demo::run_to_end(
        {.argv = argv, .environment = {}, .output = folder.path / "log", .stdout_file = {}, .directory = folder.path},
        100s);
    return exit.value_or(-1);
}

}  // namespace

TEST_CASE("the demo runs, checks what it claims and leaves a report", "[e2e]") {
    const Folder folder;
    const auto exit = run_demo(folder, {});
    INFO(read_text(folder.path / "log"));
    CHECK(ran_well(exit));
    CHECK(read_text(folder.path / "log").find("the report counts") != std::string::npos);
    CHECK(std::filesystem::file_size(folder.path / "report/report.html") > 10'000);
}

TEST_CASE("the demo runs on loopback where namespaces are not wanted", "[e2e]") {
    const Folder folder;
    const auto exit = run_demo(folder, {"--loopback"});
    INFO(read_text(folder.path / "log"));
    CHECK(ran_well(exit));
    CHECK(read_text(folder.path / "log").find("the report counts") != std::string::npos);
}
