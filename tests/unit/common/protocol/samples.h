// Messages with every field set, for round trips.
#pragma once

#include "common/protocol/messages.h"

namespace culvert::test {

inline metrics::Interval sample_interval(std::uint64_t number, std::uint64_t latency_micros = 1234) {
    metrics::StepStats step;
    step.requests = 10;
    step.failures = 2;
    step.interrupted = 1;
    step.bytes_sent = 1000;
    step.bytes_received = 20'000;
    step.status[200] = 8;
    step.status[503] = 2;
    step.errors[static_cast<std::size_t>(metrics::ErrorKind::Status)] = 2;
    step.latency.record_micros(latency_micros, 9);
    step.latency.record_micros(3'000'000);
    step.send_latency.record_micros(latency_micros / 2, 10);
    step.phases.dns = {100, 1};
    step.phases.connect = {200, 1};
    step.phases.tls = {300, 1};
    step.phases.first_byte = {400, 10};
    step.phases.rest = {500, 10};
    metrics::ScenarioStats scenario{.planned = 12,
                                    .offered = 11,
                                    .delivered = 9,
                                    .interrupted = 1,
                                    .missed = 1,
                                    .carried = 1,
                                    .users = 3,
                                    .in_flight = 2,
                                    .steps = {}};
    scenario.steps = {metrics::StepStats{}, step};
    metrics::Interval interval;
    interval.number = number;
    interval.second = static_cast<std::uint32_t>(number - 1);
    interval.scenarios = {scenario, metrics::ScenarioStats{}};
    interval.lateness.record_micros(40, 11);
    interval.cpu_percent = 12.5;
    interval.open_sockets = 7;
    return interval;
}

inline metrics::ErrorExample sample_example() {
    metrics::ErrorExample example;
    example.kind = metrics::ErrorKind::Status;
    example.step = 1;
    example.second = 4;
    example.what = "HTTP 503";
    example.request_head = "GET / HTTP/1.1";
    example.response_head = "HTTP/1.1 503 Busy";
    example.body = std::string("\xff\x00 not UTF-8", 11);
    example.local_address = "10.0.0.1:40000";
    example.remote_address = "10.0.0.2:443";
    example.latency_micros = 77;
    example.phase = "first_byte";
    return example;
}

inline metrics::Exchange sample_exchange() {
    metrics::Exchange exchange;
    exchange.scenario = 1;
    exchange.step = 2;
    exchange.attempt = 3;
    exchange.ending = metrics::Exchange::Ending::Redirected;
    exchange.method = "POST";
    exchange.url = "https://shop/cart?x=1";
    exchange.request = {"POST /cart?x=1 HTTP/1.1", "{}", 2, false};
    exchange.response = {"HTTP/1.1 503 Busy", std::string("\xff\x00 not UTF-8", 11), 1 << 20, true};
    exchange.status = 503;
    exchange.error = metrics::ErrorKind::Check;
    exchange.what = "check status is 200: was 503";
    exchange.phase = "check";
    exchange.dns_micros = 0;
    exchange.connect_micros = 400;
    exchange.first_byte_micros = 11'000;
    exchange.rest_micros = 90;
    exchange.latency_micros = 12'300;
    exchange.remote_address = "10.0.0.2:443";
    exchange.checks = {{"status is 200", false, "503"}, {"body contains x", true, ""}};
    exchange.saves = {{"sku", "lamp-1"}};
    return exchange;
}

inline protocol::AgentHello sample_hello() {
    protocol::AgentHello hello;
    hello.proxy = "http://proxy.corp:3128";
    hello.name = "fra-1";
    hello.labels = {{"os", "linux"}, {"region", "eu"}};
    hello.weight = 4;
    hello.program_version = "0.1.0";
    hello.charter = {{"*.acme.test:443"}, Rate::per_second(20'000), 5'000, {"http"}};
    hello.cores = 8;
    hello.run = "2024-01-01-checkout";
    hello.run_state = protocol::AgentRunState::Running;
    hello.cpu_percent = 33;
    return hello;
}

inline protocol::Prepare sample_prepare() {
    protocol::Prepare prepare;
    prepare.run = "run-1";
    prepare.plan_file = "checkout.yaml";
    prepare.plan_text = "culvert: 1\n";
    protocol::DataSetFile set;
    set.columns = {"id", "Größe"};
    set.rows.sha256.fill(9);
    set.rows.size = 123;
    set.name = "customers";
    prepare.data = {set};
    prepare.variable_values = {"https://shop", "s3cret"};
    prepare.share.scenarios = {{1, {1, 2, 4}}, {}, {0, {1, 2, 4}}, {0, {3}}};
    prepare.seed = 0xfedcba9876543210;
    prepare.keep_running_for = std::chrono::minutes(2);
    prepare.trial = true;
    return prepare;
}

}  // namespace culvert::test
