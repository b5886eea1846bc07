// Every plan in tests/golden/plans is wrong; beside it stands what must be said of it, line for line.
// CULVERT_UPDATE_GOLDEN=1 writes the lines anew: look at the difference before you commit it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "common/workload/plan.h"

namespace culvert::workload {
namespace {

namespace fs = std::filesystem;

// Messages name files as the user does, so the plans are read from their own folder.
class InFolder {
  public:
    explicit InFolder(const fs::path& folder) : before_(fs::current_path()) { fs::current_path(folder); }
    ~InFolder() { fs::current_path(before_); }
    InFolder(const InFolder&) = delete;
    InFolder& operator=(const InFolder&) = delete;

  private:
    fs::path before_;
};

std::string lines_for(const std::string& file) {
    const auto plan = load_plan(file);
    if (plan) return "no problem\n";
    std::string lines;
    for (const config::Problem& problem : plan.error()) lines += to_string(problem) + "\n";
    return lines;
}

std::string text_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

std::vector<std::string> wrong_plans() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(".")) {
        if (entry.path().extension() == ".yaml") names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

TEST_CASE("every wrong plan is told all its mistakes, with their places and what to write", "[workload]") {
    const InFolder folder(fs::path(CULVERT_SOURCE_DIR) / "tests/golden/plans");
    const bool update = std::getenv("CULVERT_UPDATE_GOLDEN") != nullptr;
    const std::vector<std::string> names = wrong_plans();
    CHECK(names.size() >= 50);
    for (const std::string& name : names) {
        INFO(name);
        const fs::path expected = fs::path(name).replace_extension(".expected");
        const std::string lines = lines_for(name);
        if (update) std::ofstream(expected, std::ios::binary) << lines;
        CHECK(lines == text_of(expected));
        CHECK(lines != "no problem\n");
    }
}

}  // namespace
}  // namespace culvert::workload
