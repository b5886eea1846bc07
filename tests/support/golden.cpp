#include "tests/support/golden.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

namespace culvert::test {

void check_golden(const std::string& name, const std::string& actual) {
    const std::filesystem::path file = std::filesystem::path(CULVERT_GOLDEN_DIR) / name;
    if (std::getenv("CULVERT_UPDATE_GOLDEN") != nullptr) {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << actual;
        return;
    }
    std::ifstream in(file, std::ios::binary);
    const std::string expected{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    INFO("golden file " << file.string());
    CHECK(actual == expected);
}

}  // namespace culvert::test
