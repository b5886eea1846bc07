// Secrets from files, the search for a configuration, addresses, and every node configuration that the repository shows
// its readers.
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "common/config/config_search.h"
#include "common/config/endpoint.h"
#include "common/config/node_config.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/common/config/problem_text.h"

using namespace culvert;
using namespace culvert::config;

namespace {

void write(const std::string& file, const std::string& content) {
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file) << content;
}

std::string read(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::stringstream content;
    content << in.rdbuf();
    return content.str();
}

// Which of the three a configuration is, by the keys only it has.
std::string problems_of_any(const std::string& file, const std::string& text) {
    const auto has = [&text](const std::string& key) {
        return text.starts_with(key) || text.find("\n" + key) != std::string::npos;
    };
    if (has("url:")) return test::problem_text(parse_relay_config(file, text));
    if (has("store:") || has("run:") || has("serve:") || has("direct:") || has("mesh_ca:"))
        return test::problem_text(parse_controller_config(file, text));
    return test::problem_text(parse_agent_config(file, text));
}

// The first line that is neither blank nor a comment.
std::string first_key_line(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const auto begin = line.find_first_not_of(' ');
        if (begin != std::string::npos && line[begin] != '#') return line;
    }
    return {};
}

std::vector<std::string> yaml_blocks(const std::string& markdown) {
    std::vector<std::string> blocks;
    std::istringstream lines(markdown);
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("```")) {
            inside = !inside && line.starts_with("```yaml");
            if (inside) blocks.emplace_back();
        } else if (inside) {
            blocks.back() += line + "\n";
        }
    }
    return blocks;
}

EnvironmentLookup variables(std::map<std::string, std::string, std::less<>> values) {
    return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
}

}  // namespace

TEST_CASE("every node configuration in config-examples loads", "[config]") {
    int seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(CULVERT_SOURCE_DIR "/config-examples")) {
        if (entry.path().extension() != ".yaml") continue;
        const std::string text = read(entry.path());
        INFO(entry.path().string());
        CHECK(first_key_line(text).starts_with("mesh:"));
        CHECK(problems_of_any(entry.path().filename().string(), text) == "");
        ++seen;
    }
    CHECK(seen >= 6);
}

TEST_CASE("every node configuration in README and docs loads", "[config]") {
    std::vector<std::filesystem::path> files{CULVERT_SOURCE_DIR "/README.md"};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(CULVERT_SOURCE_DIR "/docs")) {
        if (entry.path().extension() == ".md") files.push_back(entry.path());
    }
    int seen = 0;
    for (const auto& file : files) {
        for (const std::string& block : yaml_blocks(read(file))) {
            if (!first_key_line(block).starts_with("mesh:")) continue;
            INFO(file.string() << ":\n" << block);
            CHECK(problems_of_any(file.filename().string(), block) == "");
            ++seen;
        }
    }
    CHECK(seen >= 1);
}

TEST_CASE("a configuration that is not there is one problem", "[config]") {
    const auto agent = load_agent_config("/nowhere/agent.yaml");
    REQUIRE_FALSE(agent);
    REQUIRE(agent.error().size() == 1);
    CHECK_THAT(test::problem_text(agent), Catch::StartsWith("/nowhere/agent.yaml: "));
}

TEST_CASE("a configuration is looked for where it was named, then in the usual places", "[config]") {
    const test::TemporaryFolder folder;
    const std::string home = folder.file("home");
    const std::string named = folder.file("named.yaml");
    const std::string name = "culvert-test-no-such.yaml";
    write(home + "/.config/culvert/" + name, "x");
    write(folder.file("xdg/culvert/" + name), "x");
    write(named, "x");
    CHECK(find_config(name, named, variables({{"CULVERT_CONFIG", "/elsewhere"}})) == named);
    CHECK(find_config(name, std::nullopt, variables({{"CULVERT_CONFIG", named}, {"HOME", home}})) == named);
    CHECK(find_config(name, std::nullopt, variables({{"HOME", home}})) == home + "/.config/culvert/" + name);
    CHECK(find_config(name, std::nullopt, variables({{"HOME", home}, {"XDG_CONFIG_HOME", folder.file("xdg")}})) ==
          folder.file("xdg/culvert/" + name));
    CHECK(find_config(name, std::string("/no/such"), variables({})).error().message ==
          "/no/such (--config): no such file");
    CHECK(find_config(name, std::nullopt, variables({{"CULVERT_CONFIG", "/no/such"}})).error().message ==
          "/no/such ($CULVERT_CONFIG): no such file");
    CHECK(find_config(name, std::nullopt, variables({{"HOME", "/h"}})).error().message ==
          "no " + name + " in ./" + name + ", /h/.config/culvert/" + name + ", /etc/culvert/" + name +
              "; name one with --config FILE or $CULVERT_CONFIG");
}

