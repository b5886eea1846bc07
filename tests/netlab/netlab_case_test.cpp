// Cases are read before any network is made.
#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>

#include "check.h"
#include "check_doctor.h"
#include "crowd.h"
#include "netlab_case.h"
#include "sanitizers.h"
#include "table.h"
#include "tests/support/temporary_folder.h"

using namespace culvert;
using namespace culvert::netlab;

namespace {

void write(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

std::string mistake(const std::string& text) {
    const test::TemporaryFolder folder;
    write(folder.file("cases/one.yaml"), text);
    write(folder.file("servers/box.yaml"), "port: 3128\nwith: { color: red }\nrun: [ box ]\n");
    const auto loaded = load_case(folder.path(), "one");
    REQUIRE_FALSE(loaded);
    return loaded.error().message;
}

}  // namespace

TEST_CASE("every case of the netlab can be read", "[netlab]") {
    const auto names = case_names(CULVERT_NETLAB_DIR);
    CHECK(names.size() >= 70);
    for (const std::string& name : names) {
        const auto loaded = load_case(CULVERT_NETLAB_DIR, name);
        INFO((loaded ? name : loaded.error().message));
        REQUIRE(loaded);
        CHECK_FALSE(loaded->modes.empty());
    }
}

TEST_CASE("every failure mode of the list has a case", "[netlab]") {
    std::vector<std::string> modes;
    for (const std::string& name : case_names(CULVERT_NETLAB_DIR)) {
        const auto loaded = load_case(CULVERT_NETLAB_DIR, name);
        REQUIRE(loaded);
        modes.insert(modes.end(), loaded->modes.begin(), loaded->modes.end());
    }
    for (int mode = 1; mode <= 20; ++mode) {
        INFO("mode " << mode);
        CHECK(std::count(modes.begin(), modes.end(), std::to_string(mode)) > 0);
    }
}

TEST_CASE("a mistake in a case is named with what to write instead", "[netlab]") {
    CHECK(mistake("title: x\nmode: [ 1 ]\nexpct: { }\n").find("did you mean expect?") != std::string::npos);
    CHECK(mistake("title: x\nmode: [ 1 ]\nexpect: { run: false }\n").find("online_within or offline_for") !=
          std::string::npos);
    CHECK(mistake("title: x\nmode: [ 1 ]\nservers: { a: { use: box, with: { size: 1 } } }\n").find("no \"size\"") !=
          std::string::npos);
    CHECK(mistake("title: x\nmode: [ 1 ]\nexpect: { online_within: 5 }\n").find("unit") != std::string::npos);
    CHECK(mistake("title: x\nmode: [ 1 ]\nherd: { quick: 3, full: 5 }\nexpect: { online_within: 5s }\n")
              .find("herd_back_within") != std::string::npos);
    CHECK(load_case(CULVERT_NETLAB_DIR, "wrong-pasword").error().message.find("did you mean wrong-password?") !=
          std::string::npos);
}

TEST_CASE("variables are expanded, also within values, unknown ones and circles are named", "[netlab]") {
    const Variables variables{{"a", "1${b}"}, {"b", "2"}, {"c", "${d}"}, {"d", "${c}"}};
    CHECK(expand("x${a}y$z", variables) == "x12y$z");
    CHECK(expand("${e}", variables).error().message.find("${e}") != std::string::npos);
    CHECK(expand("${c}", variables).error().message.find("leads back") != std::string::npos);
    CHECK_FALSE(expand("${a", variables));
}

TEST_CASE("what a log lacks and what it has too much of is told apart", "[netlab]") {
    const test::TemporaryFolder folder;
    write(folder.file("agent1.log"), "tried\ntried\n");
    const std::vector<LogRule> rules{{"agent", "", "tried", 0, 1}, {"agent", "", "online", 1, {}}};
    CHECK(check_logs(rules, folder.path(), WhenMissing::Wait).size() == 1);
    CHECK(check_logs(rules, folder.path(), WhenMissing::Report).size() == 2);
}

TEST_CASE("what a sanitizer has written is a reason to fail, and shown", "[netlab]") {
    const test::TemporaryFolder folder;
    CHECK(sanitizer_findings(folder.path()).empty());
    const auto environment = sanitizer_environment(folder.path());
    CHECK(environment.empty() == !sanitized());
    write(folder.file("sanitizer-report.culvert-agent.17"), "==17==ERROR: LeakSanitizer: detected memory leaks\n");
    const auto findings = sanitizer_findings(folder.path());
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().find("culvert-agent.17 begins with") != std::string::npos);
    CHECK(findings.front().find("LeakSanitizer") != std::string::npos);
}

