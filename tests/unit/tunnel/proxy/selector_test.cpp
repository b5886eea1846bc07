#include "tunnel/proxy/selector.h"

#include <map>

#include <catch2/catch.hpp>

#include "tests/support/fake_clock.h"

using namespace culvert;
using namespace std::chrono_literals;
using namespace tunnel::proxy;

namespace {

Environment variables(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
        const auto found = values.find(name);
        if (found == values.end()) return std::nullopt;
        return found->second;
    };
}

ProxySettings urls(std::vector<std::string> list) {
    ProxySettings settings;
    settings.source = ProxySettings::Source::Urls;
    settings.urls = std::move(list);
    return settings;
}

const Target kRelay{"relay.example.com", 443, true};
const Clock& any_clock() {
    static const test::FakeClock clock;
    return clock;
}

// "proxy URL (why)" or "direct (why)", in order.
std::vector<std::string> ways(const Result<std::vector<Choice>>& choices) {
    REQUIRE(choices);
    std::vector<std::string> list;
    for (const Choice& choice : *choices)
        list.push_back((choice.proxy ? choice.proxy->url : "direct") + " (" + choice.why + ")");
    return list;
}

std::vector<std::string> ways(const ProxySettings& settings, const Environment& environment,
                              const Target& target = kRelay) {
    const auto selector = Selector::create(settings, environment, any_clock());
    REQUIRE(selector);
    return ways(selector->choices_for(target));
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("with nothing written and an empty environment the way is direct", "[proxy]") {
    CHECK(ways({}, variables({})) == List{"direct (no proxy is configured)"});
}

TEST_CASE("the environment's variable for the scheme comes before ALL_PROXY, lower case before upper case", "[proxy]") {
    CHECK(ways({}, variables({{"HTTPS_PROXY", "http://up:1"}})) == List{"http://up:1 (environment HTTPS_PROXY)"});
    CHECK(ways({}, variables({{"HTTPS_PROXY", "http://up:1"}, {"https_proxy", "low:2"}})) ==
          List{"http://low:2 (environment https_proxy, which comes before HTTPS_PROXY)"});
    CHECK(ways({}, variables({{"HTTPS_PROXY", "up:1"}, {"https_proxy", "up:1"}})) ==
          List{"http://up:1 (environment https_proxy)"});
    CHECK(ways({}, variables({{"ALL_PROXY", "http://all:3"}})) == List{"http://all:3 (environment ALL_PROXY)"});
    CHECK(ways({}, variables({{"ALL_PROXY", "http://all:3"}, {"HTTPS_PROXY", "up:1"}})) ==
          List{"http://up:1 (environment HTTPS_PROXY, which comes before ALL_PROXY)"});
    CHECK(ways({}, variables({{"HTTPS_PROXY", "  "}, {"all_proxy", "all:3"}})) ==
          List{"http://all:3 (environment all_proxy)"});
}

TEST_CASE("a plain target uses http_proxy and never the upper-case name", "[proxy]") {
    const Target plain{"relay.example.com", 80, false};
    CHECK(ways({}, variables({{"http_proxy", "low:2"}, {"HTTPS_PROXY", "up:1"}}), plain) ==
          List{"http://low:2 (environment http_proxy)"});
    CHECK(ways({}, variables({{"HTTP_PROXY", "evil:2"}}), plain) == List{"direct (no proxy is configured)"});
}

TEST_CASE("NO_PROXY of the environment and no_proxy of the settings both lead past the environment's proxy",
          "[proxy]") {
    ProxySettings settings;
    settings.no_proxy = {"10.0.0.0/8"};
    const Environment environment = variables({{"HTTPS_PROXY", "up:1"}, {"NO_PROXY", "localhost,.example.com"}});
    CHECK(ways(settings, environment) == List{"direct (environment NO_PROXY .example.com)"});
    CHECK(ways(settings, environment, {"10.2.3.4", 443, true}) == List{"direct (tunnel.proxy.no_proxy 10.0.0.0/8)"});
    CHECK(ways(settings, environment, {"relay.example.org", 443, true}) ==
          List{"http://up:1 (environment HTTPS_PROXY)"});
}

TEST_CASE("settings leave the environment out", "[proxy]") {
    const Environment environment = variables({{"HTTPS_PROXY", "up:1"}, {"NO_PROXY", "*"}});
    CHECK(ways(urls({"http://a:1", "https://b"}), environment) ==
          List{"http://a:1 (tunnel.proxy.urls[0])", "https://b:443 (tunnel.proxy.urls[1])"});
    ProxySettings none;
    none.source = ProxySettings::Source::None;
    CHECK(ways(none, environment) == List{"direct (tunnel.proxy: none)"});
}

TEST_CASE("a dead proxy is passed over until its time is over", "[proxy]") {
    test::FakeClock clock;
    auto selector = Selector::create(urls({"http://a:1", "http://b:2", "http://c:3"}), variables({}), clock);
    REQUIRE(selector);
    selector->note_dead(*selector->choices_for(kRelay)->front().proxy);
    CHECK(ways(selector->choices_for(kRelay)) ==
          List{"http://b:2 (tunnel.proxy.urls[1])", "http://c:3 (tunnel.proxy.urls[2])"});
    clock.advance(kDeadFor - 1s);
    CHECK(selector->choices_for(kRelay)->front().proxy->url == "http://b:2");
    clock.advance(1s);
    CHECK(selector->choices_for(kRelay)->front().proxy->url == "http://a:1");
}

TEST_CASE("a proxy that answers again is back in its place at once", "[proxy]") {
    auto selector = Selector::create(urls({"http://a:1", "http://b:2"}), variables({}), any_clock());
    REQUIRE(selector);
    const net::ProxyHop first = *selector->choices_for(kRelay)->front().proxy;
    selector->note_dead(first);
    selector->note_alive(first);
    CHECK(selector->choices_for(kRelay)->front().proxy->url == "http://a:1");
}

TEST_CASE("when every proxy is dead all are still tried", "[proxy]") {
    auto selector = Selector::create(urls({"http://a:1", "http://b:2"}), variables({}), any_clock());
    REQUIRE(selector);
    const std::vector<Choice> all = *selector->choices_for(kRelay);
    for (const Choice& choice : all) selector->note_dead(*choice.proxy);
    CHECK(ways(selector->choices_for(kRelay)).size() == 2);
}

TEST_CASE("direct: never refuses every direct way and says why there is none", "[proxy]") {
    ProxySettings settings = urls({"http://a:1"});
    settings.direct_never = true;
    settings.no_proxy = {".example.com"};
    auto selector = Selector::create(settings, variables({}), any_clock());
    REQUIRE(selector);
    const auto refused = selector->choices_for(kRelay);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::InvalidInput);
    CHECK(refused.error().message.find("tunnel.proxy.no_proxy .example.com") != std::string::npos);
    CHECK(selector->choices_for({"relay.example.org", 443, true}));

    ProxySettings bare;
    bare.direct_never = true;
    CHECK_FALSE(Selector::create(bare, variables({}), any_clock())->choices_for(kRelay));
}

