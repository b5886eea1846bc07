#include "tests/unit/agent/session/agent_scene.h"

#include <utility>

#include <catch2/catch.hpp>

#include "tests/support/plain_channel.h"
#include "tunnel/session/agent_endpoint.h"
#include "tunnel/session/controller_endpoint.h"

namespace culvert::test {

using namespace std::chrono_literals;
using agent::session::AgentService;

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

}  // namespace

RecordingController::RecordingController(VirtualTime& time, FakeRelay& relay, std::uint8_t n, std::uint64_t instance) {
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

void RecordingController::on_message(tunnel::session::Session&, std::string_view piece) {
    auto whole = assembler.feed(piece).value();
    if (whole) heard.push_back(protocol::decode_agent_message(*whole).value());
}

void RecordingController::on_lost(tunnel::session::Session&, const Error& why) {
    session = nullptr;
    lost = why.message;
}

void RecordingController::say(const protocol::ControllerMessage& message) {
    const auto pieces = protocol::encode(message);
    REQUIRE(pieces);
    for (const std::string& piece : *pieces) REQUIRE(session->send(piece));
}

std::vector<std::uint64_t> RecordingController::numbers() const {
    std::vector<std::uint64_t> numbers;
    for (const auto& report : all<protocol::IntervalReport>()) numbers.push_back(report.interval.number);
    return numbers;
}

AgentScene::AgentScene(const std::string& spool_file) {
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
    parts.handlers.accept = [this](const Address& peer, const std::string& name) -> tunnel::session::SessionEvents& {
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

AgentScene::~AgentScene() {
    endpoint.reset();
    service.reset();
}

void AgentScene::settle(Duration by) {
    for (Duration passed{}; passed < by; passed += 10ms) {
        relay.deliver();
        time.advance(10ms);
        for (auto& task : std::exchange(posted, {})) task();
    }
    relay.deliver();
}

protocol::AgentInstant AgentScene::now() const {
    return {std::chrono::floor<std::chrono::microseconds>(time.now().time_since_epoch())};
}

void AgentScene::run_for(RecordingController& controller) {
    settle();
    controller.say(small_plan());
    controller.say(protocol::Start{"run-1", now()});
    settle();
}

void AgentScene::run_without_controller(std::uint32_t intervals) {
    RecordingController controller(time, relay, 2);
    run_for(controller);
    for (std::uint32_t second = 0; second < 2; ++second) engines.events->on_interval(FakeEngines::interval(second));
    settle();
    CHECK(controller.numbers() == std::vector<std::uint64_t>{1, 2});
    controller.uplink->down();
    for (std::uint32_t second = 2; second < 2 + intervals; ++second)
        engines.events->on_interval(FakeEngines::interval(second));
    settle();
}

}  // namespace culvert::test
