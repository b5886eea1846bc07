#include "agent/run/engine_bridge.h"

#include <utility>

#include "common/base/check.h"

namespace culvert::agent::run {

void EngineBridge::on_first_start(Duration lateness) {
    CULVERT_CHECK(reports_.try_send(EngineReport(EngineStarted{lateness})));
}

void EngineBridge::on_interval(metrics::Interval interval) {
    CULVERT_CHECK(reports_.try_send(EngineReport(std::move(interval))));
}

void EngineBridge::on_error_example(metrics::ErrorExample example) {
    static_cast<void>(examples_.try_send(std::move(example)));
}

void EngineBridge::on_exchange(metrics::Exchange exchange) {
    static_cast<void>(exchanges_.try_send(std::move(exchange)));
}

void EngineBridge::on_abort(std::string reason) {
    CULVERT_CHECK(reports_.try_send(EngineReport(EngineAborted{std::move(reason)})));
}

void EngineBridge::on_finished() {
    CULVERT_CHECK(reports_.try_send(EngineReport(EngineFinished{})));
}

}  // namespace culvert::agent::run
