#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

#include <catch2/catch.hpp>

#include "controller/cli/app.h"
#include "controller/cli/completion.h"
#include "controller/cli/exit.h"
#include "controller/cli/progress.h"
#include "controller/cli/terminal.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/controller/cli/captured.h"

using namespace culvert;
using namespace culvert::test;

namespace {

cli::Environment environment_of(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
        const auto at = values.find(name);
        return at == values.end() ? std::nullopt : std::optional(at->second);
    };
}

}  // namespace

TEST_CASE("wrong usage is one line that says what and where to read more, and exits with 2", "[cli]") {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{},
                                               {"chek"},
                                               {"run"},
                                               {"check", "--wieghts"},
                                               {"run", "p.yaml", "--progress", "loud"},
                                               {"help", "nothing"},
                                               {"completion", "tcsh"}}) {
        const Outcome outcome = culvert_says(arguments);
        INFO(outcome.err);
        CHECK(outcome.code == ExitCode::Usage);
        CHECK(outcome.out.empty());
        CHECK(outcome.err.rfind("culvert: ", 0) == 0);
        CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    }
    CHECK(has(culvert_says({"chek"}).err, "did you mean culvert check?"));
}

TEST_CASE("every command explains itself with at least two examples, and every option says more than its name",
          "[cli]") {
    const std::string all = culvert_says({"--help"}).out;
    for (const char* command : {"init", "invite", "invites", "agents", "controllers", "revoke", "check", "run", "watch",
                                "stop", "runs", "report", "schema", "completion", "help"}) {
        INFO(command);
        CHECK(has(all, std::string("\n  ") + command + " "));
        const Outcome outcome = culvert_says({command, "--help"});
        CHECK(outcome.code == ExitCode::Ok);
        const std::size_t examples = outcome.out.find("Examples:");
        REQUIRE(examples != std::string::npos);
        std::size_t lines = 0;
        for (std::size_t at = outcome.out.find("culvert ", examples); at != std::string::npos;
             at = outcome.out.find("culvert ", at + 1))
            ++lines;
        CHECK(lines >= 2);
        CHECK(culvert_says({"help", command}).out == outcome.out);
    }
}

TEST_CASE("help exit-codes lists every code of the one table", "[cli]") {
    const std::string text = culvert_says({"help", "exit-codes"}).out;
    for (const ExitCodeText& code : exit_code_texts())
        CHECK(has(text, std::to_string(static_cast<int>(code.code)) + "  " + std::string(code.meaning)));
}

TEST_CASE("the version is printed on stdout", "[cli]") {
    CHECK(culvert_says({"--version"}).out == std::string("culvert ") + CULVERT_VERSION + "\n");
}

TEST_CASE("check prints every mistake and exits with 2, or the plan's load and exits with 0", "[cli]") {
    const test::TemporaryFolder folder;
    std::ofstream(folder.file("wrong.yaml")) << "culvert: 1\nnaem: X\nscenarios:\n  one:\n    load: [ constant_rate: { "
                                                "rate: 10, for: 2s } ]\n    steps: [ get: \"http://127.0.0.1/\" ]\n";
    const Outcome wrong = culvert_says({"check", folder.file("wrong.yaml")});
    CHECK(wrong.code == ExitCode::Usage);
    CHECK(wrong.out.empty());
    CHECK(has(wrong.err, "wrong.yaml:2:"));
    CHECK(has(wrong.err, "wrong.yaml:5:"));

    std::ofstream(folder.file("right.yaml")) << "culvert: 1\nname: X\nscenarios:\n  one:\n    load: [ constant_rate: { "
                                                "rate: 10/s, for: 2s } ]\n    steps: [ get: \"http://127.0.0.1/\" ]\n";
    const Outcome right = culvert_says({"check", folder.file("right.yaml"), "--agent", "3", "--agent", "1,region=eu"});
    CHECK(right.code == ExitCode::Ok);
    CHECK(has(right.out, "20 iterations"));
    CHECK(has(right.out, "agent 2"));
    CHECK(has(culvert_says({"check", folder.file("right.yaml"), "--json"}).out, "\"iterations\": 20"));
    CHECK(culvert_says({"check", folder.file("right.yaml"), "--agent", "heavy"}).code == ExitCode::Usage);
}

TEST_CASE("a command without a configuration says where it looked and how to make one", "[cli]") {
    const Outcome outcome = culvert_says({"agents", "--config", "/nowhere/controller.yaml"});
    CHECK(outcome.code == ExitCode::Usage);
    CHECK(has(outcome.err, "/nowhere/controller.yaml"));
    CHECK(has(outcome.err, "culvert init"));
}

