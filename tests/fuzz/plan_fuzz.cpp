// A plan as an agent gets it: text from the network. What the parser accepts must also be usable: summed up, its slots
// walked, its rows shared.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/check.h"
#include "common/workload/plan.h"
#include "common/workload/plan_summary.h"
#include "common/workload/scenario_load.h"

namespace {

using namespace culvert;

void use(const workload::Plan& plan) {
    const std::vector<workload::Member> members{{{{"region", "eu"}}, 1}, {{}, 2.5}};
    const workload::PlanSummary summary = workload::summary_of(plan, members, 1);
    CULVERT_CHECK(summary.scenarios.size() == plan.scenarios.size());
    for (std::size_t i = 0; i < plan.scenarios.size(); ++i) {
        const workload::ScenarioLoad load(plan, i, 1);
        if (load.slot_count() == 0) continue;
        const auto last = load.slot_time(load.slot_count() - 1);
        CULVERT_CHECK(last.has_value() && *last < load.length());
        CULVERT_CHECK(load.slots_before(load.length()) == load.slot_count());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto plan = workload::parse_plan("fuzz.yaml", text);
    if (!plan) {
        CULVERT_CHECK(!plan.error().empty());
        return 0;
    }
    use(*plan);
    // an agent parses what the controller parsed: with the columns it must come to the same names
    const workload::Columns columns = workload::columns_of(*plan);
    const auto again = workload::parse_plan("fuzz.yaml", text, workload::ParseOptions{&columns});
    CULVERT_CHECK(again.has_value() && again->scenarios.size() == plan->scenarios.size());
    return 0;
}
