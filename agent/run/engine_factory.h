// How a run gets its engine: worker::Engine::prepare, or a fake in tests.
#pragma once

#include <functional>
#include <memory>

#include "agent/charter/charter.h"
#include "agent/worker/engine.h"
#include "common/base/result.h"

namespace culvert::agent::run {

using EngineFactory =
    std::function<Result<std::unique_ptr<worker::Engine>>(worker::RunSpec spec, const charter::Charter& charter,
                                                          worker::EngineOptions options, worker::EngineEvents& events)>;

}  // namespace culvert::agent::run
