#include <catch2/catch.hpp>

#include "tests/integration/engine/engine_scene.h"
#include "tests/support/files.h"
#include "tests/support/temporary_folder.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using metrics::ErrorKind;

namespace {

struct Secured {
    TemporaryFolder folder;
    crypto::WebCertificate certificate = crypto::make_web_certificate("localhost", SystemClock()).value();
    HttpOrigin origin;

    explicit Secured(HttpOrigin::Handler handler) : origin(std::move(handler), certificate) {
        write_file(folder.file("ca.pem"), certificate.certificate_pem);
    }
    agent::worker::EngineOptions trusting() const {
        agent::worker::EngineOptions options;
        options.threads = 1;
        options.extra_ca_files = {folder.file("ca.pem")};
        return options;
    }
    std::string plan(const std::string& host, const std::string& headers = "{ X-A: b }") const {
        return plan_of(
            "[ iterations: { total: 20, users: 2, at_most: 5s } ]",
            "[ { get: \"https://" + host + ":" + std::to_string(origin.port()) + "/\", headers: " + headers + " } ]");
    }
};

}  // namespace

TEST_CASE("a target with TLS is verified, kept open and measured by phase", "[engine]") {
    Secured target(HttpOrigin::after(0ms));
    EngineRun run(whole_run(target.plan("localhost")), target.trusting());
    REQUIRE(run.start().wait());
    CHECK(run.step().requests == 20);
    CHECK(run.step().failures == 0);
    CHECK(run.step().phases.tls.count == 2);
    CHECK(target.origin.connections() == 2);
}

TEST_CASE("large bodies come whole through TLS, also when they end with the connection", "[engine]") {
    Secured target([](const OriginRequest&) {
        OriginAnswer answer;
        answer.body = std::string(300'000, 'x');
        answer.ending = OriginAnswer::Ending::Close;
        return answer;
    });
    EngineRun run(whole_run(target.plan("localhost")), target.trusting());
    REQUIRE(run.start().wait());
    CHECK(run.step().failures == 0);
    CHECK(run.step().bytes_received > 20 * 300'000);
    CHECK(target.origin.connections() == 20);
}

TEST_CASE("a certificate of an unknown CA or for another name is refused, and says which", "[engine]") {
    Secured target(HttpOrigin::after(0ms));
    SECTION("unknown CA") {
        agent::worker::EngineOptions options;
        EngineRun run(whole_run(target.plan("localhost")), options);
        REQUIRE(run.start().wait());
        CHECK(errors(run.step(), ErrorKind::Tls) == 20);
        REQUIRE_FALSE(run.examples.empty());
        CHECK(run.examples[0].what.find("certificate not accepted: self") != std::string::npos);
        CHECK(run.examples[0].phase == "tls");
    }
    SECTION("another name") {
        Secured other(HttpOrigin::after(0ms));
        auto certificate = crypto::make_web_certificate("other.test", SystemClock()).value();
        HttpOrigin origin(HttpOrigin::after(0ms), certificate);
        write_file(other.folder.file("ca.pem"), certificate.certificate_pem);
        EngineRun run(whole_run(plan_of("[ iterations: { total: 1, users: 1, at_most: 5s } ]",
                                        "[ get: \"" + origin.url() + "/\" ]")),
                      other.trusting());
        REQUIRE(run.start().wait());
        CHECK(errors(run.step(), ErrorKind::Tls) == 1);
        REQUIRE_FALSE(run.examples.empty());
        CHECK(run.examples[0].what.find("mismatch") != std::string::npos);
    }
    SECTION("not verified, if its owner says so") {
        agent::worker::EngineOptions options;
        options.verify_tls = false;
        EngineRun run(whole_run(target.plan("localhost")), options);
        REQUIRE(run.start().wait());
        CHECK(run.step().failures == 0);
    }
}

TEST_CASE("an extra CA file that cannot be read stops the preparation", "[engine]") {
    struct Nothing final : agent::worker::EngineEvents {
        void on_interval(metrics::Interval) override {}
        void on_error_example(metrics::ErrorExample) override {}
        void on_abort(std::string) override {}
        void on_finished() override {}
    } events;
    agent::worker::EngineOptions options;
    options.extra_ca_files = {"/does/not/exist.pem"};
    const auto engine = agent::worker::Engine::prepare(
        whole_run(plan_of("[ constant_users: { users: 1, for: 1s } ]", "[ get: \"http://127.0.0.1/\" ]")),
        open_charter(), options, events);
    REQUIRE_FALSE(engine.has_value());
    CHECK(engine.error().message.find("/does/not/exist.pem") != std::string::npos);
}
