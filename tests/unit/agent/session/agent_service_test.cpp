#include "agent/session/agent_service.h"

#include <catch2/catch.hpp>

#include "tests/support/fake_relay.h"
#include "tests/support/plain_channel.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/virtual_time.h"
#include "tests/unit/agent/run/fake_engine.h"
#include "tunnel/session/agent_endpoint.h"
#include "tunnel/session/controller_endpoint.h"

using namespace culvert;
using namespace culvert::test;
using agent::session::AgentService;
using protocol::AgentMessage;
using protocol::ControllerMessage;
using namespace std::chrono_literals;

namespace {

NodeId id(std::uint8_t n) {
    NodeId node;
    node.bytes.fill(n);
    return node;
}

tunnel::session::EndpointParts parts_of(VirtualTime& time, Address self, const std::string& name) {
    tunnel::session::EndpointParts parts;
    parts.scheduler = std::make_unique<VirtualScheduler>(time);
    parts.channels = PlainChannel::maker(self.node, name);
    parts.self = self.node;
    parts.seed = self.node.bytes[0];
    return parts;
}

// A controller that writes down what agents tell it.
struct Controller final : tunnel::session::SessionEvents {
    // `instance` 0: n.
    Controller(VirtualTime& time, FakeRelay& relay, std::uint8_t n, std::uint64_t instance = 0) {
        if (instance == 0) instance = n;
        auto parts = parts_of(time, {id(n), instance}, "ctl-" + std::to_string(n));
        parts.handlers.on_datagram = [this](tunnel::session::Session&, std::string_view bytes) {
            datagrams.push_back(protocol::decode_datagram(bytes).value());
        };
        endpoint = std::make_unique<tunnel::session::ControllerEndpoint>(std::move(parts));
        uplink = std::make_unique<FakeUplink>(relay, Address{id(n), instance}, Role::Controller, "ctl", *endpoint);
        endpoint->attach(*uplink);
        uplink->up();
        session = &endpoint->open({id(1), 0}, "fra-1", *this);
    }
    void on_message(tunnel::session::Session&, std::string_view piece) override {
        auto whole = assembler.feed(piece).value();
        if (whole) heard.push_back(protocol::decode_agent_message(*whole).value());
    }
    void on_open(tunnel::session::Session&) override {}
    void on_interrupted(tunnel::session::Session&, const Error&) override {}
    void on_resumed(tunnel::session::Session&) override {}
    void on_writable(tunnel::session::Session&) override {}
    void on_lost(tunnel::session::Session&, const Error& why) override {
        session = nullptr;
        lost = why.message;
    }
    void say(const ControllerMessage& message) {
        const auto pieces = protocol::encode(message);
        REQUIRE(pieces);
        for (const std::string& piece : *pieces) REQUIRE(session->send(piece));
    }
    template <class Message>
    std::vector<Message> all() const {
        std::vector<Message> found;
        for (const AgentMessage& message : heard) {
            if (const auto* one = std::get_if<Message>(&message)) found.push_back(*one);
        }
        return found;
    }

    std::unique_ptr<tunnel::session::Endpoint> endpoint;
    std::unique_ptr<FakeUplink> uplink;
    tunnel::session::Session* session = nullptr;
    protocol::Assembler assembler;
    std::vector<AgentMessage> heard;
    std::vector<protocol::Datagram> datagrams;
    std::string lost;
};

struct Scene {
    // `spool_file` empty: one of its own.
    explicit Scene(const std::string& spool_file = "") {
        auto opened =
            agent::spool::Spool::open(spool_file.empty() ? folder.file("spool.sqlite") : spool_file, Bytes{16 << 20});
        REQUIRE(opened);
        spool = std::move(*opened);
        AgentService::Setup setup{.scheduler = std::make_unique<VirtualScheduler>(time),
                                  .post = [this](std::function<void()> task) { posted.push_back(std::move(task)); },
                                  .engines = engines.factory(),
                                  .charter = open_charter(),
                                  .engine_options = {},
                                  .files = std::move(*agent::run::FileStore::open(folder.file("files"))),
                                  .keep_running_for = 2min,
                                  .description = {},
                                  .spooled = [] { return Bytes{77}; },
                                  .cpu_percent = [] { return 12.0; },
                                  .spool = spool.get()};
        setup.description.name = "fra-1";
        setup.description.labels = {{"os", "linux"}};
        service = std::make_unique<AgentService>(std::move(setup));
        auto parts = parts_of(time, {id(1), 0}, "fra-1");
        parts.handlers.accept = [this](const Address& peer,
                                       const std::string& name) -> tunnel::session::SessionEvents& {
            return service->accept(peer, name);
        };
        parts.handlers.on_datagram = [this](tunnel::session::Session& from, std::string_view bytes) {
            service->on_datagram(from, bytes);
        };
        parts.stores = [this](const Address& peer, const tunnel::session::SessionId&) {
            return spool->make_store(peer, protocol::ends_message);
        };
        endpoint = std::make_unique<tunnel::session::AgentEndpoint>(std::move(parts));
        uplink = std::make_unique<FakeUplink>(relay, Address{id(1), 0}, Role::Agent, "fra-1", *endpoint);
        endpoint->attach(*uplink);
        uplink->up();
    }
    ~Scene() {
        endpoint.reset();
        service.reset();
    }

