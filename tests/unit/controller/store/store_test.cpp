#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <thread>

#include <catch2/catch.hpp>

#include "controller/store/store.h"
#include "temporary_folder.h"

using namespace culvert;
using namespace culvert::store;
using namespace std::chrono_literals;

namespace {

RunRecord run_record(const std::string& id, std::chrono::milliseconds started = 1000ms) {
    RunRecord run;
    run.id = id;
    run.name = "Checkout";
    run.plan_file = "plans/checkout.yaml";
    run.state = "running";
    run.started = WallTime(started);
    run.out_dir = "runs/" + id;
    run.pid = 4711;
    run.control_socket = "runs/" + id + "/control.sock";
    run.agents = 3;
    return run;
}

SeenAgent seen(const std::string& name, std::chrono::seconds at) {
    SeenAgent agent;
    agent.name = name;
    agent.node.bytes[3] = 7;
    agent.labels = {{"region", "eu"}, {"odd", "a=b c"}};
    agent.weight = 2.5;
    agent.program_version = "1.2.0";
    agent.transport = "websocket";
    agent.proxy = "http://px:8080";
    agent.last_seen = WallTime(at);
    agent.last_words = "proxy closed the link, 502";
    return agent;
}

}  // namespace

TEST_CASE("a run is kept, changed and found by the beginning of its id", "[store]") {
    const TemporaryFolder folder;
    const auto store = Store::open(folder.file("runs.sqlite"));
    REQUIRE(store);
    RunStore& runs = (*store)->runs();
    RunRecord run = run_record("7f3a0001");
    REQUIRE(runs.put(run));
    REQUIRE(runs.put(run_record("81c20001", 2000ms)));
    CHECK(*runs.find("7f3a") == run);

    run.state = "finished";
    run.ended = WallTime(9000ms);
    run.verdict = "PASS";
    run.trust = "SUSPECT";
    run.exit_code = 6;
    REQUIRE(runs.put(run));
    CHECK(*runs.find("7f3a0001") == run);
    const auto list = runs.list(10);
    REQUIRE(list);
    REQUIRE(list->size() == 2);
    CHECK((*list)[0].id == "81c20001");
    CHECK(runs.list(1)->size() == 1);
}

TEST_CASE("a run that is not there, or not the only one, is an error in words", "[store]") {
    const TemporaryFolder folder;
    const auto store = Store::open(folder.file("runs.sqlite"));
    RunStore& runs = (*store)->runs();
    REQUIRE(runs.put(run_record("aa01")));
    REQUIRE(runs.put(run_record("aa02")));
    REQUIRE(runs.put(run_record("aa")));
    CHECK(runs.find("aa")->id == "aa");
    CHECK(runs.find("zz").error().message == "no run \"zz\"; culvert runs lists them");
    CHECK(runs.find("").error().code == Code::InvalidInput);
    CHECK(runs.find("%").error().code == Code::InvalidInput);
    REQUIRE(runs.put(run_record("ab01")));
    CHECK(runs.find("a").error().message.find("several runs") != std::string::npos);
}

TEST_CASE("one run of a name is the baseline, and stays it when it is put again", "[store]") {
    const TemporaryFolder folder;
    const auto store = Store::open(folder.file("runs.sqlite"));
    RunStore& runs = (*store)->runs();
    REQUIRE(runs.put(run_record("a1")));
    REQUIRE(runs.put(run_record("a2")));
    CHECK_FALSE(*runs.baseline_of("Checkout"));
    REQUIRE(runs.mark_baseline("a1"));
    REQUIRE(runs.mark_baseline("a2"));
    REQUIRE(runs.put(run_record("a2")));
    CHECK((*runs.baseline_of("Checkout"))->id == "a2");
    CHECK_FALSE(runs.find("a1")->baseline);
    CHECK_FALSE(runs.mark_baseline("zz"));
    CHECK((*runs.baseline_of("Checkout"))->id == "a2");
}

TEST_CASE("agents stay known with their last words, and an older sight does not replace a newer", "[store]") {
    const TemporaryFolder folder;
    const auto store = Store::open(folder.file("runs.sqlite"));
    AgentStore& agents = (*store)->agents();
    REQUIRE(agents.saw(seen("sin-1", 200s)));
    REQUIRE(agents.saw(seen("fra-1", 100s)));
    SeenAgent older = seen("sin-1", 150s);
    older.last_words = "old";
    REQUIRE(agents.saw(older));
    const auto list = agents.list();
    REQUIRE(list);
    REQUIRE(list->size() == 2);
    CHECK((*list)[0] == seen("fra-1", 100s));
    CHECK((*list)[1] == seen("sin-1", 200s));
    REQUIRE(agents.forget("fra-1"));
    REQUIRE(agents.forget("nobody"));
    CHECK(agents.list()->size() == 1);
}

TEST_CASE("a process that lives is told from one that does not", "[store]") {
    CHECK(process_lives(::getpid()));
    CHECK_FALSE(process_lives(0));
    CHECK_FALSE(process_lives(-1));
    CHECK_FALSE(process_lives(0x7fffffff));
}

TEST_CASE("a process that died and that nobody has asked about yet does not live", "[store]") {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    siginfo_t ended{};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) == 0);
    CHECK_FALSE(process_lives(child));
    ::waitpid(child, nullptr, 0);
}

TEST_CASE("the file is the owner's alone and survives being closed", "[store]") {
    const TemporaryFolder folder;
    const auto file = folder.file("runs.sqlite");
    {
        const auto store = Store::open(file);
        REQUIRE((*store)->runs().put(run_record("a1")));
    }
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK((*Store::open(file))->runs().find("a1"));
}

TEST_CASE("a file of a later version, a file that is no store and a folder that is missing are refused in words",
          "[store]") {
    const TemporaryFolder folder;
    const auto file = folder.file("runs.sqlite");
    REQUIRE(Store::open(file));
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &raw) == SQLITE_OK);
    REQUIRE(sqlite3_exec(raw, "PRAGMA user_version=99", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(raw);
    CHECK(Store::open(file).error().message.find("later version") != std::string::npos);

    const auto text = folder.file("text");
    std::ofstream(text) << "this is not a database, but a text that is long enough to be looked at as one\n";
    CHECK(Store::open(text).error().message.find("text") != std::string::npos);
    CHECK(Store::open(folder.file("no/such/folder.sqlite")).error().message.find("No such file") != std::string::npos);
}

TEST_CASE("several connections write at once without losing anything", "[store]") {
    const TemporaryFolder folder;
    const auto file = folder.file("runs.sqlite");
    constexpr int kWriters = 4, kRuns = 25;
    std::vector<std::thread> writers;
    std::vector<std::string> errors(kWriters);
    for (int writer = 0; writer < kWriters; ++writer) {
        writers.emplace_back([writer, &file, &errors] {
            const auto store = Store::open(file);  // all of them may find it new
            if (!store) {
                errors[static_cast<std::size_t>(writer)] = store.error().message;
                return;
            }
            for (int i = 0; i < kRuns; ++i) {
                const Status put = (*store)->runs().put(run_record(std::to_string(writer) + "-" + std::to_string(i)));
                if (!put) errors[static_cast<std::size_t>(writer)] = put.error().message;
            }
        });
    }
    for (std::thread& writer : writers) writer.join();
    for (const std::string& error : errors) CHECK(error == "");
    CHECK((*Store::open(file))->runs().list(1000)->size() == kWriters * kRuns);
}
