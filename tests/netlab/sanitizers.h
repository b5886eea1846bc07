// A netlab of a sanitized build (preset asan): every program of ours writes its findings into the case's
// folder, leaks at its end included, and a case with a finding has failed.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/base/units.h"

namespace culvert::netlab {

// Whether this program, and so all that it starts of ours, was built with sanitizers.
bool sanitized();
// How long to wait for what takes `usual` otherwise: sanitized programs are slower.
Duration patient(Duration usual);

// What programs of a sanitized build are started with; empty in other builds. `folder`: of the case.
std::map<std::string, std::string> sanitizer_environment(const std::filesystem::path& folder);
// One reason for each report that a program left; empty: none did.
std::vector<std::string> sanitizer_findings(const std::filesystem::path& folder);

}  // namespace culvert::netlab
