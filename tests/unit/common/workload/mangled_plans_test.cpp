// Plans come from users and, on an agent, from the network: whatever stands in them, the parser answers and its answer
// can be used.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "common/workload/plan.h"
#include "common/workload/plan_summary.h"
#include "common/workload/split_mix.h"

namespace culvert::workload {
namespace {

std::vector<std::string> example_texts() {
    std::vector<std::string> texts;
    for (const char* folder : {"config-examples/plans", "tests/golden/plans"}) {
        for (const auto& entry :
             std::filesystem::directory_iterator(std::filesystem::path(CULVERT_SOURCE_DIR) / folder)) {
            if (entry.path().extension() != ".yaml") continue;
            std::ostringstream text;
            text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
            texts.push_back(text.str());
        }
    }
    return texts;
}

// Changes, drops, doubles or swaps in a piece of another text.
std::string mangled(std::string text, const std::vector<std::string>& others, SplitMix64& random) {
    constexpr std::string_view kMarks = "{}[]:,\"'$#&*!|>%@-? \n\t\\/<=0";
    for (std::uint64_t changes = 1 + random.below(4); changes > 0 && !text.empty(); --changes) {
        const std::size_t at = random.below(text.size());
        const std::size_t length = 1 + random.below(20);
        switch (random.below(5)) {
            case 0:
                text[at] = kMarks[random.below(kMarks.size())];
                break;
            case 1:
                text.erase(at, length);
                break;
            case 2:
                text.insert(at, text.substr(at, length));
                break;
            case 3:
                text.insert(at, 1, kMarks[random.below(kMarks.size())]);
                break;
            default: {
                const std::string& other = others[random.below(others.size())];
                if (!other.empty()) text.insert(at, other.substr(random.below(other.size()), length * 4));
            }
        }
    }
    return text;
}

TEST_CASE("no text breaks the parser, and what it accepts can be summed up", "[workload]") {
    const std::vector<std::string> texts = example_texts();
    REQUIRE_FALSE(texts.empty());
    SplitMix64 random(20'240'501);
    std::size_t accepted = 0;
    for (int round = 0; round < 3'000; ++round) {
        const std::string text = mangled(texts[random.below(texts.size())], texts, random);
        const auto plan = parse_plan("mangled.yaml", text);
        if (!plan) {
            CHECK_FALSE(plan.error().empty());
            continue;
        }
        ++accepted;
        CHECK(summary_of(*plan).scenarios.size() == plan->scenarios.size());
    }
    CHECK(accepted > 0);
}

}  // namespace
}  // namespace culvert::workload
