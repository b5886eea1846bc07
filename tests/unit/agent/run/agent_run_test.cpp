#include "agent/run/agent_run.h"

#include <catch2/catch.hpp>

#include "common/crypto/digest.h"
#include "common/protocol/rows.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/virtual_time.h"
#include "tests/unit/agent/run/fake_engine.h"

using namespace culvert;
using namespace culvert::test;
using agent::run::AgentRun;
using agent::run::FileStore;
using agent::run::State;
using agent::worker::StopMode;
using protocol::Outcome;
using namespace std::chrono_literals;

namespace {

struct Outlet final : agent::run::RunOutlet {
    void send(const protocol::AgentMessage& message) override { sent.push_back(message); }
    bool has_room() const override { return room; }

    template <class Message>
    std::vector<Message> all() const {
        std::vector<Message> found;
        for (const auto& message : sent) {
            if (const auto* one = std::get_if<Message>(&message)) found.push_back(*one);
        }
        return found;
    }
    template <class Message>
    Message only() const {
        const auto found = all<Message>();
        REQUIRE(found.size() == 1);
        return found.front();
    }

    std::vector<protocol::AgentMessage> sent;
    bool room = true;
};

protocol::FileRef ref_of(const std::string& content) {
    protocol::FileRef ref;
    const std::string hash = crypto::sha256(content);
    std::copy(hash.begin(), hash.end(), ref.sha256.begin());
    ref.size = content.size();
    return ref;
}

struct Scene {
    explicit Scene(protocol::Prepare to_prepare = small_plan()) : prepare(std::move(to_prepare)) {}

    static protocol::Prepare small_plan() {
        protocol::Prepare prepare;
        prepare.run = "run-1";
        prepare.plan_file = "small.yaml";
        prepare.plan_text = kSmallPlan;
        prepare.share.scenarios = {{0, {1.0}}};
        return prepare;
    }
    static protocol::Prepare with_data(const std::string& rows) {
        protocol::Prepare prepare = small_plan();
        prepare.plan_text = kPlanWithData;
        protocol::DataSetFile set;
        set.name = "customers";
        set.columns = {"id"};
        set.rows = ref_of(rows);
        prepare.data = {set};
        return prepare;
    }

    AgentRun& begin() {
        run = std::make_unique<AgentRun>(
            AgentRun::Setup{factory, charter, options, files, scheduler, outlet, 2min, [] {}}, prepare);
        run->begin();
        return *run;
    }
    AgentRun& running() {
        begin();
        run->on_start({"run-1", in(1s)});
        time.advance(1s);
        return *run;
    }
    protocol::AgentInstant in(Duration delay) const {
        return {std::chrono::duration_cast<std::chrono::microseconds>((time.now() + delay).time_since_epoch())};
    }

    TemporaryFolder folder;
    VirtualTime time;
    VirtualScheduler scheduler{time};
    FakeEngines engines;
    agent::run::EngineFactory factory = engines.factory();
    agent::charter::Charter charter = open_charter();
    agent::worker::EngineOptions options;
    FileStore files = std::move(*FileStore::open(folder.file("files")));
    Outlet outlet;
    protocol::Prepare prepare;
    std::unique_ptr<AgentRun> run;
};

}  // namespace

TEST_CASE("a run that can be carried is prepared, starts at its instant and finishes with its totals", "[run]") {
    Scene scene;
    AgentRun& run = scene.begin();
    CHECK(run.state() == State::Ready);
    CHECK(scene.outlet.only<protocol::Prepared>().problems.empty());
    CHECK(scene.engines.spec->run_id == "run-1");
    CHECK(scene.engines.spec->share.scenarios.size() == 1);

    const auto at = scene.in(3s);
    run.on_start({"run-1", at});
    CHECK(run.state() == State::Armed);
    CHECK(scene.engines.started_at == SteadyTime{at.since_epoch});
    CHECK(scene.outlet.all<protocol::Started>().empty());
    scene.time.advance(3s);
    CHECK(run.state() == State::Running);
    CHECK(scene.outlet.only<protocol::Started>().skew == 0us);

    for (std::uint32_t second = 0; second < 5; ++second)
        scene.engines.events->on_interval(FakeEngines::interval(second));
    run.drain();
    const auto reports = scene.outlet.all<protocol::IntervalReport>();
    REQUIRE(reports.size() == 5);
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(reports[i].interval.number == i + 1);
        CHECK(reports[i].interval.second == i);
    }
    scene.engines.finish();
    run.drain();
    CHECK(run.state() == State::Finished);
    CHECK(run.over());
    const auto finished = scene.outlet.only<protocol::RunFinished>();
    CHECK(finished.outcome == Outcome::Completed);
    CHECK(finished.intervals_sent == 5);
    CHECK(finished.totals.scenarios.at(0).steps.at(0).requests == 50);
    protocol::RunTotals merged;
    for (const auto& report : reports) merged.add(report.interval);
    CHECK(merged == finished.totals);
    CHECK(scene.engines.alive == 0);
}

