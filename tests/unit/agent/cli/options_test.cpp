#include "agent/cli/options.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "agent/cli/join_command.h"
#include "tests/support/temporary_folder.h"

using namespace culvert;
using namespace culvert::agent::cli;

namespace {

tl::expected<Options, ExitCode> parsed(std::vector<const char*> words) {
    words.insert(words.begin(), "culvert-agent");
    return parse_options(static_cast<int>(words.size()), words.data());
}

JoinCommandOptions joined(const std::vector<const char*>& words) {
    const auto options = parsed(words);
    REQUIRE(options);
    return std::get<JoinCommandOptions>(options->command);
}

}  // namespace

TEST_CASE("join without options uses the environment's proxy and this host's name", "[cli]") {
    const auto join = joined({"join", "cvj1_abc"});
    CHECK(join.token == "cvj1_abc");
    CHECK(join.state == std::filesystem::current_path().string());
    CHECK(join.join.name == config::host_name());
    CHECK(join.join.proxy.source == config::ProxyConfig::Source::Environment);
    CHECK_FALSE(join.join.weight);
    CHECK_FALSE(join.force);
}

TEST_CASE("join takes everything that is needed before there is an agent.yaml", "[cli]") {
    const test::TemporaryFolder folder;
    std::ofstream(folder.file("password")) << "secret\n";
    std::ofstream(folder.file("ca.pem")) << "pem\n";
    const std::string password = folder.file("password"), ca = folder.file("ca.pem"), state = folder.file("state");
    const auto join = joined({"join",
                              "-",
                              "--state",
                              state.c_str(),
                              "--name",
                              "fra-1",
                              "--weight",
                              "2.5",
                              "--allow",
                              "*.acme.test:443",
                              "--allow",
                              "10.1.0.0/16",
                              "--proxy",
                              "http://p1:3128",
                              "--proxy",
                              "http://p2:3128",
                              "--proxy-user",
                              "CORP\\svc",
                              "--proxy-password-file",
                              password.c_str(),
                              "--extra-ca",
                              ca.c_str(),
                              "--force"});
    CHECK(join.token == "-");
    CHECK(join.state == state);
    CHECK(join.join.name == "fra-1");
    CHECK(join.join.weight == 2.5);
    CHECK(join.join.allow == std::vector<std::string>{"*.acme.test:443", "10.1.0.0/16"});
    CHECK(join.join.proxy.source == config::ProxyConfig::Source::Urls);
    CHECK(join.join.proxy.urls == std::vector<std::string>{"http://p1:3128", "http://p2:3128"});
    CHECK(join.join.proxy.username == "CORP\\svc");
    CHECK(join.join.proxy.password.file == password);
    CHECK(join.join.extra_ca == std::vector<std::string>{ca});
    CHECK(join.force);
}

TEST_CASE("a repeatable option takes one value each time, so the token may follow it", "[cli]") {
    const auto join = joined({"join", "--allow", "a.test:443", "--proxy", "http://p:3128", "cvj1_abc"});
    CHECK(join.token == "cvj1_abc");
    CHECK(join.join.allow == std::vector<std::string>{"a.test:443"});
}

TEST_CASE("no proxy and automatic configuration are choices of their own", "[cli]") {
    CHECK(joined({"join", "t", "--proxy", "none"}).join.proxy.source == config::ProxyConfig::Source::None);
    const auto pac = joined({"join", "t", "--pac", "http://wpad.corp/wpad.dat"}).join.proxy;
    CHECK(pac.source == config::ProxyConfig::Source::Pac);
    CHECK(pac.pac == "http://wpad.corp/wpad.dat");
    CHECK_FALSE(parsed({"join", "t", "--pac", "x", "--proxy", "http://p"}));
}

TEST_CASE("what is not a command line is a usage error", "[cli]") {
    for (const std::vector<const char*>& words : {std::vector<const char*>{},
                                                  {"walk"},
                                                  {"join"},
                                                  {"run", "--bogus"},
                                                  {"--log", "xml", "run"},
                                                  {"join", "t", "--weight", "0"},
                                                  {"join", "t", "--extra-ca", "/nonexistent"},
                                                  {"completion", "tcsh"}}) {
        const auto options = parsed(words);
        REQUIRE_FALSE(options);
        CHECK(options.error() == ExitCode::Usage);
    }
}

TEST_CASE("help and version end well", "[cli]") {
    CHECK(parsed({"--help"}).error() == ExitCode::Ok);
    CHECK(parsed({"join", "--help"}).error() == ExitCode::Ok);
    CHECK(parsed({"--version"}).error() == ExitCode::Ok);
}

TEST_CASE("log options may stand before or after the command", "[cli]") {
    for (const std::vector<const char*>& words :
         {std::vector<const char*>{"--log", "json", "run"}, {"run", "--log", "json"}}) {
        const auto options = parsed(words);
        REQUIRE(options);
        CHECK(options->log_format == log::Format::Json);
    }
}

TEST_CASE("completion names every command and option in each shell", "[cli]") {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const std::string script = completion_script(shell);
        for (const char* word : {"join", "run", "completion", "proxy-password-file", "config"})
            CHECK(script.find(word) != std::string::npos);
    }
}

TEST_CASE("a token is taken as it stands or from a file", "[cli]") {
    const test::TemporaryFolder folder;
    std::ofstream(folder.file("token")) << "cvj1_fromfile\n";
    CHECK(read_token("cvj1_direct").value() == "cvj1_direct");
    CHECK(read_token(folder.file("token")).value() == "cvj1_fromfile\n");
    const auto neither = read_token("nonsense");
    REQUIRE_FALSE(neither);
    CHECK(neither.error().message ==
          "\"nonsense\" is neither a join token (they begin with cvj1_) nor a file that can be read");
    std::ofstream(folder.file("huge")) << std::string(100'000, 'x');
    CHECK_FALSE(read_token(folder.file("huge")));
}
