// What every refusal has in common: the right exit code, one line that says it all, no request at the target, and every
// file that was there as it was.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "e2e_mesh.h"

namespace culvert::e2e {

class Refusals {
  public:
    // Remembers the mesh's files, and puts the report of an earlier run where the next ones would write theirs. `mesh`
    // outlives this.
    explicit Refusals(E2eMesh& mesh);

    // `plan`: with {target}. `more`: options of `culvert run`.
    void run(const std::string& plan, demo::Exit exit, const std::vector<std::string>& says,
             const std::vector<std::string>& more = {});
    void check(const Outcome& outcome, demo::Exit exit, const std::vector<std::string>& says);

  private:
    using Files = std::map<std::string, std::string>;  // path to content
    Files files() const;

    E2eMesh& mesh_;
    const std::filesystem::path out_;
    Files before_;
};

// The lines of a command's stderr that are neither entries of its log nor say what it waits for.
std::vector<std::string> said_by(const Outcome& outcome);
// `plan` with nginx's URL in place of {target}.
std::string with_target(const E2eMesh& mesh, std::string plan);

}  // namespace culvert::e2e
