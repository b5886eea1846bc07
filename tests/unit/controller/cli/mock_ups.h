// The run and the mesh of the mock-ups in the design, so that golden files can be held beside them.
#pragma once

#include "controller/cli/render/agents_table.h"
#include "controller/report/report_files.h"
#include "controller/results/run_result.h"
#include "controller/run/run_view.h"

namespace culvert::test {

run::RunView mock_view();
results::RunResult mock_result();
report::WrittenReport mock_files();
cli::render::MeshView mock_mesh();

}  // namespace culvert::test
