// An agent's store on disk of messages that no controller has acknowledged yet: bounded, shared by all sessions of the
// process. It survives a dead link of any length, not the process: what an earlier process left has no session any more
// and is dropped at open.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/base/units.h"
#include "tunnel/session/unacked_store.h"

namespace culvert::agent::spool {

class Spool {
  public:
    // SQLite in WAL mode, mode 0600. Unauthorized: the file cannot be made. Overloaded: another process of this agent
    // holds it. Loop thread only.
    static Result<std::unique_ptr<Spool>> open(const std::string& file, Bytes capacity);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    // A place for one session; the spool outlives it. Its append() says Overloaded when the spool is full (one message
    // of a session always fits) and when the disk is.
    std::unique_ptr<tunnel::session::UnackedStore> make_store();
    Bytes stored() const;
    // Messages that an earlier process left behind and open() dropped.
    std::uint64_t dropped_at_open() const;

  private:
    class Database;
    class Store;
    explicit Spool(std::unique_ptr<Database> database);

    std::unique_ptr<Database> database_;
};

}  // namespace culvert::agent::spool
