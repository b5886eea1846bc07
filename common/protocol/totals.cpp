#include "common/protocol/totals.h"

namespace culvert::protocol {

void RunTotals::add(const metrics::Interval& interval) {
    if (interval.warmup) return;
    if (scenarios.size() < interval.scenarios.size()) scenarios.resize(interval.scenarios.size());
    for (std::size_t i = 0; i < interval.scenarios.size(); ++i) {
        scenarios[i].merge(interval.scenarios[i]);
        scenarios[i].users = 0;
        scenarios[i].in_flight = 0;
    }
    lateness.merge(interval.lateness);
}

}  // namespace culvert::protocol
