// Sends the files one agent asked for, a chunk at a time, only while its port has room.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "common/protocol/messages.h"
#include "controller/run/agent_port.h"

namespace culvert::run {

class FileSender {
  public:
    static constexpr std::size_t kMostWaiting = 1000;  // files; a plan has fewer data sets

    explicit FileSender(AgentPort& port) : port_(port) {}

    // From `offset` on; an offset past the end sends nothing. A file that is asked for again starts again from there.
    void send(const protocol::Sha256& sha256, std::uint64_t offset, std::shared_ptr<const std::string> content);
    // The port has room again.
    void go_on();
    bool idle() const { return waiting_.empty(); }

  private:
    struct File {
        protocol::Sha256 sha256;
        std::uint64_t offset;
        std::shared_ptr<const std::string> content;
    };
    AgentPort& port_;
    std::deque<File> waiting_;
};

}  // namespace culvert::run
