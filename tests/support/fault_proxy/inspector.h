// What an inspecting middlebox sees inside TLS: HTTP requests and their upgrades, then WebSocket frames.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tests/support/fault_proxy/event_log.h"
#include "tests/support/fault_proxy/frame_rewriter.h"

namespace culvert::test {

// One thread. `faults()` gives what is set now; `answer` sends bytes back to the client.
class Inspector {
  public:
    Inspector(std::string tunnel, EventLog& events, std::function<Faults()> faults,
              std::function<void(std::string)> answer);

    std::string from_client(std::string_view bytes, const LaneFaults& lane);
    std::string from_server(std::string_view bytes, const LaneFaults& lane);

  private:
    enum class State { Head, Body, Opaque, Frames };
    std::string request(std::string head);
    std::string response(std::string head);
    void note(const std::string& what, const std::string& detail);

    const std::string tunnel_;
    EventLog& events_;
    const std::function<Faults()> faults_;
    const std::function<void(std::string)> answer_;
    State up_ = State::Head;
    State down_ = State::Opaque;
    std::string up_head_, down_head_;
    std::uint64_t body_left_ = 0;
    FrameRewriter up_frames_, down_frames_;
};

}  // namespace culvert::test
