// An agent's store on disk of messages that no controller has acknowledged yet: bounded, shared by all sessions of the
// process. What a session still holds when it ends, or when the process dies, is left over and kept for its controller:
// it may ask for it on another session.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/node_id.h"
#include "common/base/result.h"
#include "common/base/units.h"
#include "tunnel/session/unacked_store.h"

namespace culvert::agent::spool {

// Of a session that has ended.
struct Leftover {
    std::int64_t session = 0;  // ascending in time
    NodeId peer;
    std::uint64_t messages = 0;  // when the process began; 0: of a session of this process
};

class Spool {
  public:
    // SQLite in WAL mode, mode 0600. Unauthorized: the file cannot be made. Overloaded: another process of this agent
    // holds it. Loop thread only.
    static Result<std::unique_ptr<Spool>> open(const std::string& file, Bytes capacity);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    // A place for one session; the spool outlives it. Its append() says Overloaded when the spool is full (one message
    // of a session always fits) and when the disk is. `ends_record`: messages up to one for which it holds belong
    // together: they leave the spool together; empty: each alone.
    using EndsRecord = std::function<bool(std::string_view message)>;
    std::unique_ptr<tunnel::session::UnackedStore> make_store(const Address& peer = {}, EndsRecord ends_record = {});
    // A store for this peer is in use.
    bool serves(const Address& peer) const { return served_.contains(peer); }

    // What ended sessions with this node left, oldest first. When the spool is full the oldest are dropped.
    std::vector<Leftover> leftovers(const NodeId& peer) const;
    std::vector<Leftover> leftovers() const;
    struct Piece {
        std::uint64_t number = 0;
        std::string message;
    };
    // The first one with a greater number; nothing: that was all.
    Result<std::optional<Piece>> next(const Leftover& leftover, std::uint64_t after);
    // Messages first … last of it are not needed any more.
    void drop(const Leftover& leftover, std::uint64_t first, std::uint64_t last);

    Bytes stored() const;

  private:
    class Database;
    class Store;
    explicit Spool(std::unique_ptr<Database> database);

    std::unique_ptr<Database> database_;
    std::multiset<Address> served_;
};

}  // namespace culvert::agent::spool
