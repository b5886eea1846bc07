// What users copy must work: every plan of config-examples is loaded with its CSV files, every plan in a YAML block of
// the documentation is parsed.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "common/workload/plan.h"
#include "common/workload/plan_summary.h"

namespace culvert::workload {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = CULVERT_SOURCE_DIR;

std::string lines(const config::Problems& problems) {
    std::string out;
    for (const config::Problem& problem : problems) out += to_string(problem) + "\n";
    return out;
}

struct Block {
    int line = 0;
    std::string text;
};

// The ```yaml blocks of a Markdown file whose first line that is no comment begins with "culvert:".
std::vector<Block> plans_in(const fs::path& file) {
    std::ifstream stream(file);
    std::vector<Block> blocks;
    Block block;
    bool inside = false;
    int number = 0;
    for (std::string line; std::getline(stream, line);) {
        ++number;
        const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
        if (!inside && line.compare(indent, 7, "```yaml") == 0) {
            inside = true;
            block = Block{number, ""};
        } else if (inside && line.compare(indent, 3, "```") == 0) {
            inside = false;
            std::istringstream text(block.text);
            std::string first;
            while (std::getline(text, first) && (first.empty() || first[first.find_first_not_of(' ')] == '#'))
                first.clear();
            if (first.compare(std::min(first.find_first_not_of(' '), first.size()), 8, "culvert:") == 0)
                blocks.push_back(block);
        } else if (inside) {
            block.text += line + "\n";
        }
    }
    return blocks;
}

std::vector<fs::path> documents() {
    std::vector<fs::path> files;
    for (const char* name : {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"}) {
        if (fs::exists(kRoot / name)) files.push_back(kRoot / name);
    }
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / "docs")) {
        if (entry.path().extension() == ".md") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

TEST_CASE("every example plan is right, with its files", "[workload]") {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(kRoot / "config-examples/plans")) {
        if (entry.path().extension() != ".yaml") continue;
        INFO(entry.path());
        const auto plan = load_plan(entry.path().string());
        CHECK((plan ? std::string() : lines(plan.error())) == "");
        if (!plan) continue;
        const PlanSummary summary = summary_of(*plan);
        CHECK(summary.scenarios.size() == plan->scenarios.size());
        for (const DataSet& data : plan->data) CHECK(data.rows > 0);
        ++count;
    }
    CHECK(count >= 8);
}

TEST_CASE("an example plan means the same on an agent, which has only its text and the columns", "[workload]") {
    const auto loaded = load_plan((kRoot / "config-examples/plans/checkout.yaml").string());
    REQUIRE(loaded.has_value());
    const Columns columns = columns_of(*loaded);
    const auto parsed = parse_plan(loaded->file, loaded->text, ParseOptions{&columns});
    REQUIRE(parsed.has_value());
    CHECK(parsed->variable_names == loaded->variable_names);
    CHECK(parsed->data[0].columns == loaded->data[0].columns);
    CHECK(loaded->data[0].rows == 8);
    CHECK(parsed->data[0].rows == 0);
}

TEST_CASE("every plan in the documentation is right", "[workload]") {
    for (const fs::path& file : documents()) {
        for (const Block& block : plans_in(file)) {
            INFO(file << ", the block in line " << block.line);
            const auto plan = parse_plan(file.filename().string(), block.text);
            CHECK((plan ? std::string() : lines(plan.error())) == "");
        }
    }
}

}  // namespace
}  // namespace culvert::workload
