// Small files of tests.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "common/base/check.h"

namespace culvert::test {

inline void write_file(const std::string& file, const std::string& content) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << content;
    out.close();
    CULVERT_CHECK(out.good());
}

inline std::string read_file(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    return std::move(content).str();
}

}  // namespace culvert::test