TEST_CASE("a start that has passed already begins now, and its skew says so", "[run]") {
    Scene scene;
    AgentRun& run = scene.begin();
    const SteadyTime now = scene.time.now();
    run.on_start({"run-1", scene.in(-40ms)});
    scene.time.advance(0s);
    CHECK(scene.engines.started_at == now);
    CHECK(scene.outlet.only<protocol::Started>().skew == 40ms);
    // The engine was started late, and its first iteration was late again.
    scene.engines.events->on_first_start(37us);
    scene.engines.events->on_interval(FakeEngines::interval(0));
    run.drain();
    REQUIRE(scene.outlet.all<protocol::Started>().size() == 2);
    CHECK(scene.outlet.all<protocol::Started>()[1].skew == 40ms + 37us);
}

TEST_CASE("a start in another age fails the run instead of waiting for it", "[run]") {
    Scene scene;
    AgentRun& run = scene.begin();
    run.on_start({"run-1", scene.in(48h)});
    CHECK(run.over());
    CHECK(scene.outlet.only<protocol::RunFinished>().outcome == Outcome::Failed);
    CHECK_FALSE(scene.engines.started_at);
}

TEST_CASE("every mistake of the plan is reported and nothing is held", "[run]") {
    Scene scene;
    scene.prepare.plan_text = "culvert: 1\nnmae: x\nscenarios: {}\n";
    AgentRun& run = scene.begin();
    CHECK(run.over());
    const auto prepared = scene.outlet.only<protocol::Prepared>();
    CHECK(prepared.problems.size() >= 2);
    CHECK(prepared.problems.front().find("small.yaml:") == 0);
}

TEST_CASE("what does not fit the plan is refused", "[run]") {
    Scene scene;
    scene.prepare.share.scenarios.clear();
    scene.prepare.variable_values = {"too many"};
    scene.begin();
    CHECK(scene.outlet.only<protocol::Prepared>().problems.size() == 2);
}

TEST_CASE("without the engine in its charter the agent runs nothing", "[run]") {
    Scene scene;
    scene.charter = {};
    scene.begin();
    CHECK(scene.outlet.only<protocol::Prepared>().problems ==
          std::vector<std::string>{"engine http is not in charter.engines"});
}

TEST_CASE("the engine's refusals are passed on line by line", "[run]") {
    Scene scene;
    scene.engines.refuse_with = "shop.test:80 is not in charter.targets\nmax_rate is 5/s";
    AgentRun& run = scene.begin();
    CHECK(run.state() == State::Idle);
    CHECK(scene.outlet.only<protocol::Prepared>().problems ==
          std::vector<std::string>{"shop.test:80 is not in charter.targets", "max_rate is 5/s"});
}

TEST_CASE("rows are fetched before the engine is prepared, and only once", "[run]") {
    const std::string rows = protocol::encode_rows(1, {{"1"}, {"2"}});
    Scene scene(Scene::with_data(rows));
    AgentRun& run = scene.begin();
    CHECK(run.state() == State::FetchingFiles);
    const auto needed = scene.outlet.only<protocol::FileNeeded>();
    CHECK(needed.sha256 == ref_of(rows).sha256);
    run.on_chunk({needed.sha256, 0, rows.substr(0, 3)});
    CHECK(run.state() == State::FetchingFiles);
    run.on_chunk({needed.sha256, 3, rows.substr(3)});
    CHECK(run.state() == State::Ready);
    CHECK(scene.engines.spec->data.at(0).rows == protocol::Rows{{"1"}, {"2"}});

    scene.outlet.sent.clear();
    AgentRun& again = scene.begin();
    CHECK(again.state() == State::Ready);
    CHECK(scene.outlet.all<protocol::FileNeeded>().empty());
}