TEST_CASE("agent and relay have a variable of their own, and do not trip over the controller's file", "[config]") {
    const test::TemporaryFolder folder;
    write(folder.file("controller.yaml"), "x");
    write(folder.file("mine.yaml"), "x");
    const std::string controllers = folder.file("controller.yaml"), mine = folder.file("mine.yaml");
    for (const auto& [name, variable] : {std::pair<std::string, std::string>{"agent.yaml", "CULVERT_AGENT_CONFIG"},
                                         {"relay.yaml", "CULVERT_RELAY_CONFIG"}}) {
        CHECK(find_config(name, std::nullopt, variables({{"CULVERT_CONFIG", controllers}, {variable, mine}})) == mine);
        const auto none = find_config(name, std::nullopt, variables({{"CULVERT_CONFIG", controllers}}));
        REQUIRE_FALSE(none);
        CHECK_THAT(none.error().message, Catch::Contains("--config FILE or $" + variable) &&
                                             Catch::Contains("$CULVERT_CONFIG is the controller's"));
        CHECK_THAT(find_config(name, std::nullopt, variables({{variable, "/no/such"}})).error().message,
                   Catch::Equals("/no/such ($" + variable + "): no such file"));
    }
    CHECK(config_variable("controller.yaml") == "CULVERT_CONFIG");
}

TEST_CASE("a secret is read when it is needed, without its final line end", "[config]") {
    const test::TemporaryFolder folder;
    write(folder.file("password"), "pass word \n");
    CHECK(read_secret({.file = folder.file("password"), .variable = ""})->reveal() == "pass word ");
    write(folder.file("password"), "rotated");
    CHECK(read_secret({.file = folder.file("password"), .variable = ""})->reveal() == "rotated");
    write(folder.file("empty"), "\n");
    CHECK_THAT(read_secret({.file = folder.file("empty"), .variable = ""}).error().message,
               Catch::Contains("is empty"));
    CHECK_FALSE(read_secret({.file = folder.file("nothing"), .variable = ""}));
    ::setenv("CULVERT_TEST_SECRET", "from outside", 1);
    CHECK(read_secret({.file = "", .variable = "CULVERT_TEST_SECRET"})->reveal() == "from outside");
    ::unsetenv("CULVERT_TEST_SECRET");
    CHECK_THAT(read_secret({.file = "", .variable = "CULVERT_TEST_SECRET"}).error().message,
               Catch::Contains("CULVERT_TEST_SECRET is not set"));
    ::setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
    CHECK(read_secret({.file = "${CREDENTIALS_DIRECTORY}/password", .variable = ""})->reveal() == "rotated");
    ::unsetenv("CREDENTIALS_DIRECTORY");
    CHECK_THAT(read_secret({.file = "${CREDENTIALS_DIRECTORY}/password", .variable = ""}).error().message,
               Catch::Contains("CREDENTIALS_DIRECTORY is not set"));
}

TEST_CASE("addresses are taken apart and refused as a person would", "[config]") {
    CHECK(parse_endpoint("127.0.0.1:80") == Endpoint{"127.0.0.1", 80});
    CHECK(parse_endpoint("[::]:443") == Endpoint{"::", 443});
    CHECK(parse_endpoint("relay.example.com:65535") == Endpoint{"relay.example.com", 65535});
    for (const char* text : {"", "host", ":80", "host:", "host:0", "host:65536", "::1:80", "[::1]", "[::1:80", "[x]:80",
                             "a b:80", "host:8o"}) {
        INFO(text);
        CHECK_FALSE(parse_endpoint(text));
    }
    const auto url = parse_url("WSS://user@relay.example.com:8443/mesh?x=1");
    REQUIRE(url);
    CHECK(*url == Url{"wss", "user", "relay.example.com", 8443, "/mesh?x=1"});
    CHECK(parse_url("tcp://[::1]:7993")->host == "::1");
    CHECK(parse_url("https://host")->port == 0);
    for (const char* text : {"", "host", "://host", "http://", "http:///x", "http://a b/", "http://h:x/"}) {
        INFO(text);
        CHECK_FALSE(parse_url(text));
    }
    CHECK(is_loopback("localhost"));
    CHECK(is_loopback("127.9.9.9"));
    CHECK(is_loopback("::1"));
    CHECK_FALSE(is_loopback("128.0.0.1"));
    CHECK_FALSE(is_loopback("localhost.example.com"));
}
