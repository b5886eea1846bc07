// Short plans for the engine's tests.
#pragma once

#include <string>

#include "tests/support/engine_run.h"
#include "tests/support/http_origin.h"

namespace culvert::test {

// One scenario of the given load (flow style) and steps (flow style), with further keys of the scenario line by line.
std::string plan_of(const std::string& load, const std::string& steps, const std::string& more = "");
agent::worker::EngineOptions two_threads();
std::uint64_t errors(const metrics::StepStats& step, metrics::ErrorKind kind);

}  // namespace culvert::test
