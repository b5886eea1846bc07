// The other end of a run's control socket: what `culvert watch`, `stop` and `comment` use. Blocking.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "controller/run/run_setup.h"
#include "controller/run/run_view.h"

namespace culvert::run {

class ControlClient {
  public:
    // Disconnected: nobody listens there; the run is over, or its process died.
    static Result<ControlClient> connect(const std::filesystem::path& socket);
    ControlClient(ControlClient&& other) noexcept;
    ControlClient& operator=(ControlClient&&) = delete;
    ~ControlClient();

    // Called once a second while a command waits for its answer, from the second second on.
    void set_on_waiting(std::function<void(const std::string& text)> on_waiting) {
        on_waiting_ = std::move(on_waiting);
    }

    Status stop(StopMode mode);
    Status comment(std::string_view text);
    Result<RunView> status();

    // After this, next_view() gives one view a second.
    Status watch();
    // Nothing: the run is over. Timeout: none came for `patience`; call again. Disconnected: the run's process is gone.
    Result<std::optional<RunView>> next_view(Duration patience);

  private:
    explicit ControlClient(int fd) : fd_(fd) {}
    Status command(const std::string& line);
    Result<std::string> next_line(Duration patience);

    int fd_;
    std::string in_;
    std::function<void(const std::string& text)> on_waiting_;
};

}  // namespace culvert::run