TEST_CASE("a file that does not match its hash is refused", "[run]") {
    const std::string rows = protocol::encode_rows(1, {{"1"}});
    Scene scene(Scene::with_data(rows));
    AgentRun& run = scene.begin();
    std::string altered = rows;
    altered.back() = '7';
    run.on_chunk({ref_of(rows).sha256, 0, altered});
    CHECK(run.over());
    CHECK(scene.outlet.only<protocol::Prepared>().problems.size() == 1);
    CHECK_FALSE(scene.files.has(ref_of(rows)));
}

TEST_CASE("a stop lets the engine end, and the results follow", "[run]") {
    Scene scene;
    AgentRun& run = scene.running();
    run.on_stop(StopMode::Gracefully, "Ctrl-C");
    CHECK(run.state() == State::Finishing);
    CHECK(scene.engines.stops == std::vector<StopMode>{StopMode::Gracefully});
    scene.engines.events->on_interval(FakeEngines::interval(0));
    scene.engines.finish();
    run.drain();
    const auto finished = scene.outlet.only<protocol::RunFinished>();
    CHECK(finished.outcome == Outcome::Stopped);
    CHECK(finished.reason == "Ctrl-C");
    CHECK(finished.intervals_sent == 1);
}

TEST_CASE("a prepared run that is stopped is over at once", "[run]") {
    Scene scene;
    AgentRun& run = scene.begin();
    run.on_stop(StopMode::Gracefully, "");
    CHECK(run.over());
    CHECK(scene.outlet.only<protocol::RunFinished>().intervals_sent == 0);
    CHECK(scene.engines.alive == 0);
}

TEST_CASE("an engine that does not end after a stop at once is taken down", "[run]") {
    Scene scene;
    AgentRun& run = scene.running();
    scene.engines.events->on_interval(FakeEngines::interval(0));
    run.on_stop(StopMode::AtOnce, "second Ctrl-C");
    scene.time.advance(AgentRun::kStopAtOnceTakes);
    CHECK(run.over());
    CHECK(scene.outlet.only<protocol::RunFinished>().intervals_sent == 1);
}

TEST_CASE("an agent that is cut off for too long stops by itself", "[run]") {
    Scene scene;
    AgentRun& run = scene.running();
    run.on_cut_off();
    scene.time.advance(119s);
    CHECK(run.state() == State::Running);
    scene.time.advance(1s);
    CHECK(run.state() == State::Finishing);
    CHECK(scene.engines.stops == std::vector<StopMode>{StopMode::Gracefully});
    scene.engines.finish();
    run.drain();
    const auto finished = scene.outlet.only<protocol::RunFinished>();
    CHECK(finished.outcome == Outcome::CutOff);
    CHECK(finished.reason == "cut off from the controller for 2m");
}

TEST_CASE("an agent whose controller comes back in time goes on", "[run]") {
    Scene scene;
    AgentRun& run = scene.running();
    run.on_cut_off();
    scene.time.advance(100s);
    run.on_back();
    scene.time.advance(100s);
    CHECK(run.state() == State::Running);
}

TEST_CASE("the controller may shorten the time an agent keeps running, not lengthen it", "[run]") {
    for (const auto& [asked, stops_after] : {std::pair<std::chrono::seconds, Duration>{5s, 5s}, {3600s, 120s}}) {
        Scene scene;
        scene.prepare.keep_running_for = asked;
        AgentRun& run = scene.running();
        run.on_cut_off();
        scene.time.advance(stops_after - 1s);
        CHECK(run.state() == State::Running);
        scene.time.advance(1s);
        CHECK(run.state() == State::Finishing);
    }
}

TEST_CASE("a run that was prepared but never started is dropped when its controller stays away", "[run]") {
    Scene scene;
    AgentRun& run = scene.begin();
    run.on_cut_off();
    scene.time.advance(2min);
    CHECK(run.over());
}

