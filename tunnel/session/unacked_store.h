// Where a session keeps the messages that its peer has not acknowledged: in memory, or (agent/spool) on disk.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/node_id.h"
#include "common/base/result.h"
#include "tunnel/session/frame.h"

namespace culvert::tunnel::session {

// Numbers are appended ascending by one and dropped from the front. Loop thread only.
class UnackedStore {
  public:
    virtual ~UnackedStore() = default;
    // Overloaded: no room; nothing was kept.
    virtual Status append(std::uint64_t number, std::string_view message) = 0;
    // Of a number that was appended and not dropped.
    virtual Result<std::string> read(std::uint64_t number) = 0;
    virtual void drop_up_to(std::uint64_t number) = 0;
};

class MemoryStore final : public UnackedStore {
  public:
    Status append(std::uint64_t number, std::string_view message) override;
    Result<std::string> read(std::uint64_t number) override;
    void drop_up_to(std::uint64_t number) override;

  private:
    std::uint64_t first_ = 1;
    std::deque<std::string> messages_;
};

// Makes the store of a new session. Empty: MemoryStore.
using StoreMaker = std::function<std::unique_ptr<UnackedStore>(const Address& peer, const SessionId& session)>;

}  // namespace culvert::tunnel::session
