// PAC scripts, evaluated in a child process as a node does it.
#include <chrono>
#include <filesystem>
#include <future>

#include <catch2/catch.hpp>

#include "controller/demo/child_process.h"
#include "tests/support/fake_clock.h"
#include "tests/support/files.h"
#include "tests/support/loopback.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_origin.h"
#include "tests/support/test_proxy.h"
#include "tunnel/pac/child_protocol.h"
#include "tunnel/pac/evaluator.h"
#include "tunnel/proxy/async_choice.h"
#include "tunnel/proxy/selector.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using namespace tunnel::proxy;
using Catch::Contains;
using List = std::vector<std::string>;

namespace {

const Target kRelay{"relay.example.com", 443, true};

std::vector<std::string> child_command() {
    return {(demo::own_folder() / "test_pac_child").string(), std::string(tunnel::pac::kChildArgument)};
}

std::string function(const std::string& body) {
    return "function FindProxyForURL(url, host) {\n" + body + "\n}\n";
}

ProxySettings settings_for(const std::string& pac) {
    ProxySettings settings;
    settings.source = ProxySettings::Source::Pac;
    settings.pac = pac;
    settings.pac_command = child_command();
    return settings;
}

Selector selector_for(const ProxySettings& settings, const Clock& clock) {
    auto made = Selector::create(
        settings, [](const std::string&) { return std::nullopt; }, clock);
    REQUIRE(made);
    return std::move(*made);
}

// "URL" or "direct", in order; or the error.
List ways(const Result<std::vector<Choice>>& choices) {
    if (!choices) return {choices.error().message};
    List list;
    for (const Choice& choice : *choices) list.push_back(choice.proxy ? choice.proxy->url : "direct");
    return list;
}

// A script in a file, and a selector that asks it.
struct Scene {
    TemporaryFolder folder;
    FakeClock clock;
    ProxySettings settings = settings_for(folder.file("proxy.pac"));

    explicit Scene(const std::string& script) { write(script); }
    void write(const std::string& script) const { write_file(folder.file("proxy.pac"), script); }
    Selector selector() const { return selector_for(settings, clock); }
    List ways(const Target& target = kRelay) const { return ::ways(selector().choices_for(target)); }
    std::string error() const {
        const auto choices = selector().choices_for(kRelay);
        REQUIRE_FALSE(choices);
        return choices.error().message;
    }
};

}  // namespace

TEST_CASE("a script's list becomes ways in order, each with the reason", "[pac]") {
    const Scene scene(function("return 'PROXY a:3128; HTTPS b; SOCKS5 c:1081; DIRECT';"));
    const auto choices = scene.selector().choices_for(kRelay);
    CHECK(ways(choices) == List{"http://a:3128", "https://b:443", "socks5h://c:1081", "direct"});
    CHECK(choices->front().why == "PAC " + scene.settings.pac + ": PROXY a:3128");
    CHECK(choices->front().proxy->chosen_by == choices->front().why);
}

TEST_CASE("direct: never takes DIRECT out of a script's list, and refuses when nothing is left", "[pac]") {
    Scene scene(function("return host == 'relay.example.com' ? 'PROXY a:1; DIRECT' : 'DIRECT';"));
    scene.settings.direct_never = true;
    CHECK(scene.ways() == List{"http://a:1"});
    const List refused = scene.ways({"elsewhere.example.com", 443, true});
    REQUIRE(refused.size() == 1);
    CHECK_THAT(refused[0], Contains("direct is never") && Contains("PAC ") && Contains("DIRECT"));
}

TEST_CASE("a script sees the host and a URL without path, and its functions work", "[pac]") {
    const Scene scene(
        function("alert('as in browsers');\n"
                 "if (isInNet(host, '10.0.0.0', '255.0.0.0')) return 'PROXY in-ten:1';\n"
                 "if (shExpMatch(url, 'https://*.corp/')) return 'PROXY corp:1';\n"
                 "if (dnsDomainIs(host, '.example.org')) return 'PROXY org:1';\n"
                 "if (isPlainHostName(host)) return 'PROXY plain:1';\n"
                 "if (url == 'https://relay.example.com:8443/') return 'PROXY port:1';\n"
                 "return myIpAddress().length > 6 ? 'PROXY rest:1' : 'DIRECT';"));
    CHECK(scene.ways({"10.2.3.4", 443, true}) == List{"http://in-ten:1"});
    CHECK(scene.ways({"a.corp", 443, true}) == List{"http://corp:1"});
    CHECK(scene.ways({"a.corp", 443, false}) == List{"http://rest:1"});
    CHECK(scene.ways({"a.example.org", 443, true}) == List{"http://org:1"});
    CHECK(scene.ways({"plain", 443, true}) == List{"http://plain:1"});
    CHECK(scene.ways({"relay.example.com", 8443, true}) == List{"http://port:1"});
    CHECK(scene.ways() == List{"http://rest:1"});
}