TEST_CASE("intervals that find no room are folded, numbered without gap, and lose nothing", "[run]") {
    Scene scene;
    AgentRun& run = scene.running();
    scene.outlet.room = false;
    for (std::uint32_t second = 0; second < 1000; ++second) {
        scene.engines.events->on_interval(FakeEngines::interval(second));
        if (second % 100 == 0) run.drain();
    }
    scene.engines.finish();
    run.drain();
    CHECK(run.state() == State::Finishing);
    CHECK(scene.outlet.all<protocol::IntervalReport>().empty());
    scene.outlet.room = true;
    run.on_writable();
    CHECK(run.state() == State::Finished);
    const auto reports = scene.outlet.all<protocol::IntervalReport>();
    const auto finished = scene.outlet.only<protocol::RunFinished>();
    CHECK(reports.size() == agent::run::IntervalBacklog::kMostWaiting);
    protocol::RunTotals merged;
    std::uint64_t seconds = 0;
    for (std::size_t i = 0; i < reports.size(); ++i) {
        CHECK(reports[i].interval.number == i + 1);
        merged.add(reports[i].interval);
        seconds += 1 + reports[i].interval.folded;
    }
    CHECK(seconds == 1000);
    CHECK(finished.intervals_sent == reports.size());
    CHECK(finished.intervals_folded == 1000 - reports.size());
    CHECK(merged == finished.totals);
}

TEST_CASE("a plan that aborts the run says so before it finishes", "[run]") {
    Scene scene;
    AgentRun& run = scene.running();
    scene.engines.events->on_abort("login failed");
    run.drain();
    CHECK(scene.outlet.only<protocol::RunAborted>().reason == "login failed");
    CHECK(scene.engines.stops == std::vector<StopMode>{StopMode::AtOnce});
    scene.engines.finish();
    run.drain();
    CHECK(scene.outlet.only<protocol::RunFinished>().outcome == Outcome::Aborted);
}

TEST_CASE("an amendment reaches the engine with its instant", "[run]") {
    Scene scene;
    AgentRun& run = scene.running();
    const auto at = scene.in(2s);
    run.on_amend({"run-1", {{{1, {1.0, 1.0}}}}, at});
    REQUIRE(scene.engines.amendments.size() == 1);
    CHECK(scene.engines.amendments[0].second == SteadyTime{at.since_epoch});
    run.on_amend({"run-1", {}, at});
    CHECK(scene.engines.amendments.size() == 1);
}

TEST_CASE("no state of a run leads back", "[run]") {
    using agent::run::can_go;
    for (int from = 0; from <= static_cast<int>(State::Finished); ++from) {
        CHECK_FALSE(can_go(static_cast<State>(from), static_cast<State>(from)));
        CHECK_FALSE(can_go(State::Finished, static_cast<State>(from)));
    }
    CHECK(can_go(State::Ready, State::Armed));
    CHECK_FALSE(can_go(State::Idle, State::Running));
    CHECK_FALSE(can_go(State::Running, State::Finished));
}

TEST_CASE("a trial starts at once and hands over every exchange before it finishes", "[run]") {
    protocol::Prepare prepare = Scene::small_plan();
    prepare.trial = true;
    Scene scene(prepare);
    AgentRun& run = scene.begin();
    CHECK(scene.engines.trial);
    run.on_start({"run-1", {}});  // no instant that two clocks agreed on
    CHECK(scene.engines.started_at == scene.time.now());
    scene.time.advance(1ms);
    CHECK(run.state() == State::Running);

    metrics::Exchange exchange;
    exchange.url = "http://shop.test/1";
    scene.engines.events->on_exchange(exchange);
    run.drain();
    CHECK(scene.outlet.only<protocol::ExchangeReport>() == protocol::ExchangeReport{"run-1", exchange});

    scene.outlet.room = false;
    exchange.url = "http://shop.test/2";
    scene.engines.events->on_exchange(exchange);
    scene.engines.finish();
    run.drain();
    CHECK(scene.outlet.all<protocol::RunFinished>().empty());
    scene.outlet.room = true;
    run.on_writable();
    CHECK(scene.outlet.all<protocol::ExchangeReport>().size() == 2);
    CHECK(scene.outlet.all<protocol::RunFinished>().size() == 1);
    CHECK(std::holds_alternative<protocol::RunFinished>(scene.outlet.sent.back()));
}

TEST_CASE("a run that is no trial is none for the engine either", "[run]") {
    Scene scene;
    scene.begin();
    CHECK_FALSE(scene.engines.trial);
}
