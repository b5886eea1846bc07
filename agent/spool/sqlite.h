// SQLite handles as owners. Internal to agent/spool.
#pragma once

#include <memory>

#include <sqlite3.h>

namespace culvert::agent::spool {

struct SqliteClose {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct SqliteFinalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Sqlite = std::unique_ptr<sqlite3, SqliteClose>;
using Statement = std::unique_ptr<sqlite3_stmt, SqliteFinalize>;

// A statement in use; ready for the next use when this ends.
class Use {
  public:
    explicit Use(const Statement& statement) : statement_(statement.get()) {}
    ~Use() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    sqlite3_stmt* get() const { return statement_; }

  private:
    sqlite3_stmt* statement_;
};

}  // namespace culvert::agent::spool
