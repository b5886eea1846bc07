#include <cstdio>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "plan_text.h"

namespace culvert::workload {
namespace {

std::string lines(const config::Problems& problems) {
    std::string out;
    for (const config::Problem& problem : problems) out += to_string(problem) + "\n";
    return out;
}

const std::string kHead =
    "variables: { base: \"http://${host}\", host: h, key: { env: KEY, secret: true }, zone: { env: ZONE, or: "
    "\"${host}-1\" } }\n";

TEST_CASE("values come from --set, then the environment, then the plan", "[workload]") {
    const Plan plan = right_plan(plan_with_steps("- get: \"${base}/\"\n", kHead));
    const Environment environment = [](const std::string& name) -> std::optional<std::string> {
        if (name == "KEY") return "k";
        return std::nullopt;
    };
    CHECK(resolve_variables(plan, {}, environment).value() == std::vector<std::string>{"http://h", "h", "k", "h-1"});
    CHECK(resolve_variables(plan, Inputs{{{"host", "x"}, {"key", "y"}}}, environment).value() ==
          std::vector<std::string>{"http://x", "x", "y", "x-1"});
}

TEST_CASE("what has no value, and what the plan does not know, is told at once", "[workload]") {
    const Plan plan = right_plan(plan_with_steps("- get: \"${base}/\"\n", kHead));
    const auto values =
        resolve_variables(plan, Inputs{{{"hots", "x"}}}, [](const std::string&) { return std::nullopt; });
    REQUIRE_FALSE(values.has_value());
    CHECK(lines(values.error()) ==
          "--set hots: the plan has no such variable; did you mean host?\n"
          "p.yaml:2:47: variables.key: the environment has no KEY; export KEY=...\n");
}

TEST_CASE("a file gives its text without the line end", "[workload]") {
    const auto file = std::filesystem::temp_directory_path() / "culvert-resolve-test.txt";
    std::ofstream(file, std::ios::binary) << "s3cret\r\n";
    const Plan plan = right_plan(plan_with_steps(
        "- get: \"http://h/${key}\"\n", "variables: { key: { file: " + file.string() + ", secret: true } }\n"));
    const Environment none = [](const std::string&) { return std::nullopt; };
    CHECK(resolve_variables(plan, {}, none).value() == std::vector<std::string>{"s3cret"});
    std::filesystem::remove(file);
    CHECK(lines(resolve_variables(plan, {}, none).error()).find("No such file") != std::string::npos);
}

}  // namespace
}  // namespace culvert::workload
