// For tests of identities and clocks: invites, and hosts that join with them, step by step and through the proxy.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "e2e_mesh.h"

namespace culvert::e2e {

// A controller that stays and signs joins while this lives.
class SigningDesk {
  public:
    // `clock`: how wrong its clock is, "+2d"; empty: it is right.
    explicit SigningDesk(E2eMesh& mesh, const std::string& clock = "");
    // The token of the invite that it waits for.
    const std::string& token() const { return token_; }

  private:
    std::unique_ptr<demo::ChildProcess> process_;
    std::string token_;
};

struct InviteLine {
    std::string folder = "mesh";  // of the controller's files
    std::string clock;            // how wrong it is
    std::string expires = "1h";
};
// The token of a new invite; nobody waits for it.
std::string invite(E2eMesh& mesh, const InviteLine& line = {});

struct JoinLine {
    std::string name;
    std::string state;  // empty: as the name
    std::string clock;  // how wrong it is
};
Outcome join(E2eMesh& mesh, const std::string& token, const JoinLine& line);

// `argv` with a clock that is wrong by `offset`; empty: as it is.
std::vector<std::string> with_clock(const std::string& offset, std::vector<std::string> argv);

}  // namespace culvert::e2e
