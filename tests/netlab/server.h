// A program beside the mesh - a proxy, a KDC, a web server - with the configuration that its case renders.
#pragma once

#include <memory>

#include "lab.h"

namespace culvert::netlab {

class Server {
  public:
    // Both outlive it.
    Server(const Lab& lab, const ServerSpec& spec) : lab_(lab), spec_(spec) {}
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Writes its files and runs its setup; once.
    Status prepare();
    Status start();
    ~Server() { stop(); }
    void stop();
    bool running() const { return process_ != nullptr; }
    // For a fault proxy: one line into its FIFO "control".
    Status order(const std::string& line) const;
    const ServerSpec& spec() const { return spec_; }
    std::filesystem::path folder() const { return lab_.folder() / spec_.name; }

  private:
    bool ready() const;

    const Lab& lab_;
    const ServerSpec& spec_;
    std::unique_ptr<demo::ChildProcess> process_;
};

}  // namespace culvert::netlab