TEST_CASE("init makes a mesh once and replaces nothing, its store then lists no runs and no invites", "[cli]") {
    const test::TemporaryFolder folder;
    const std::string mesh = folder.file("acme");
    const Outcome made =
        culvert_says({"init", mesh, "--relay", "wss://relay.example.com/mesh", "--proxy", "http://proxy.corp:3128",
                      "--proxy-user", "ana", "--proxy-password-file", "/run/secrets/proxy"});
    INFO(made.err);
    REQUIRE(made.code == ExitCode::Ok);
    CHECK(has(made.out, "mesh acme"));
    CHECK(has(content(mesh + "/controller.yaml"), "http://proxy.corp:3128"));
    CHECK(has(content(mesh + "/controller.yaml"), "/run/secrets/proxy"));
    CHECK(culvert_says({"init", mesh, "--relay", "wss://relay.example.com/mesh"}).code == ExitCode::Usage);

    const std::string config = mesh + "/controller.yaml";
    CHECK(culvert_says({"runs", "--config", config}).out == "No runs yet. Start one: culvert run PLAN\n");
    CHECK(culvert_says({"invites", "--config", config}).out == "No invites yet. Make one: culvert invite\n");
    CHECK(culvert_says({"watch", "7f3a", "--config", config}).code == ExitCode::Usage);
    CHECK(culvert_says({"revoke", "nobody", "--config", config}).code == ExitCode::Usage);

    const Outcome invite = culvert_says({"invite", "--quiet", "--no-wait", "--label", "region=eu", "--config", config});
    CHECK(invite.code == ExitCode::Ok);
    CHECK(invite.out.rfind("cvj1_", 0) == 0);
    CHECK(invite.err.empty());
    CHECK(culvert_says({"invite", "--label", "region", "--config", config}).code == ExitCode::Usage);
    CHECK(culvert_says({"invite", "--expires", "24", "--config", config}).code == ExitCode::Usage);
    CHECK(has(culvert_says({"invites", "--config", config}).out, "region=eu"));
}

TEST_CASE("a run that cannot start because of its plan or options touches no mesh", "[cli]") {
    const test::TemporaryFolder folder;
    std::ofstream(folder.file("p.yaml")) << "culvert: 1\nname: X\nscenarios:\n  one:\n    load: [ constant_rate: { "
                                            "rate: 10/s, for: 2s } ]\n    steps: [ get: \"http://127.0.0.1/\" ]\n";
    const std::string plan = folder.file("p.yaml");
    CHECK(culvert_says({"run", "/nowhere/plan.yaml"}).code == ExitCode::Usage);
    CHECK(culvert_says({"run", plan, "--set", "nothing"}).code == ExitCode::Usage);
    CHECK(culvert_says({"run", plan, "--set", "a=1", "--set", "a=2"}).code == ExitCode::Usage);
    CHECK(culvert_says({"run", plan, "--agents", "region"}).code == ExitCode::Usage);
    CHECK(culvert_says({"run", plan, "--config", "/nowhere/controller.yaml"}).code == ExitCode::Usage);
}

TEST_CASE("completion knows every command and its options, for three shells", "[cli]") {
    const std::string bash = culvert_says({"completion", "bash"}).out;
    CHECK(has(bash, "invites agents controllers revoke check try run"));
    CHECK(has(bash, "--wait-for-agents"));
    CHECK(has(culvert_says({"completion", "zsh"}).out, "#compdef culvert"));
    CHECK(has(culvert_says({"completion", "fish"}).out, "-l wait-for-agents"));
    CHECK_FALSE(cli::completion_script("tcsh", {}));
    test::check_golden("cli/completion.bash",
                       *cli::completion_script(
                           "bash", {{"run", "Run a plan", {"--out"}, {}}, {"help", "It's help", {}, {"exit-codes"}}}));
    CHECK(has(*cli::completion_script("zsh", {{"help", "It's help", {}, {}}}), "'help:It'\\''s help'"));
}

TEST_CASE("colours need a terminal, and NO_COLOR or a dumb one forbid them", "[cli]") {
    const auto utf8 = environment_of({{"LANG", "de_DE.UTF-8"}});
    CHECK(cli::terminal_of(true, 120, utf8).style.color);
    CHECK(cli::terminal_of(true, 120, utf8).style.width == 120);
    CHECK_FALSE(cli::terminal_of(false, std::nullopt, utf8).style.color);
    CHECK(cli::terminal_of(false, std::nullopt, utf8).style.width == 100);
    CHECK_FALSE(cli::terminal_of(true, 80, environment_of({{"NO_COLOR", "1"}})).style.color);
    CHECK(cli::terminal_of(true, 80, environment_of({{"NO_COLOR", ""}})).style.color);
    CHECK_FALSE(cli::terminal_of(true, 80, environment_of({{"TERM", "dumb"}})).interactive);
}

TEST_CASE("the first of LC_ALL, LC_CTYPE and LANG that is set decides about UTF-8", "[cli]") {
    CHECK(cli::terminal_of(true, 80, environment_of({{"LANG", "C.UTF-8"}})).style.unicode);
    CHECK_FALSE(cli::terminal_of(true, 80, environment_of({{"LC_ALL", "C"}, {"LANG", "C.UTF-8"}})).style.unicode);
    CHECK(cli::terminal_of(true, 80, environment_of({{"LC_ALL", ""}, {"LANG", "en_US.utf8"}})).style.unicode);
    CHECK_FALSE(cli::terminal_of(true, 80, environment_of({})).style.unicode);
}

TEST_CASE("automatic progress is live on a terminal and plain elsewhere", "[cli]") {
    CHECK(cli::progress_on(cli::Progress::Auto, true) == cli::Progress::Live);
    CHECK(cli::progress_on(cli::Progress::Auto, false) == cli::Progress::Plain);
    CHECK(cli::progress_on(cli::Progress::None, true) == cli::Progress::None);
}

TEST_CASE("the exit code says what the user can do about an error", "[cli]") {
    Captured quiet;
    CHECK(cli::fail_with(Error{Code::InvalidInput, "x"}) == ExitCode::Usage);
    CHECK(cli::fail_with(Error{Code::Disconnected, "x"}) == ExitCode::RelayNotReached);
    CHECK(cli::fail_with(Error{Code::Unauthorized, "x"}) == ExitCode::RelayNotReached);
    CHECK(cli::fail_with(Error{Code::Internal, "x"}) == ExitCode::Internal);
}