    void settle(Duration by = 1s) {
        for (Duration passed{}; passed < by; passed += 10ms) {
            relay.deliver();
            time.advance(10ms);
            for (auto& task : std::exchange(posted, {})) task();
        }
        relay.deliver();
    }
    static protocol::Prepare prepare(const std::string& run) {
        protocol::Prepare prepare;
        prepare.run = run;
        prepare.plan_file = "small.yaml";
        prepare.plan_text = kSmallPlan;
        prepare.share.scenarios = {{0, {1.0}}};
        return prepare;
    }
    protocol::AgentInstant now() const {
        return {std::chrono::floor<std::chrono::microseconds>(time.now().time_since_epoch())};
    }

    TemporaryFolder folder;
    VirtualTime time;
    FakeRelay relay;
    FakeEngines engines;
    std::vector<std::function<void()>> posted;
    std::unique_ptr<agent::spool::Spool> spool;
    std::unique_ptr<AgentService> service;
    std::unique_ptr<tunnel::session::Endpoint> endpoint;
    std::unique_ptr<FakeUplink> uplink;
};

std::vector<std::uint64_t> numbers_of(const Controller& controller) {
    std::vector<std::uint64_t> numbers;
    for (const auto& report : controller.all<protocol::IntervalReport>()) numbers.push_back(report.interval.number);
    return numbers;
}

// A run under way whose controller has its first two intervals, and then hears nothing any more.
void run_without_controller(Scene& scene, std::uint32_t intervals) {
    Controller controller(scene.time, scene.relay, 2);
    scene.settle();
    controller.say(Scene::prepare("run-1"));
    controller.say(protocol::Start{"run-1", scene.now()});
    scene.settle();
    for (std::uint32_t second = 0; second < 2; ++second)
        scene.engines.events->on_interval(FakeEngines::interval(second));
    scene.settle();
    CHECK(numbers_of(controller) == std::vector<std::uint64_t>{1, 2});
    controller.uplink->down();
    for (std::uint32_t second = 2; second < 2 + intervals; ++second)
        scene.engines.events->on_interval(FakeEngines::interval(second));
    scene.settle();
}

}  // namespace

TEST_CASE("an agent says who it is on every session, and when asked", "[session]") {
    Scene scene;
    Controller controller(scene.time, scene.relay, 2);
    scene.settle();
    REQUIRE(controller.all<protocol::AgentHello>().size() == 1);
    const auto hello = controller.all<protocol::AgentHello>().front();
    CHECK(hello.name == "fra-1");
    CHECK(hello.charter.targets == std::vector<std::string>{"*:80"});
    CHECK(hello.run.empty());
    CHECK(hello.cpu_percent == 12.0);
    controller.say(protocol::Query{});
    scene.settle();
    CHECK(controller.all<protocol::AgentHello>().size() == 2);
}

TEST_CASE("an agent answers clock probes with its own clock", "[session]") {
    Scene scene;
    Controller controller(scene.time, scene.relay, 2);
    scene.settle();
    controller.session->send_datagram(protocol::encode(protocol::Datagram(protocol::ClockProbe{123us})));
    const auto before = scene.now();
    scene.settle();
    REQUIRE(controller.datagrams.size() == 1);
    const auto& reply = std::get<protocol::ClockReply>(controller.datagrams.front());
    CHECK(reply.probe_sent == 123us);
    CHECK(reply.received == before);
    CHECK(reply.replied >= reply.received);
}

