// The spool's tables, and how much is in them. Internal to agent/spool.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/spool/spool.h"
#include "agent/spool/sqlite.h"

namespace culvert::agent::spool {

class Spool::Database {
  public:
    Database(std::string file, Bytes capacity) : file_(std::move(file)), capacity_(capacity) {}

    Status open();

    std::int64_t begin_session(const NodeId& peer);
    // What it still holds, `bytes` in all, is left over.
    void end_session(std::int64_t session, const NodeId& peer, std::uint64_t bytes);
    // Overloaded: full, and nothing of ended sessions could be dropped; or the disk is full. `must_fit`: whatever the
    // capacity.
    Status insert(std::int64_t session, std::uint64_t number, std::string_view body, bool must_fit);
    Result<std::string> read(std::int64_t session, std::uint64_t number);
    // Messages first … last; gives their room back.
    void erase(std::int64_t session, std::uint64_t first, std::uint64_t last);

    struct LeftOver {
        Leftover what;
        std::uint64_t bytes = 0;
    };
    const std::vector<LeftOver>& leftovers() const { return leftovers_; }
    Result<std::optional<Piece>> next(std::int64_t session, std::uint64_t after);
    // Forgets an ended session once nothing of it is left.
    void forget_if_empty(std::int64_t session);

    std::uint64_t stored() const { return stored_; }

  private:
    Status execute(const std::string& sql);
    Status prepare(Statement& statement, const char* sql);
    Status load_leftovers();
    void drop_oldest(const char* why);

    const std::string file_;
    const Bytes capacity_;
    Sqlite sqlite_;
    Statement insert_, select_, next_, erase_, begin_, forget_;  // end before sqlite_ does
    std::vector<LeftOver> leftovers_;                            // oldest first
    std::uint64_t stored_ = 0;
    std::int64_t sessions_ = 0;
};

}  // namespace culvert::agent::spool
