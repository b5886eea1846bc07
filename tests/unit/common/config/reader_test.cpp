#include "common/config/reader.h"

#include <array>
#include <functional>
#include <string>

#include <catch2/catch.hpp>

namespace culvert::config {
namespace {

using namespace std::chrono_literals;

// The lines of all problems after `read` has read the map.
std::string lines_after(std::string_view text, const std::function<void(MapReader&)>& read) {
    const auto root = parse_document("conf/x.yaml", text);
    REQUIRE(root.has_value());
    Problems problems;
    MapReader map(*root, "", problems);
    read(map);
    map.finish();
    std::string out;
    for (const Problem& problem : problems) out += to_string(problem) + "\n";
    return out;
}

TEST_CASE("values of the right kind are read without a problem", "[config]") {
    const std::string lines = lines_after(
        "t: text\nn: 5\nd: 1.5\nb: true\nwait: 250ms\nsize: 16KiB\nrate: 30/m\nl: [ a, b ]\none: c\nw: split\nf: "
        "ca.pem\n",
        [](MapReader& map) {
            CHECK(map.text("t") == "text");
            CHECK(map.integer("n", {1, 10}, 3) == 5);
            CHECK(map.number("d", {0, 10}, 3) == 1.5);
            CHECK(map.boolean("b", false));
            CHECK(map.duration("wait", {1ms, 1s}, 1s) == 250ms);
            CHECK(map.bytes("size", {Bytes{1}, Bytes{1 << 20}}, Bytes{}) == Bytes{16384});
            CHECK(map.optional_rate("rate") == parse_rate("30/m").value());
            CHECK(map.text_list("l") == std::vector<std::string>{"a", "b"});
            CHECK(map.text_list("one") == std::vector<std::string>{"c"});
            CHECK(map.word("w", std::array<std::string_view, 2>{"copy", "split"}, 0) == 1);
            CHECK(map.path("f") == "conf/ca.pem");
        });
    CHECK(lines.empty());
}

TEST_CASE("absent keys give the fallback", "[config]") {
    const std::string lines = lines_after("a: 1\n", [](MapReader& map) {
        CHECK(map.integer("a", {0, 9}, 0) == 1);
        CHECK(map.integer("n", {0, 9}, 7) == 7);
        CHECK_FALSE(map.text("t").has_value());
        CHECK_FALSE(map.optional_duration("d", {0s, 1s}).has_value());
        CHECK(map.text_list("l").empty());
        CHECK(map.child("c") == nullptr);
    });
    CHECK(lines.empty());
}

TEST_CASE("every mistake is told with its place, its key and what to write", "[config]") {
    const std::string lines = lines_after(
        "heartbeat: 25\nwait: 1h\nn: five\nq: \"5\"\nbig: 99\nb: yes\nl: { a: 1 }\ne:\nw: splitt\nr: 200\nname: \"\"\n",
        [](MapReader& map) {
            map.duration("heartbeat", {5s, 5min}, 25s);
            map.duration("wait", {5s, 5min}, 25s);
            map.integer("n", {1, 10}, 1);
            map.integer("q", {1, 10}, 1);
            map.integer("big", {1, 10}, 1);
            map.boolean("b", false);
            map.text_list("l");
            map.text("e");
            map.word("w", std::array<std::string_view, 2>{"copy", "split"}, 0);
            map.optional_rate("r");
            map.required_text("name", "a name");
            map.required_text("mesh", "the name of the mesh");
        });
    CHECK(lines ==
          "conf/x.yaml:1:12: heartbeat: \"25\" has no unit; write 25s or 25ms\n"
          "conf/x.yaml:2:7: wait: \"1h\" is out of range; write 5s to 5m\n"
          "conf/x.yaml:3:4: n: \"five\" is not a whole number; write 1 to 10\n"
          "conf/x.yaml:4:4: q: \"5\" is a text; write 5 without quotes\n"
          "conf/x.yaml:5:6: big: 99 is out of range; write 1 to 10\n"
          "conf/x.yaml:6:4: b: \"yes\" is neither true nor false; write true\n"
          "conf/x.yaml:7:4: l: is a map where a list of texts is expected\n"
          "conf/x.yaml:8:1: e: is empty; give it a value, or leave the key out\n"
          "conf/x.yaml:9:4: w: \"splitt\" is not known here; did you mean split?\n"
          "conf/x.yaml:10:4: r: \"200\" has no unit; write 200/s, 200/m or 200/h\n"
          "conf/x.yaml:11:7: name: is empty; write a name\n"
          "conf/x.yaml:1:1: mesh: is missing; write the name of the mesh\n");
}

TEST_CASE("an unknown key suggests the nearest, or lists what is known", "[config]") {
    const std::string lines = lines_after("hartbeat: 25s\nzzzzzz: 1\n", [](MapReader& map) {
        map.child("heartbeat");
        map.child("transport");
    });
    CHECK(lines ==
          "conf/x.yaml:1:1: hartbeat: unknown key; did you mean \"heartbeat\"?\n"
          "conf/x.yaml:2:1: zzzzzz: unknown key; known here: heartbeat, transport\n");
}

TEST_CASE("what is no map is one problem, however much is read from it", "[config]") {
    const auto root = parse_document("x.yaml", "tunnel: direct\nempty:\n");
    Problems problems;
    MapReader tunnel(*root->find("tunnel"), "tunnel", problems);
    tunnel.required_text("relay", "its address");
    tunnel.integer("n", {0, 1}, 0);
    tunnel.finish();
    MapReader empty(*root->find("empty"), "empty", problems);
    empty.finish();
    REQUIRE(problems.size() == 2);
    CHECK(to_string(problems[0]) == "x.yaml:1:9: tunnel: is \"direct\" where a map (key: value) is expected");
    CHECK(to_string(problems[1]) == "x.yaml:2:1: empty: is empty; give it a value, or leave the key out");
}

TEST_CASE("a path is relative to the file it stands in", "[config]") {
    CHECK(beside("/etc/culvert/agent.yaml", "ca.pem") == "/etc/culvert/ca.pem");
    CHECK(beside("/etc/culvert/agent.yaml", "/ca.pem") == "/ca.pem");
    CHECK(beside("agent.yaml", "ca.pem") == "ca.pem");
}

}  // namespace
}  // namespace culvert::config
