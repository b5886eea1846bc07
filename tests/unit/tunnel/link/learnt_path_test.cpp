#include "tunnel/link/learnt_path.h"

#include <catch2/catch.hpp>

#include "common/base/wall_time.h"
#include "tests/support/files.h"
#include "tests/support/temporary_folder.h"

using namespace culvert;
using namespace std::chrono_literals;
using namespace tunnel::link;

namespace {

const WallTime kThen = from_unix_seconds(1'772'366'405);
const std::string kRelay = "wss://relay.example.com/mesh";

LinkInfo link(Transport transport, const std::string& proxy) {
    LinkInfo info;
    info.relay = kRelay;
    info.transport = transport;
    info.route.proxy = proxy;
    return info;
}

}  // namespace

TEST_CASE("what was learnt comes back as it was written, and other texts say nothing", "[link]") {
    LearntPath path;
    path.idle_cut = {57s, kThen, kRelay};
    path.maximum_age = {1h, kThen, kRelay};
    path.way = {Transport::LongPoll, kThen, kRelay, "http://proxy.corp:3128"};
    const std::string text = format_learnt_path(path);
    CHECK(parse_learnt_path(text) == path);
    CHECK(parse_learnt_path(text + "something later 1 2 3\n") == path);
    CHECK(parse_learnt_path(format_learnt_path({})) == LearntPath());
    CHECK_FALSE(parse_learnt_path(""));
    CHECK_FALSE(parse_learnt_path("culvert learnt path 2\nidle_cut 1 1 x\n"));
    for (const char* line :
         {"idle_cut 0 1 r", "idle_cut -5 1 r", "idle_cut 5x 1 r", "idle_cut 5 1", "idle_cut 5 1 r s",
          "idle_cut 99999999999999 1 r", "link carrier_pigeon 1 r direct", "link websocket x r direct"})
        CHECK(parse_learnt_path(std::string("culvert learnt path 1\n") + line + "\n") == LearntPath());
}

TEST_CASE("a running node writes down what changes, and keeps what an earlier process learnt", "[link]") {
    const test::TemporaryFolder folder;
    const std::string file = folder.file("learnt-path");
    {
        LearntNotes notes(file);
        notes.note_way(link(Transport::WebSocket, ""), kThen);
        notes.note_way(link(Transport::WebSocket, ""), kThen + 1h);
        CHECK(load_learnt_path(file).way == LearntPath::Way{Transport::WebSocket, kThen, kRelay, "direct"});
        PathMemory memory;
        memory.broke(100s, 57s);
        memory.broke(200s, 57s);
        notes.note_limits(memory, kRelay, kThen + 2h);
    }
    LearntNotes later(file);
    later.note_way(link(Transport::LongPoll, "http://proxy.corp:3128"), kThen + 3h);
    const LearntPath path = load_learnt_path(file);
    CHECK(path.idle_cut == LearntPath::Limit{57s, kThen + 2h, kRelay});
    CHECK_FALSE(path.maximum_age);
    CHECK(path.way == LearntPath::Way{Transport::LongPoll, kThen + 3h, kRelay, "http://proxy.corp:3128"});

    test::write_file(file, std::string(1 << 20, 'x'));
    CHECK(load_learnt_path(file) == LearntPath());
    CHECK(load_learnt_path(folder.file("none")) == LearntPath());
    LearntNotes("").note_way(link(Transport::WebSocket, ""), kThen);
}