TEST_CASE("a run goes from Prepare to Release over a session", "[session]") {
    Scene scene;
    Controller controller(scene.time, scene.relay, 2);
    scene.settle();
    controller.say(Scene::prepare("run-1"));
    scene.settle();
    CHECK(controller.all<protocol::Prepared>().at(0).problems.empty());
    controller.say(protocol::Start{"run-1", scene.now()});
    scene.settle();
    CHECK(controller.all<protocol::Started>().size() == 1);
    scene.engines.events->on_interval(FakeEngines::interval(0));
    scene.engines.finish();
    scene.settle();
    CHECK(controller.all<protocol::IntervalReport>().size() == 1);
    CHECK(controller.all<protocol::RunFinished>().at(0).intervals_sent == 1);
    controller.say(protocol::Release{"run-1"});
    scene.settle();
    CHECK(scene.service->run() == nullptr);
}

TEST_CASE("a second controller is told which run holds the agent", "[session]") {
    Scene scene;
    Controller first(scene.time, scene.relay, 2), second(scene.time, scene.relay, 3);
    scene.settle();
    first.say(Scene::prepare("run-1"));
    scene.settle();
    second.say(Scene::prepare("run-2"));
    second.say(protocol::Stop{"run-1", true, "not mine"});
    scene.settle();
    const auto refused = second.all<protocol::Prepared>().at(0);
    CHECK(refused.busy_with == "run-1");
    CHECK(refused.problems == std::vector<std::string>{"the agent is busy with run run-1"});
    REQUIRE(scene.service->run() != nullptr);
    CHECK(scene.service->run()->state() == agent::run::State::Ready);
    second.say(protocol::Query{});
    scene.settle();
    CHECK(second.all<protocol::AgentHello>().back().run == "run-1");
}

TEST_CASE("the status of a connected agent comes every few seconds", "[session]") {
    Scene scene;
    Controller controller(scene.time, scene.relay, 2);
    scene.settle(11s);
    CHECK(controller.all<protocol::AgentStatus>().size() == 2);
    CHECK(controller.all<protocol::AgentStatus>().front().spooled_bytes == 77);
}

TEST_CASE("results measured during a cut arrive afterwards, each once", "[session]") {
    Scene scene;
    Controller controller(scene.time, scene.relay, 2);
    scene.settle();
    controller.say(Scene::prepare("run-1"));
    controller.say(protocol::Start{"run-1", scene.now()});
    scene.settle();
    scene.uplink->down();
    for (std::uint32_t second = 0; second < 30; ++second)
        scene.engines.events->on_interval(FakeEngines::interval(second));
    scene.settle(5s);
    CHECK(controller.all<protocol::IntervalReport>().empty());
    scene.uplink->up();
    scene.settle(5s);
    const auto reports = controller.all<protocol::IntervalReport>();
    REQUIRE(reports.size() == 30);
    for (std::size_t i = 0; i < reports.size(); ++i) CHECK(reports[i].interval.number == i + 1);
}

TEST_CASE("a run whose controller is gone for good ends", "[session]") {
    Scene scene;
    Controller controller(scene.time, scene.relay, 2);
    scene.settle();
    controller.say(Scene::prepare("run-1"));
    controller.say(protocol::Start{"run-1", scene.now()});
    scene.settle();
    controller.session->close("killed");
    scene.settle();
    CHECK(scene.service->run() == nullptr);
    CHECK(scene.engines.alive == 0);
}

TEST_CASE("another process of its controller gets what the first one missed of a run, in order, then the rest",
          "[session]") {
    Scene scene;
    run_without_controller(scene, 3);
    Controller second(scene.time, scene.relay, 2, 99);
    scene.settle();
    CHECK(second.all<protocol::AgentHello>().at(0).run == "run-1");
    scene.engines.events->on_interval(FakeEngines::interval(5));  // still for nobody
    scene.settle();
    CHECK(numbers_of(second).empty());
    second.say(protocol::Resume{"run-1", 2});
    scene.settle();
    CHECK(numbers_of(second) == std::vector<std::uint64_t>{3, 4, 5, 6});
    scene.engines.events->on_interval(FakeEngines::interval(6));
    scene.settle();
    second.say(protocol::Stop{"run-1", false, "enough"});
    scene.engines.finish();
    scene.settle();
    CHECK(numbers_of(second) == std::vector<std::uint64_t>{3, 4, 5, 6, 7});
    const auto finished = second.all<protocol::RunFinished>();
    REQUIRE(finished.size() == 1);
    CHECK(finished[0].intervals_sent == 7);
    CHECK(finished[0].totals.scenarios.at(0).steps.at(0).requests == 70);
    CHECK(second.all<protocol::RunLeft>().empty());
    second.say(protocol::Release{"run-1"});
    scene.settle();
    CHECK(scene.service->run() == nullptr);
    CHECK(scene.spool->leftovers().empty());
}