TEST_CASE("the password is asked for at each choice and given only to the user it belongs to", "[proxy]") {
    ProxySettings settings = urls({"http://a:1", "http://bob:own@b:2", "http://carol@c:3"});
    settings.username = "alice";
    int asked = 0;
    settings.read_password = [&asked]() -> Result<Secret> { return Secret("word" + std::to_string(++asked)); };
    auto selector = Selector::create(settings, variables({}), any_clock());
    REQUIRE(selector);
    std::vector<Choice> choices = *selector->choices_for(kRelay);
    CHECK(choices[0].proxy->username == "alice");
    CHECK(choices[0].proxy->password == Secret("word1"));
    CHECK(choices[1].proxy->password == Secret("own"));
    CHECK(choices[2].proxy->password.empty());
    CHECK(selector->choices_for(kRelay)->front().proxy->password == Secret("word2"));
}

TEST_CASE("a password that cannot be read is an error that names the setting", "[proxy]") {
    ProxySettings settings = urls({"http://a:1"});
    settings.username = "alice";
    settings.read_password = []() -> Result<Secret> {
        return fail(Code::InvalidInput, "/run/secrets/proxy: no such file");
    };
    const auto selector = Selector::create(settings, variables({}), any_clock());
    REQUIRE(selector);
    const auto refused = selector->choices_for(kRelay);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "tunnel.proxy.password: /run/secrets/proxy: no such file");
}

TEST_CASE("mistakes in the settings are found when the selector is made", "[proxy]") {
    CHECK_FALSE(Selector::create(urls({"ftp://a"}), variables({}), any_clock()));
    CHECK_FALSE(Selector::create(urls({}), variables({}), any_clock()));
    CHECK_FALSE(Selector::create({}, variables({{"HTTPS_PROXY", "ftp://a"}}), any_clock()));
    ProxySettings settings = urls({"http://a:1"});
    settings.no_proxy = {"10.*"};
    const auto refused = Selector::create(settings, variables({}), any_clock());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("tunnel.proxy: no_proxy: \"10.*\"") == 0);
}
