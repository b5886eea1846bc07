#include "common/workload/schema.h"

#include <algorithm>
#include <string>
#include <vector>

#include <re2/re2.h>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "plan_text.h"

namespace culvert::workload {
namespace {

// A key that resembles no other, so that the parser answers with all it knows.
constexpr char kUnknown[] = "qqqqqqqqqqqqqqqq";

// The keys that the parser knows in the map where `kUnknown` stands in the plan.
std::vector<std::string> keys_of_parser(const std::string& plan) {
    const std::string problems = problems_of(plan);
    std::string list;
    INFO(problems);
    REQUIRE(RE2::PartialMatch(problems, std::string(kUnknown) + ": unknown key; known here: ([^\n]*)", &list));
    std::vector<std::string> keys;
    for (const std::string_view key : split(list, ',')) keys.emplace_back(trim(key));
    std::sort(keys.begin(), keys.end());
    return keys;
}

std::vector<std::string> keys_of_schema(const nlohmann::json& object) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.at("properties").items()) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    return keys;
}

std::string with(const std::string& map) {
    std::string out = map;
    const std::size_t at = out.find('?');
    return out.replace(at, 1, std::string(kUnknown) + ": 1");
}

std::string phase(const std::string& text) {
    return "culvert: 1\nscenarios:\n  s:\n    load: [ " + with(text) + " ]\n    steps: [ get: \"http://h/\" ]\n";
}

TEST_CASE("the schema has exactly the keys that the parser accepts", "[workload]") {
    const nlohmann::json schema = nlohmann::json::parse(plan_schema());
    const nlohmann::json& defs = schema.at("$defs");
    const std::string steps = "- get: \"http://h/\"\n";

    CHECK(keys_of_schema(schema) == keys_of_parser(plan_with_steps(steps, std::string(kUnknown) + ": 1\n")));
    CHECK(keys_of_schema(defs["http"]) == keys_of_parser(plan_with_steps(steps, "http: { " + with("?") + " }\n")));
    CHECK(keys_of_schema(defs["data"]) ==
          keys_of_parser(plan_with_steps(steps, "data: { d: { csv: x.csv, " + with("?") + " } }\n")));
    CHECK(keys_of_schema(defs["scenario"]) == keys_of_parser(plan_with_steps(steps) + "    " + with("?") + "\n"));
    for (const char* kind :
         {"constant_rate", "ramp_rate", "random_rate", "constant_users", "ramp_users", "iterations", "idle"}) {
        INFO(kind);
        CHECK(keys_of_schema(defs[kind]) == keys_of_parser(phase(std::string(kind) + ": { ? }")));
    }
    CHECK(keys_of_schema(defs["pause"]) == keys_of_parser(plan_with_steps(steps + with("- { think: 1s, ? }\n"))));
    CHECK(keys_of_schema(defs["check"]) == keys_of_parser(plan_with_steps(steps + "  check: { " + with("?") + " }\n")));
    CHECK(keys_of_schema(defs["operators"]) ==
          keys_of_parser(plan_with_steps(steps + "  check: { json: { /a: { " + with("?") + " } } }\n")));
    CHECK(keys_of_schema(defs["body_condition"]) ==
          keys_of_parser(plan_with_steps(steps + "  check: { body: { " + with("?") + " } }\n")));
    CHECK(keys_of_schema(defs["save"]) ==
          keys_of_parser(plan_with_steps(steps + "  save: { a: { " + with("?") + " } }\n")));
}

TEST_CASE("a request of the schema has the parser's keys, and one of the methods", "[workload]") {
    const nlohmann::json request = nlohmann::json::parse(plan_schema()).at("$defs").at("request");
    std::vector<std::string> keys = keys_of_parser(plan_with_steps("- get: \"http://h/\"\n  " + with("?") + "\n"));
    for (const char* method : {"head", "post", "put", "patch", "delete"}) keys.emplace_back(method);
    std::sort(keys.begin(), keys.end());
    CHECK(keys_of_schema(request) == keys);
    CHECK(request.at("oneOf").size() == 6);
}

TEST_CASE("a variable of the schema has the parser's keys", "[workload]") {
    const nlohmann::json variable = nlohmann::json::parse(plan_schema()).at("$defs").at("variable");
    CHECK(
        keys_of_schema(variable) ==
        keys_of_parser(plan_with_steps("- get: \"http://h/\"\n", "variables: { v: { env: X, " + with("?") + " } }\n")));
}

TEST_CASE("the words of the schema are words of the parser", "[workload]") {
    const nlohmann::json defs = nlohmann::json::parse(plan_schema()).at("$defs");
    for (const auto& [key, value] : defs["data"]["properties"].items()) {
        if (!value.contains("enum")) continue;
        for (const auto& word : value["enum"]) {
            const std::string data = "data: { d: { csv: x.csv, " + key + ": " + word.get<std::string>() + " } }\n";
            CHECK(problems_of(plan_with_steps("- get: \"http://h/\"\n", data)).empty());
        }
    }
    for (const auto& word : defs["request"]["properties"]["on_fail"]["enum"]) {
        CHECK(
            problems_of(plan_with_steps("- get: \"http://h/\"\n  on_fail: " + word.get<std::string>() + "\n")).empty());
    }
}

TEST_CASE("every reference of the schema has its definition", "[workload]") {
    const std::string text = plan_schema();
    const nlohmann::json schema = nlohmann::json::parse(text);
    re2::StringPiece rest(text);
    std::string name;
    while (RE2::FindAndConsume(&rest, "\"#/\\$defs/([a-z_]+)\"", &name)) CHECK(schema["$defs"].contains(name));
}

}  // namespace
}  // namespace culvert::workload
