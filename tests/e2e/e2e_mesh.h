// For end-to-end tests: a mesh of the real programs behind a real squid, and a real nginx as target. Everything ends
// with the object.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/demo/lab_mesh.h"

namespace culvert::e2e {

std::string read_text(const std::filesystem::path& file);
std::vector<std::string> read_lines(const std::filesystem::path& file);
// Looks at `holds` until it is true or `patience` is over.
bool wait_until(const std::function<bool()>& holds, Duration patience);

// How a command ended and what it said.
struct Outcome {
    demo::Exit exit = -1;
    std::string out, err;
};

struct RunOutcome : Outcome {
    nlohmann::json report;  // null when there is none
    std::filesystem::path folder;
};

class E2eMesh {
  public:
    // Throws std::runtime_error with the reason when it cannot be set up: a test then fails.
    explicit E2eMesh(demo::Isolation isolation = demo::Isolation::LoopbackOnly);
    ~E2eMesh();

    demo::Playground& playground() { return *playground_; }
    demo::LabMesh& mesh() { return *mesh_; }
    const demo::Nginx& nginx() const { return nginx_; }
    std::string target() const;       // http://host:port of nginx
    std::string target_host() const;  // host:port

    // An agent that may load nginx, and `also`.
    void join(const std::string& name, double weight = 1, std::map<std::string, std::string> labels = {},
              std::vector<std::string> also = {});
    Outcome culvert(std::vector<std::string> arguments, Duration patience = std::chrono::seconds(60));
    // Any of the programs, started in corp.
    Outcome program(std::vector<std::string> argv, Duration patience = std::chrono::seconds(60));
    std::unique_ptr<demo::ChildProcess> start_program(std::vector<std::string> argv, const std::string& log);
    std::unique_ptr<demo::ChildProcess> start_culvert(std::vector<std::string> arguments, const std::string& log);
    // Writes the plan and runs it once `agents` agents are there.
    RunOutcome run(const std::string& plan, std::size_t agents, std::vector<std::string> more = {},
                   Duration patience = std::chrono::minutes(3));
    std::filesystem::path write_plan(const std::string& plan, const std::string& name = "plan.yaml");
    std::filesystem::path folder() const { return folder_; }

  private:
    std::filesystem::path folder_;
    std::unique_ptr<demo::Playground> playground_;
    demo::Nginx nginx_;
    std::unique_ptr<demo::LabMesh> mesh_;
    int commands_ = 0;
};

}  // namespace culvert::e2e
