// From a Prepare and its files to what the engine carries. Everything that is wrong is told at once, as lines for an
// operator.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "agent/charter/charter.h"
#include "agent/run/file_store.h"
#include "agent/worker/engine.h"
#include "common/protocol/messages.h"

namespace culvert::agent::run {

using ProblemLines = std::vector<std::string>;

// Pure: the plan parses with the columns that came along, share, data and values fit it, and the charter has its
// engine.
tl::expected<std::shared_ptr<const workload::Plan>, ProblemLines> check_prepare(const protocol::Prepare& prepare,
                                                                                const charter::Charter& charter);

// After the files are there. `plan` from check_prepare.
tl::expected<worker::RunSpec, ProblemLines> make_run_spec(const protocol::Prepare& prepare,
                                                          std::shared_ptr<const workload::Plan> plan,
                                                          const FileStore& files);

}  // namespace culvert::agent::run
