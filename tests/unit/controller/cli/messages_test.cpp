// What a person sees who gets something wrong: one clear line, the right exit code, nothing started.
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "controller/cli/confirm.h"
#include "tests/unit/controller/cli/captured.h"

using namespace culvert;
using namespace culvert::test;

namespace {

const std::string kPlan =
    "culvert: 1\nname: X\nvariables:\n  key: { env: CULVERT_TEST_KEY, secret: true }\nscenarios:\n  one:\n    load: [ "
    "constant_rate: { rate: 10/s, for: 2s } ]\n    steps: [ get: \"http://127.0.0.1/${key}\" ]\n";

class Bench {
  public:
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(folder.file(name), std::ios::binary) << text;
        return folder.file(name);
    }
    std::string config() const {
        const std::string mesh = folder.file("acme");
        if (!std::filesystem::exists(mesh))
            REQUIRE(culvert_says({"init", mesh, "--relay", "wss://127.0.0.1:1/mesh"}).code == ExitCode::Ok);
        return mesh + "/controller.yaml";
    }

    TemporaryFolder folder;
};

std::size_t lines_in(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// One line on stderr, nothing on stdout, exit code 2.
std::string refusal(const std::vector<std::string>& arguments) {
    const Outcome outcome = culvert_says(arguments);
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == ExitCode::Usage);
    CHECK(outcome.out.empty());
    CHECK(lines_in(outcome.err) == 1);
    return outcome.err;
}

}  // namespace

TEST_CASE("a secret that the environment lacks is told with its place by check, try and run alike", "[cli]") {
    const Bench bench;
    const std::string plan = bench.write("p.yaml", kPlan), config = bench.config();
    ::unsetenv("CULVERT_TEST_KEY");
    for (const char* command : {"check", "try", "run"}) {
        std::vector<std::string> arguments{command, plan};
        if (arguments[0] != "check") arguments.insert(arguments.end(), {"--config", config});
        CHECK(refusal(arguments) ==
              plan + ":4:3: variables.key: the environment has no CULVERT_TEST_KEY; export CULVERT_TEST_KEY=...\n");
    }
    ::setenv("CULVERT_TEST_KEY", "s3cret", 1);
    const Outcome right = culvert_says({"check", plan});
    CHECK(right.code == ExitCode::Ok);
    CHECK_FALSE(has(right.out + right.err, "s3cret"));
    ::unsetenv("CULVERT_TEST_KEY");
    CHECK(culvert_says({"check", plan, "--set", "key=x"}).code == ExitCode::Ok);
}

TEST_CASE("a --set of a variable that the plan lacks says which it has", "[cli]") {
    const Bench bench;
    const std::string plan = bench.write("p.yaml", kPlan);
    CHECK(has(refusal({"check", plan, "--set", "key=1", "--set", "kye=2"}), "did you mean key?"));
    CHECK(has(refusal({"check", plan, "--set", "key=1", "--set", "nothing=2"}), "it has key"));
    CHECK(has(refusal({"check", plan, "--set", "=2"}), "write NAME=VALUE"));
}

TEST_CASE("a folder, an empty file, a huge one and one that is something else are named in place of a plan", "[cli]") {
    const Bench bench;
    const std::string folder = bench.folder.file("");
    CHECK(has(refusal({"check", folder}), "is a folder; name a file in it"));
    CHECK(has(refusal({"check", bench.write("e.yaml", "")}), "e.yaml: the file is empty"));
    CHECK(has(refusal({"check", bench.write("big.yaml", std::string(5'000'000, 'a'))}), "is larger than 4MiB"));
    CHECK(has(refusal({"check", bench.config()}), "is the configuration of a node; a plan is wanted here"));
    CHECK(has(refusal({"check", folder + "/nowhere.yaml"}), "nowhere.yaml"));
    CHECK(has(refusal({"check", bench.write("b.yaml", std::string("culvert: 1\x01\n"))}), "control character"));
    CHECK(
        has(refusal({"runs", "--config", bench.write("p.yaml", kPlan)}), "is a plan; a configuration is wanted here"));
    CHECK(has(refusal({"runs", "--config", bench.folder.file("acme")}), "is a folder; write "));
    CHECK(has(refusal({"runs", "--config", bench.folder.file("acme")}), "acme/controller.yaml"));
}