TEST_CASE("a run that nobody resumed stops by itself, and whoever asks later gets all of it", "[session]") {
    Scene scene;
    run_without_controller(scene, 1);
    scene.settle(125s);
    CHECK(scene.engines.stops.size() == 1);
    scene.engines.finish();
    scene.settle();
    Controller second(scene.time, scene.relay, 2, 99);
    scene.settle();
    CHECK(second.all<protocol::AgentHello>().at(0).run.empty());
    second.say(protocol::Resume{"run-1", 2});
    scene.settle();
    CHECK(numbers_of(second) == std::vector<std::uint64_t>{3});
    REQUIRE(second.all<protocol::RunFinished>().size() == 1);
    CHECK(second.all<protocol::RunFinished>()[0].outcome == protocol::Outcome::CutOff);
    CHECK(second.all<protocol::RunLeft>().empty());
}

TEST_CASE("a controller gets nothing of another one's run", "[session]") {
    Scene scene;
    run_without_controller(scene, 3);
    Controller stranger(scene.time, scene.relay, 3);
    scene.settle();
    stranger.say(protocol::Resume{"run-1", 0});
    scene.settle();
    CHECK(numbers_of(stranger).empty());
    CHECK(stranger.all<protocol::RunLeft>().size() == 1);
    CHECK(scene.service->run()->state() == agent::run::State::Running);
}

TEST_CASE("a restarted agent delivers what its former process had kept, and says that it left the run", "[session]") {
    const TemporaryFolder folder;
    {
        Scene former(folder.file("spool.sqlite"));
        run_without_controller(former, 3);
    }
    Scene scene(folder.file("spool.sqlite"));
    REQUIRE(scene.spool->leftovers().size() == 1);
    Controller controller(scene.time, scene.relay, 2, 99);
    scene.settle();
    CHECK(controller.all<protocol::AgentHello>().at(0).run.empty());
    controller.say(protocol::Resume{"run-1", 3});  // one arrived, only its acknowledgement did not
    scene.settle();
    CHECK(numbers_of(controller) == std::vector<std::uint64_t>{4, 5});
    const auto left = controller.all<protocol::RunLeft>();
    REQUIRE(left.size() == 1);
    CHECK(left[0].intervals_sent == 5);
    CHECK(scene.spool->leftovers().empty());
    // Asked again, by whomever: there is nothing any more, and nothing twice.
    controller.say(protocol::Resume{"run-1", 5});
    scene.settle();
    CHECK(numbers_of(controller).size() == 2);
    CHECK(controller.all<protocol::RunLeft>().size() == 2);
}

TEST_CASE("a session that ends without a run leaves nothing in the spool", "[session]") {
    Scene scene;
    {
        Controller controller(scene.time, scene.relay, 2);
        scene.settle();
        controller.uplink->down();
        scene.settle(11s);  // statuses wait for it
    }
    scene.settle(6min);  // the agent gives it up
    CHECK(scene.spool->leftovers().empty());
    CHECK(scene.spool->stored() == Bytes{0});
}

TEST_CASE("a controller that breaks the protocol loses its session", "[session]") {
    Scene scene;
    Controller controller(scene.time, scene.relay, 2);
    scene.settle();
    REQUIRE(controller.session->send(std::string("\0garbage", 8)));
    scene.settle();
    CHECK(controller.session == nullptr);
    CHECK(controller.lost.find("a message of a controller") != std::string::npos);
}

TEST_CASE("an agent that is told to stop ends its run and delivers the results first", "[session]") {
    Scene scene;
    Controller controller(scene.time, scene.relay, 2);
    scene.settle();
    controller.say(Scene::prepare("run-1"));
    controller.say(protocol::Start{"run-1", scene.now()});
    scene.settle();
    bool done = false;
    scene.service->shut_down([&done] { done = true; });
    scene.settle();
    CHECK_FALSE(done);
    scene.engines.events->on_interval(FakeEngines::interval(0));
    scene.engines.finish();
    scene.settle();
    CHECK(done);
    CHECK(controller.all<protocol::RunFinished>().at(0).reason == "the agent was stopped");
}

TEST_CASE("an agent does not wait for an engine for ever when it is told to stop", "[session]") {
    Scene scene;
    Controller controller(scene.time, scene.relay, 2);
    scene.settle();
    controller.say(Scene::prepare("run-1"));
    controller.say(protocol::Start{"run-1", scene.now()});
    scene.settle();
    bool done = false;
    scene.service->shut_down([&done] { done = true; });
    scene.settle(AgentService::kLongestShutDown + 1s);
    CHECK(done);
}
