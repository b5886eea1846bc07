// The problems of a refused configuration as a program prints them; empty when it was accepted.
#pragma once

#include <string>

#include "common/config/node_config.h"

namespace culvert::test {

template <class T>
std::string problem_text(const config::Loaded<T>& loaded) {
    std::string text;
    if (loaded) return text;
    for (const config::Problem& problem : loaded.error()) text += config::to_string(problem) + "\n";
    return text;
}

}  // namespace culvert::test
