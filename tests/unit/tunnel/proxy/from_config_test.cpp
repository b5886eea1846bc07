#include "tunnel/proxy/from_config.h"

#include <catch2/catch.hpp>

#include "tests/support/files.h"
#include "tests/support/temporary_folder.h"

using namespace culvert;
using namespace tunnel::proxy;
using Methods = std::vector<net::ProxyAuth>;

TEST_CASE("a proxy configuration that says nothing means the environment, every method and no password", "[proxy]") {
    const auto settings = settings_from({}, "tunnel.proxy");
    REQUIRE(settings);
    CHECK(settings->source == ProxySettings::Source::Environment);
    CHECK(settings->methods.size() == 4);
    CHECK_FALSE(settings->direct_never);
    CHECK_FALSE(settings->read_password);
    CHECK(settings->key == "tunnel.proxy");
}

TEST_CASE("what was configured arrives", "[proxy]") {
    config::ProxyConfig config;
    config.source = config::ProxyConfig::Source::Urls;
    config.urls = {"http://a:1", "http://b:2"};
    config.direct = config::ProxyConfig::Direct::Never;
    config.username = "CORP\\alice";
    config.no_proxy = {".corp"};
    const auto settings = settings_from(config, "load.proxy");
    REQUIRE(settings);
    CHECK(settings->source == ProxySettings::Source::Urls);
    CHECK(settings->urls == config.urls);
    CHECK(settings->direct_never);
    CHECK(settings->username == config.username);
    CHECK(settings->no_proxy == config.no_proxy);
    config.source = config::ProxyConfig::Source::None;
    CHECK(settings_from(config, "load.proxy")->source == ProxySettings::Source::None);
}

TEST_CASE("one method, every method or none may be allowed", "[proxy]") {
    const auto methods = [](config::ProxyAuth auth) {
        config::ProxyConfig config;
        config.auth = auth;
        return settings_from(config, "tunnel.proxy")->methods;
    };
    using net::ProxyAuth;
    CHECK(methods(config::ProxyAuth::Auto) ==
          Methods{ProxyAuth::Negotiate, ProxyAuth::Ntlm, ProxyAuth::Digest, ProxyAuth::Basic});
    CHECK(methods(config::ProxyAuth::Negotiate) == Methods{ProxyAuth::Negotiate});
    CHECK(methods(config::ProxyAuth::Ntlm) == Methods{ProxyAuth::Ntlm});
    CHECK(methods(config::ProxyAuth::Digest) == Methods{ProxyAuth::Digest});
    CHECK(methods(config::ProxyAuth::Basic) == Methods{ProxyAuth::Basic});
    CHECK(methods(config::ProxyAuth::None).empty());
}

TEST_CASE("a password file that changes is seen at the next question", "[proxy]") {
    const test::TemporaryFolder folder;
    config::ProxyConfig config;
    config.password.file = folder.file("password");
    const auto settings = settings_from(config, "tunnel.proxy");
    REQUIRE(settings);
    CHECK_FALSE(settings->read_password());
    test::write_file(config.password.file, "one\n");
    CHECK(settings->read_password()->reveal() == "one");
    test::write_file(config.password.file, "two");
    CHECK(settings->read_password()->reveal() == "two");
}

TEST_CASE("a PAC script's place arrives", "[proxy]") {
    config::ProxyConfig config;
    config.source = config::ProxyConfig::Source::Pac;
    config.pac = "http://wpad.corp/wpad.dat";
    const auto settings = settings_from(config, "tunnel.proxy");
    REQUIRE(settings);
    CHECK(settings->source == ProxySettings::Source::Pac);
    CHECK(settings->pac == config.pac);
}