TEST_CASE("aliases that would grow without bound are refused, each with its place", "[cli]") {
    const Bench bench;
    const Outcome outcome =
        culvert_says({"check", bench.write("bomb.yaml", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n")});
    CHECK(outcome.code == ExitCode::Usage);
    CHECK(has(outcome.err, "bomb.yaml:2:8: b[0]: a value that begins with * must stand in quotes"));
}

TEST_CASE("names with unusual characters do not change what the terminal does", "[cli]") {
    const Bench bench;
    const std::string name = "pl\x1b[31m\xc3\xa4n \xe8\xa8\x88.yaml";
    const Outcome outcome = culvert_says({"check", bench.folder.file(name)});
    CHECK(outcome.code == ExitCode::Usage);
    CHECK(lines_in(outcome.err) == 1);
    CHECK_FALSE(has(outcome.err, "\x1b"));
    CHECK(has(outcome.err, "\xe8\xa8\x88.yaml"));
}

TEST_CASE("a run that nobody knows is named, with where to look", "[cli]") {
    const Bench bench;
    for (const char* command : {"watch", "stop", "report"}) {
        const std::string line = refusal({command, "7f3a", "--config", bench.config()});
        CHECK(has(line, "7f3a"));
        CHECK(has(line, "culvert runs"));
    }
    CHECK(has(refusal({"report", "", "--config", bench.config()}), "culvert runs"));
}

TEST_CASE("a controller is listed, gets a colleague, and both can be told apart", "[cli]") {
    const Bench bench;
    const std::string config = bench.config();
    CHECK(has(culvert_says({"controllers", "--config", config}).out, "this one"));
    const Outcome added =
        culvert_says({"controllers", "add", "ci", "--out", bench.folder.file("ci"), "--config", config});
    CHECK(added.code == ExitCode::Ok);
    CHECK(has(added.out, "controller ci ("));
    struct stat status {};
    REQUIRE(::stat(bench.folder.file("ci/identity.pem").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(has(culvert_says({"controllers", "--json", "--config", config}).out, "\"name\": \"ci\""));
    CHECK(has(refusal({"controllers", "add", "ci", "--out", bench.folder.file("x"), "--config", config}),
              "a controller has the name ci already"));
}

TEST_CASE("what cannot be undone is not done without an answer", "[cli]") {
    const Bench bench;
    const std::string config = bench.config();
    REQUIRE(culvert_says({"controllers", "add", "ci", "--out", bench.folder.file("ci"), "--config", config}).code ==
            ExitCode::Ok);
    CHECK(has(refusal({"revoke", "ci", "--config", config}), "add --yes"));
    CHECK_FALSE(has(culvert_says({"controllers", "--config", config}).out, "revoked"));
    CHECK(has(refusal({"revoke", "cj", "--yes", "--config", config}), "did you mean ci?"));
}

TEST_CASE("y and yes agree, and where a name is asked for only the name", "[cli]") {
    const cli::Question plain{"Sure?", {}};
    for (const char* answer : {"y", "Y\n", " yes ", "YES"}) CHECK(cli::agrees(plain, answer));
    for (const char* answer : {"", "n", "yep", "no"}) CHECK_FALSE(cli::agrees(plain, answer));
    const cli::Question named{"Sure?", "laptop"};
    CHECK(cli::agrees(named, "laptop\n"));
    for (const char* answer : {"y", "Laptop", ""}) CHECK_FALSE(cli::agrees(named, answer));
}

TEST_CASE("options of try that cannot be meant are refused before anything is reached", "[cli]") {
    const Bench bench;
    const std::string config = bench.config();
    const std::string plan = bench.write("p.yaml", kPlan);
    const auto tried = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"try", plan, "--set", "key=1", "--config", config};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return refusal(arguments);
    };
    CHECK(has(tried({"--scenario", "on"}), "one"));
    CHECK(has(tried({"--agents", "region"}), "region"));
    CHECK(has(tried({"--agents", "region=eu", "--agent", "fra-1"}), "excludes"));
    CHECK(has(tried({"--log", "loud"}), "loud"));
}

TEST_CASE("an option that cannot be read says what it takes", "[cli]") {
    CHECK(has(refusal({"run", "p.yaml", "--wait-for-agents", "-1"}), "\"-1\" is no whole number from 1 to 100000"));
    CHECK(has(refusal({"run", "p.yaml", "--seed", "abc"}), "--seed: \"abc\" is no whole number from 0 to "));
    CHECK(has(refusal({"run", "p.yaml", "--progress", "fast"}), "\"fast\" is none of auto, live, plain, none"));
    CHECK(has(refusal({"try", "p.yaml", "--log", "xml"}), "\"xml\" is none of text, json"));
    CHECK(has(refusal({"run", "p.yaml", "--agnets", "a=b"}), "has no option --agnets; did you mean --agents?"));
    CHECK(has(refusal({"run", "p.yaml", "--agnets=a=b"}), "has no option --agnets; did you mean --agents?"));
    CHECK(has(refusal({"check", "p.yaml", "q.yaml"}), "\"q.yaml\" is more than culvert check takes"));
    CHECK(has(refusal({"runs", "--config", ""}), "--config: is empty"));
    CHECK(has(refusal({"--config", "x", "agents"}), "--config stands before a command"));
    CHECK(has(refusal({"invite", "--uses", "0"}), "\"0\" is no whole number from 1 to 10000"));
    CHECK(has(refusal({"runs", "--most", "many"}), "\"many\" is no whole number"));
}

TEST_CASE("a report's folder that cannot be made is told before anything is reached", "[cli]") {
    const Bench bench;
    const std::string plan = bench.write("p.yaml", kPlan), file = bench.write("file", "x");
    for (const std::string& out : {file, file + "/below", std::string("/proc/nowhere/out")}) {
        const Outcome outcome = culvert_says(
            {"run", plan, "--set", "key=1", "--config", bench.config(), "--progress", "none", "--out", out});
        CHECK(outcome.code == ExitCode::Usage);
        CHECK(has(outcome.err, "culvert: --out " + out + ": "));
    }
}