TEST_CASE("no_proxy of the settings comes before the script", "[pac]") {
    Scene scene(function("return 'PROXY a:1';"));
    scene.settings.no_proxy = {".example.com"};
    CHECK(scene.ways() == List{"direct"});
    CHECK(scene.ways({"relay.example.org", 443, true}) == List{"http://a:1"});
}

TEST_CASE("a script that is wrong is named with its place and line", "[pac]") {
    Scene scene(function("return 'PROXY a:1'") + "\n}");
    CHECK_THAT(scene.error(), Contains("PAC " + scene.settings.pac + ": line 5: SyntaxError"));
    scene.write(function("let proxy = 'PROXY a:1';\nreturn proxy;"));
    CHECK_THAT(scene.error(), Contains("line 2: SyntaxError") && Contains("let is newer JavaScript"));
    scene.write(function("return nothing_like_it(host);"));
    CHECK_THAT(scene.error(), Contains("line 2: ReferenceError: nothing_like_it is not defined"));
    scene.write("var x = 1;");
    CHECK_THAT(scene.error(), Contains("defines no function FindProxyForURL"));
    scene.write("<html>log in</html>");
    CHECK_THAT(scene.error(), Contains("is a web page"));
    scene.write(function(""));
    CHECK_THAT(scene.error(), Contains("ended without a return"));
    scene.settings.pac = scene.folder.file("none.pac");
    CHECK_THAT(scene.error(), Contains("none.pac: cannot be read: No such file"));
}

TEST_CASE("a script that never ends is stopped, and so is one that eats memory", "[pac]") {
    Scene scene(function("while (true) {}"));
    scene.settings.pac_evaluation_limit = 300ms;
    const auto before = std::chrono::steady_clock::now();
    CHECK_THAT(scene.error(), Contains("did not answer within 300ms") && Contains("endless loop"));
    CHECK(std::chrono::steady_clock::now() - before < 3s);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their own memory leaves no room for a limit
    scene.write(function("var s = 'xxxxxxxxxxxxxxxx'; var all = []; while (true) { s = s + s; all.push(s); }"));
    scene.settings.pac_evaluation_limit = 3s;
    CHECK_THAT(scene.error(), Contains("line 2: out of memory"));
#endif
}

TEST_CASE("an evaluation that is cancelled ends at once", "[pac]") {
    Scene scene(function("while (true) {}"));
    scene.settings.pac_evaluation_limit = 30s;
    std::stop_source cancel;
    const Selector selector = scene.selector();
    auto asked = std::async(std::launch::async, [&] { return selector.choices_for(kRelay, cancel.get_token()); });
    const auto before = std::chrono::steady_clock::now();
    cancel.request_stop();
    CHECK_FALSE(asked.get());
    CHECK(std::chrono::steady_clock::now() - before < 5s);
}

TEST_CASE("an answer is kept for minutes, and thought over once all its proxies are dead", "[pac]") {
    Scene scene(function("return 'PROXY a:1; PROXY b:2';"));
    Selector selector = scene.selector();
    CHECK(ways(selector.choices_for(kRelay)) == List{"http://a:1", "http://b:2"});
    scene.write(function("return 'PROXY c:3';"));
    CHECK(ways(selector.choices_for(kRelay)) == List{"http://a:1", "http://b:2"});
    selector.note_dead(*selector.choices_for(kRelay)->front().proxy);
    CHECK(ways(selector.choices_for(kRelay)) == List{"http://b:2"});
    scene.clock.advance(11s);
    selector.note_dead(*selector.choices_for(kRelay)->front().proxy);
    CHECK(ways(selector.choices_for(kRelay)) == List{"http://c:3"});
    scene.write(function("return 'PROXY d:4';"));
    scene.clock.advance(6min);
    CHECK(ways(selector.choices_for(kRelay)) == List{"http://d:4"});
}

TEST_CASE("a script from a web server, its last good copy serves while the server is slow or gone", "[pac]") {
    const std::string script = function("return 'PROXY a:1';");
    FakeClock clock;
    auto origin = std::make_unique<TestOrigin>(
        std::nullopt, TestOrigin::answer_once("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(script.size()) +
                                              "\r\n\r\n" + script));
    ProxySettings settings = settings_for("http://127.0.0.1:" + std::to_string(origin->port()) + "/wpad.dat");
    settings.pac_fetch_limit = 300ms;
    const Selector selector = selector_for(settings, clock);
    CHECK(ways(selector.choices_for(kRelay)) == List{"http://a:1"});
    origin.reset();
    clock.advance(6min);
    CHECK(ways(selector.choices_for(kRelay)) == List{"http://a:1"});
}

