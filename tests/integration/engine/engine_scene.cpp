#include "tests/integration/engine/engine_scene.h"

namespace culvert::test {

std::string plan_of(const std::string& load, const std::string& steps, const std::string& more) {
    return "culvert: 1\nscenarios:\n  main:\n    load: " + load + "\n    steps: " + steps + "\n" + more;
}

agent::worker::EngineOptions two_threads() {
    agent::worker::EngineOptions options;
    options.threads = 2;
    return options;
}

std::uint64_t errors(const metrics::StepStats& step, metrics::ErrorKind kind) {
    return step.errors[static_cast<std::size_t>(kind)];
}

}  // namespace culvert::test
