// Runs the command line of `culvert` in this process, and keeps what it prints.
#pragma once

#include <string>
#include <vector>

#include "common/base/exit_code.h"
#include "tests/support/temporary_folder.h"

namespace culvert::test {

std::string content(const std::string& file);

// Stdout and stderr go into files while it lives.
class Captured {
  public:
    Captured();
    ~Captured() { end(); }
    Captured(const Captured&) = delete;
    Captured& operator=(const Captured&) = delete;
    std::string out();
    std::string err();

  private:
    void end();

    TemporaryFolder folder_;
    int out_ = -1, err_ = -1;
};

struct Outcome {
    ExitCode code;
    std::string out, err;
};

Outcome culvert_says(std::vector<std::string> arguments);

bool has(const std::string& text, const std::string& part);

}  // namespace culvert::test
