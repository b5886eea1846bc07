#include "common/config/document.h"

#include <string>

#include <catch2/catch.hpp>

namespace culvert::config {
namespace {

std::string problems_of(std::string_view text) {
    const auto document = parse_document("x.yaml", text);
    std::string out;
    if (document) return "fine";
    for (const Problem& problem : document.error()) out += to_string(problem) + "\n";
    if (!out.empty()) out.pop_back();
    return out;
}

TEST_CASE("a document keeps order, positions and quoting", "[config]") {
    const auto root = parse_document("x.yaml", "b: 1\na: [ \"2\", three ]\nc:\n  d: ~\n");
    REQUIRE(root.has_value());
    REQUIRE(root->kind == Node::Kind::Map);
    REQUIRE(root->fields.size() == 3);
    CHECK(root->fields[0].key == "b");
    CHECK_FALSE(root->fields[0].value.quoted);
    CHECK(root->fields[0].value.where == Position{"x.yaml", 1, 4});
    const Node* const list = root->find("a");
    REQUIRE(list != nullptr);
    REQUIRE(list->items.size() == 2);
    CHECK(list->items[0].quoted);
    CHECK(list->items[1].where == Position{"x.yaml", 2, 11});
    CHECK(root->find("c")->find("d")->kind == Node::Kind::Null);
    CHECK(root->find("absent") == nullptr);
}

TEST_CASE("a list entry may be a single pair without braces", "[config]") {
    const auto root = parse_document("x.yaml", "load: [ constant_users: { users: 20 } ]");
    REQUIRE(root.has_value());
    CHECK(root->find("load")->items.at(0).find("constant_users")->find("users")->scalar == "20");
}

TEST_CASE("a block scalar keeps its text", "[config]") {
    const auto root = parse_document("x.yaml", "body: |\n  a ${x}\n\tb\n  c\n");
    CHECK((!root.has_value() || root->find("body") != nullptr));
    const auto clean = parse_document("x.yaml", "body: |\n  a ${x}\n  c\n");
    REQUIRE(clean.has_value());
    CHECK(clean->find("body")->scalar == "a ${x}\nc\n");
}

TEST_CASE("a byte order mark is skipped and Windows line ends are no part of a value", "[config]") {
    const auto root = parse_document("x.yaml", "\xEF\xBB\xBFname: a\r\nother: b\r\n");
    REQUIRE(root.has_value());
    CHECK(root->find("name")->scalar == "a");
    CHECK(root->find("other")->scalar == "b");
}

TEST_CASE("an empty document is Null", "[config]") {
    CHECK(parse_document("x.yaml", "")->kind == Node::Kind::Null);
    CHECK(parse_document("x.yaml", "# nothing\n")->kind == Node::Kind::Null);
}

TEST_CASE("a duplicate key names the line of the first", "[config]") {
    CHECK(problems_of("a: 1\nb: 2\na: 3\n") == "x.yaml:3:1: key \"a\" was already given in line 1");
    CHECK(problems_of("m:\n  a: 1\n  a: 2\n") == "x.yaml:3:3: m: key \"a\" was already given in line 2");
}

TEST_CASE("every duplicate is told at once and the first value counts", "[config]") {
    Problems problems;
    const auto root = parse_document("x.yaml", "a: 1\na: 2\nb: { c: 1, c: 2 }\n", problems);
    REQUIRE(root.has_value());
    CHECK(problems.size() == 2);
    CHECK(root->find("a")->scalar == "1");
}

TEST_CASE("an unquoted reference inside braces is explained", "[config]") {
    CHECK(problems_of("a: 1\nstep: { url: ${base} }\n") ==
          "x.yaml:2:14: inside { } and [ ] a value with [ ] { } or , must stand in quotes: write \"${base}\"");
    CHECK(
        problems_of("step: { url: https://${host}/x, b: 1 }\n") ==
        "x.yaml:1:22: inside { } and [ ] a value with [ ] { } or , must stand in quotes: write \"https://${host}/x\"");
    CHECK(problems_of("step: [ ${base} ]\n") ==
          "x.yaml:1:9: inside { } and [ ] a value with [ ] { } or , must stand in quotes: write \"${base}\"");
}

TEST_CASE("a value that begins with a star is explained", "[config]") {
    CHECK(problems_of("targets: [ *.acme.test:443 ]\n") ==
          "x.yaml:1:12: a value that begins with * must stand in quotes: write \"*.acme.test:443\"");
    CHECK(problems_of("target: *\n") == "x.yaml:1:9: a value that begins with * must stand in quotes: write \"*\"");
}

TEST_CASE("a backslash in double quotes is explained", "[config]") {
    CHECK(problems_of("username: \"CORP\\svc-load\"\n") ==
          "x.yaml:1:18: \\ is special in double quotes: write 'CORP\\svc-load'");
}

TEST_CASE("a tab in the indentation is explained", "[config]") {
    CHECK(problems_of("a:\n\tb: 1\n") == "x.yaml:2:1: line 2 is indented with a tab; use spaces");
    CHECK(problems_of("a:\n  b: 1\n\tc: 2\n") == "x.yaml:3:1: line 3 is indented with a tab; use spaces");
}

TEST_CASE("merge keys, anchors, aliases, tags and a second document are refused in words", "[config]") {
    CHECK(problems_of("<<: 1\n") == "x.yaml:1:1: merge keys (<<) are not supported; repeat the lines");
    CHECK(problems_of("a: &x 1\n").find("YAML anchors are not supported") != std::string::npos);
    CHECK(problems_of("a: &x 1\nb: *x\n").find("YAML aliases are not supported") != std::string::npos);
    CHECK(problems_of("a: !!str 1\n").find("YAML tags are not supported") != std::string::npos);
    CHECK(problems_of("a: 1\n---\nb: 2\n") ==
          "x.yaml:3:1: a second YAML document begins here (after ---); a file holds one");
}

TEST_CASE("broken structure is told with the place that must be mended", "[config]") {
    CHECK(problems_of("a: [ 1, 2\nb: 3\n").find("the [ that opens here is not closed") != std::string::npos);
    CHECK(problems_of("name: Shop: the test\n") ==
          "x.yaml:1:11: a text with \": \" in it must stand in quotes: write name: \"Shop: the test\"");
    CHECK(problems_of("name: \"never\nclosed\n") == "x.yaml:1:7: the quote that opens here is never closed");
    CHECK(problems_of("name: 'it''s never\n") == "x.yaml:1:7: the quote that opens here is never closed");
    CHECK(problems_of("name: 'it''s closed'\n") == "fine");
    CHECK(problems_of("größe: @home\n") ==
          "x.yaml:1:8: a value that begins with @ must stand in quotes: write \"@home\"");
    CHECK(problems_of("name: @home\n") ==
          "x.yaml:1:7: a value that begins with @ must stand in quotes: write \"@home\"");
    CHECK(problems_of("a: 1\n  b: 2\n") != "fine");
    CHECK(problems_of("url: {{base}}\n") == "x.yaml:1:7: url: a variable is written \"${base}\", in quotes");
}

TEST_CASE("bytes that are no text are refused", "[config]") {
    CHECK(problems_of("a: \xff\n") == "x.yaml:1:4: the file is not UTF-8 here; save it as UTF-8");
    CHECK(problems_of("a: b\x04 c\n").find("control character (0x04)") != std::string::npos);
    CHECK(problems_of("a: \xed\xa0\x80\n").find("not UTF-8") != std::string::npos);
    CHECK(problems_of("a: größe\n") == "fine");
}

TEST_CASE("size, depth and number of values are bounded", "[config]") {
    CHECK(problems_of(std::string(kLargestDocument + 1, 'a')) == "x.yaml: is larger than 4MiB");
    CHECK(problems_of("a: " + std::string(100, '[') + std::string(100, ']')).find("is nested deeper than 64 levels") !=
          std::string::npos);
    CHECK(problems_of("a: " + std::string(100'000, '[')) != "fine");
    std::string many = "a: [";
    for (std::size_t i = 0; i <= kMostNodes; ++i) many += "1,";
    CHECK(problems_of(many + "1]").find("has more than 200000 values") != std::string::npos);
}

TEST_CASE("columns count characters, also far along a line", "[config]") {
    std::string text = "a: [ ";
    for (int i = 0; i < 200; ++i) text += "ä, ";
    const auto root = parse_document("x.yaml", text + "z ]\n");
    REQUIRE(root.has_value());
    CHECK(root->find("a")->items.back().where == Position{"x.yaml", 1, 606});
}

TEST_CASE("a hint stays one line, however long the value", "[config]") {
    CHECK(problems_of("a: *" + std::string(10'000, 'x') + "\n").size() < 250);
    CHECK(problems_of("a: b: " + std::string(10'000, 'x') + "\n").size() < 250);
}

TEST_CASE("a file that is absent is one problem", "[config]") {
    const auto document = load_document("/nowhere/plan.yaml");
    REQUIRE_FALSE(document.has_value());
    CHECK(to_string(document.error().at(0)) == "/nowhere/plan.yaml: No such file or directory");
}

TEST_CASE("problems sort by place and repeat nothing", "[config]") {
    Problems problems{{{"a", 3, 1}, "", "x"}, {{"a", 1, 5}, "", "y"}, {{"a", 3, 1}, "", "x"}};
    sort_problems(problems);
    REQUIRE(problems.size() == 2);
    CHECK(problems[0].where.line == 1);
}

}  // namespace
}  // namespace culvert::config