TEST_CASE("a table replaces the one that stands between its marks", "[netlab]") {
    const test::TemporaryFolder folder;
    const std::filesystem::path file = folder.file("page.md");
    write(file, "before\n<!-- netlab -->\nold\n<!-- /netlab -->\nafter\n");
    Case row;
    row.name = "one";
    REQUIRE(write_table(file, {{row, Outcome{}}}));
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    CHECK(text.starts_with("before\n<!-- netlab -->\n| case |"));
    CHECK(text.ends_with("<!-- /netlab -->\nafter\n"));
    CHECK(text.find("old") == std::string::npos);
    CHECK(text.find("FAIL") != std::string::npos);
}

TEST_CASE("a herd is judged by what it says itself and by the relay's counters", "[netlab]") {
    const std::string says =
        "{\"at_s\":9.0,\"outage\":0,\"links\":3,\"back_after_s\":2.50,\"attempts\":3,\"handshake_ms\":{\"p50\":1.0,"
        "\"p99\":2.0,\"max\":3.0}}\n"
        "{\"at_s\":10.0,\"up\":3,\"connecting\":0}\n"
        "{\"at_s\":19.0,\"outage\":1,\"links\":3,\"back_after_s\":4.25,\"attempts\":8,\"handshake_ms\":{\"p50\":5.0,"
        "\"p99\":6.5,\"max\":7.0}}\n{\"at_s\":20.0,\"up\":";
    const auto last = test::last_return(says);
    REQUIRE(last);
    CHECK(last->outage == 1);
    CHECK(last->took == std::chrono::milliseconds(4250));
    CHECK(last->attempts == 8);
    CHECK(last->handshake_p99_ms == 6.5);
    CHECK_FALSE(test::last_return("{\"at_s\":10.0,\"up\":3,\"connecting\":0}\n"));

    using std::chrono::milliseconds;
    const auto look = [](int at_ms, int handshakes) {
        auto made = relay_look("culvert_relay_handshakes_total " + std::to_string(handshakes) +
                               "\nculvert_relay_handshakes_per_second_limit 200\n");
        REQUIRE(made);
        made->from = SteadyTime(milliseconds(at_ms));
        made->to = made->from + milliseconds(10);
        return *made;
    };
    CHECK(look(0, 100).limit_per_second == 200);
    CHECK(*handshakes_per_second(look(0, 100), look(990, 290)) == Approx(190));
    CHECK_FALSE(handshakes_per_second(look(0, 100), look(1000, 7)));
    CHECK_FALSE(relay_look("culvert_relay_handshakes_total 1\n"));
}

TEST_CASE("a doctor that names another hop, or says something else, is told", "[netlab]") {
    const test::TemporaryFolder folder;
    write(folder.file("out.json"),
          R"({"checks":[{"hop":"TLS","outcome":"noted"},{"hop":"CONNECT","outcome":"failed"}]})");
    write(folder.file("report.txt"), "refuses connections");
    const auto wrong = [&folder](const DoctorRule& rule, std::optional<demo::Exit> exit) {
        return check_doctor(rule, exit, folder.file("out.json"), folder.file("report.txt")).size();
    };
    const DoctorRule right{"agent", {"CONNECT"}, {{"TLS"}}, 5, "refuses"};
    CHECK(wrong(right, 5) == 0);
    CHECK(wrong(right, 0) == 1);
    CHECK(wrong(right, std::nullopt) == 1);
    CHECK(wrong({"agent", {"TLS"}, {{}}, 5, "accepts"}, 5) == 3);
}