TEST_CASE("the last good copy survives the process: a start while the script's server is down uses it, and says so",
          "[pac]") {
    const TemporaryFolder folder;
    FakeClock clock;
    const auto serving = [](const std::string& script) {
        return std::make_unique<TestOrigin>(
            std::nullopt, TestOrigin::answer_once("HTTP/1.1 200 OK\r\nContent-Length: " +
                                                  std::to_string(script.size()) + "\r\n\r\n" + script));
    };
    auto origin = serving(function("return 'PROXY a:1; DIRECT';"));
    ProxySettings settings = settings_for("http://127.0.0.1:" + std::to_string(origin->port()) + "/wpad.dat");
    settings.pac_fetch_limit = 300ms;
    settings.pac_copy.file = folder.file("pac-copy");
    const auto of_a_new_process = [&] { return selector_for(settings, clock).choices_for(kRelay); };
    const auto first = of_a_new_process();
    CHECK(ways(first) == List{"http://a:1", "direct"});
    CHECK(first->front().note == "");
    REQUIRE(std::filesystem::exists(settings.pac_copy.file));
    CHECK((std::filesystem::status(settings.pac_copy.file).permissions() & std::filesystem::perms::mask) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    const std::string kept = read_file(settings.pac_copy.file);
    origin.reset();
    clock.advance(3h);

    SECTION("with its age and the reason") {
        const auto again = of_a_new_process();
        CHECK(ways(again) == List{"http://a:1", "direct"});
        CHECK_THAT(again->front().note,
                   Contains("cannot be fetched: Connection refused") && Contains("a copy of 3 h ago is used"));
        settings.direct_never = true;
        CHECK(ways(of_a_new_process()) == List{"http://a:1"});
    }
    SECTION("but never for another URL") {
        settings.pac = "http://127.0.0.1:" + std::to_string(unused_port()) + "/wpad.dat";
        CHECK_THAT(ways(of_a_new_process()).front(), Contains("Connection refused"));
    }
    SECTION("but not when it is damaged, or open to others") {
        std::string damaged = kept;
        damaged[damaged.size() / 2] ^= 1;
        write_file(settings.pac_copy.file, damaged);
        CHECK_THAT(ways(of_a_new_process()).front(), Contains("Connection refused"));
        write_file(settings.pac_copy.file, kept);
        std::filesystem::permissions(settings.pac_copy.file, std::filesystem::perms(0644));
        CHECK_THAT(ways(of_a_new_process()).front(), Contains("Connection refused"));
    }
    SECTION("and is not replaced by a page that is no script, nor by a process that only looks") {
        origin = serving("<html>please log in</html>");
        settings.pac = "http://127.0.0.1:" + std::to_string(origin->port()) + "/wpad.dat";
        CHECK_THAT(ways(of_a_new_process()).front(), Contains("is a web page"));
        CHECK(read_file(settings.pac_copy.file) == kept);
        origin = serving(function("return 'PROXY b:2';"));
        settings.pac = "http://127.0.0.1:" + std::to_string(origin->port()) + "/wpad.dat";
        settings.pac_copy.writes = false;
        CHECK(ways(of_a_new_process()) == List{"http://b:2"});
        CHECK(read_file(settings.pac_copy.file) == kept);
    }
}

TEST_CASE("a script that cannot be fetched is an error that names its URL and the cause", "[pac]") {
    FakeClock clock;
    const auto error_of = [&clock](const std::string& url) {
        ProxySettings settings = settings_for(url);
        settings.pac_fetch_limit = 300ms;
        return ways(selector_for(settings, clock).choices_for(kRelay)).front();
    };
    const auto at = [](std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port) + "/wpad.dat"; };
    const std::string gone = at(unused_port());
    CHECK_THAT(error_of(gone), Contains("PAC " + gone + ": cannot be fetched: Connection refused"));
    TestOrigin missing(std::nullopt, TestOrigin::answer_once("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    CHECK_THAT(error_of(at(missing.port())), Contains("its server answered 404"));
    TestOrigin slow(std::nullopt, TestOrigin::never_speak());
    CHECK_THAT(error_of(at(slow.port())), Contains("its server did not answer within 300ms"));
    TestOrigin large(std::nullopt, TestOrigin::answer_once("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" +
                                                           std::string(3'000'000, ' ')));
    CHECK_THAT(error_of(at(large.port())), Contains("larger than"));
}

TEST_CASE("a choice that takes long does not hold up its loop", "[pac]") {
    Scene scene(
        function("var end = new Date().getTime() + 300; while (new Date().getTime() < end) {} return 'PROXY a:1';"));
    net::Loop loop;
    const Selector selector = scene.selector();
    CHECK(selector.waits());
    AsyncChoice choice(loop, selector);
    int ticks = 0;
    List found;
    const auto timer = loop.every(10ms, [&ticks] { ++ticks; });
    choice.start(kRelay, [&](AsyncChoice::Answer answer) {
        found = ways(answer);
        loop.stop();
    });
    loop.run();
    CHECK(found == List{"http://a:1"});
    CHECK(ticks > 3);
    choice.start(kRelay, [&](AsyncChoice::Answer) { FAIL("was cancelled"); });
    choice.cancel();
}
