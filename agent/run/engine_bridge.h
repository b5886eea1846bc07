// From the engine's reporter thread to the loop: what the engine says, in its order.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "agent/worker/engine.h"
#include "common/base/mailbox.h"

namespace culvert::agent::run {

struct EngineStarted {
    Duration lateness{};  // of the first iteration
};
struct EngineAborted {
    std::string reason;
};
struct EngineFinished {};
using EngineReport = std::variant<EngineStarted, metrics::Interval, EngineAborted, EngineFinished>;

class EngineBridge final : public worker::EngineEvents {
  public:
    // One interval a second: the loop would have to stand still for an hour.
    static constexpr std::size_t kMostReports = 3'600;
    // Examples only illustrate; those that find no room are dropped.
    static constexpr std::size_t kMostExamples = 256;
    // Of a trial, each at most 160 KiB. The loop takes them faster than one user makes them; what finds no room is
    // dropped, and the totals tell.
    static constexpr std::size_t kMostExchanges = 256;

    // `wake`: thread-safe, makes the loop drain this bridge.
    explicit EngineBridge(std::function<void()> wake)
        : reports_(kMostReports, wake), examples_(kMostExamples, wake), exchanges_(kMostExchanges, wake) {}

    void on_first_start(Duration lateness) override;
    void on_interval(metrics::Interval interval) override;
    void on_error_example(metrics::ErrorExample example) override;
    void on_exchange(metrics::Exchange exchange) override;
    void on_abort(std::string reason) override;
    void on_finished() override;

    // Loop thread.
    std::vector<EngineReport> drain_reports() { return reports_.drain(); }
    std::vector<metrics::ErrorExample> drain_examples() { return examples_.drain(); }
    std::vector<metrics::Exchange> drain_exchanges() { return exchanges_.drain(); }

  private:
    Mailbox<EngineReport> reports_;
    Mailbox<metrics::ErrorExample> examples_;
    Mailbox<metrics::Exchange> exchanges_;
};

}  // namespace culvert::agent::run
