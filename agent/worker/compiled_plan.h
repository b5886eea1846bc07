// A plan made ready for one worker thread: requests rendered as far as possible, checks compiled, variables sorted by
// where their values come from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/http/request_template.h"
#include "agent/http/response_rules.h"
#include "agent/worker/engine.h"

namespace culvert::agent::worker {

// Where the value of a variable comes from, by Plan::variable_names.
struct VariableKind {
    enum class From : std::uint8_t { Constant, Builtin, Saved, Column };
    From from = From::Constant;
    std::uint32_t index = 0;   // Builtin: which; Saved: place among the user's saved values; Column: the data set
    std::uint32_t column = 0;  // Column only
};

struct CompiledRequest {
    http::RequestTemplate request;
    http::ResponseRules rules;
    std::uint32_t scenario = 0;
    std::uint32_t index = 0;  // RequestStep::index
    workload::OnFail on_fail = workload::OnFail::Continue;
    Duration timeout{}, connect_timeout{};
    std::uint32_t follow_redirects = 0;
    static constexpr std::uint32_t kNoHint = 0xFFFF'FFFF;
    mutable std::uint32_t origin_hint = kNoHint;  // place of the fixed origin in this thread's table, once it is known
};

using CompiledStep = std::variant<CompiledRequest, workload::ThinkStep>;

struct CompiledScenario {
    std::vector<CompiledStep> once, steps;
    std::optional<Duration> pace;
    std::vector<std::uint32_t> data;  // sets whose columns it uses
};

// For one thread only.
struct CompiledPlan {
    std::vector<CompiledScenario> scenarios;  // by Plan::scenarios
    std::vector<VariableKind> variables;      // by Plan::variable_names
    std::vector<std::string> first_values;    // of what users save, before they have saved anything

    static Result<CompiledPlan> compile(const RunSpec& spec);
};

}  // namespace culvert::agent::worker
