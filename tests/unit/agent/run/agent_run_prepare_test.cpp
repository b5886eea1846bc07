// What an agent needs before it takes a run: a plan without mistakes, what its charter allows, the files.
#include <algorithm>

#include <catch2/catch.hpp>

#include "common/crypto/digest.h"
#include "common/protocol/rows.h"
#include "tests/unit/agent/run/run_scene.h"

using namespace culvert;
using namespace culvert::test;
using agent::run::AgentRun;
using agent::run::State;

namespace {

protocol::FileRef ref_of(const std::string& content) {
    protocol::FileRef ref;
    const std::string hash = crypto::sha256(content);
    std::copy(hash.begin(), hash.end(), ref.sha256.begin());
    ref.size = content.size();
    return ref;
}

protocol::Prepare with_data(const std::string& rows) {
    protocol::Prepare prepare = small_plan();
    prepare.plan_text = kPlanWithData;
    protocol::DataSetFile set;
    set.name = "customers";
    set.columns = {"id"};
    set.rows = ref_of(rows);
    prepare.data = {set};
    return prepare;
}

}  // namespace

TEST_CASE("every mistake of the plan is reported and nothing is held", "[run]") {
    RunScene scene;
    scene.prepare.plan_text = "culvert: 1\nnmae: x\nscenarios: {}\n";
    AgentRun& run = scene.begin();
    CHECK(run.over());
    const auto prepared = scene.outlet.only<protocol::Prepared>();
    CHECK(prepared.problems.size() >= 2);
    CHECK(prepared.problems.front().find("small.yaml:") == 0);
}

TEST_CASE("what does not fit the plan is refused", "[run]") {
    RunScene scene;
    scene.prepare.share.scenarios.clear();
    scene.prepare.variable_values = {"too many"};
    scene.begin();
    CHECK(scene.outlet.only<protocol::Prepared>().problems.size() == 2);
}

TEST_CASE("without the engine in its charter the agent runs nothing", "[run]") {
    RunScene scene;
    scene.charter = {};
    scene.begin();
    CHECK(scene.outlet.only<protocol::Prepared>().problems ==
          std::vector<std::string>{"engine http is not in charter.engines"});
}

TEST_CASE("the engine's refusals are passed on line by line", "[run]") {
    RunScene scene;
    scene.engines.refuse_with = "shop.test:80 is not in charter.targets\nmax_rate is 5/s";
    AgentRun& run = scene.begin();
    CHECK(run.state() == State::Idle);
    CHECK(scene.outlet.only<protocol::Prepared>().problems ==
          std::vector<std::string>{"shop.test:80 is not in charter.targets", "max_rate is 5/s"});
}

TEST_CASE("rows are fetched before the engine is prepared, and only once", "[run]") {
    const std::string rows = protocol::encode_rows(1, {{"1"}, {"2"}});
    RunScene scene(with_data(rows));
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
    RunScene scene(with_data(rows));
    AgentRun& run = scene.begin();
    std::string altered = rows;
    altered.back() = '7';
    run.on_chunk({ref_of(rows).sha256, 0, altered});
    CHECK(run.over());
    CHECK(scene.outlet.only<protocol::Prepared>().problems.size() == 1);
    CHECK_FALSE(scene.files.has(ref_of(rows)));
}
