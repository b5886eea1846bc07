// One SQLite file, opened for several processes at once: write-ahead log, a busy timeout, every change a transaction.
// SQLite stays behind this file. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace culvert::store {

class Database;

// A prepared statement: bind in order, then step. Errors are kept until run() or the end of rows and reported once.
class Statement {
  public:
    Statement(Statement&&) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    Statement& bind(std::string_view text);
    Statement& bind(std::int64_t number);
    Statement& bind_blob(std::string_view bytes);
    Statement& bind_null();

    // True: a row is there to be read. False: no more rows.
    Result<bool> next();
    // For statements without rows.
    Status run();

    std::string text(int column) const;  // text or blob; empty for NULL
    std::int64_t number(int column) const;
    bool is_null(int column) const;

  private:
    friend class Database;
    Statement(Database& database, sqlite3_stmt* statement) : database_(&database), statement_(statement) {}

    Database* database_;
    sqlite3_stmt* statement_;
    int bound_ = 0;
    bool broken_ = false;
};

class Database {
  public:
    // Makes the file (mode 0600) and its tables when needed, and brings older ones up to date. InvalidInput: made by a
    // later version of Culvert.
    static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // `sql` is ours, never a user's (CULVERT_CHECK that it compiles).
    Statement prepare(std::string_view sql);
    Status execute(const char* sql);
    // `change` in one transaction that no other process's change comes between; rolled back when it fails.
    Status transaction(const std::function<Status()>& change);
    std::int64_t changed_rows() const;

  private:
    friend class Statement;
    Database(sqlite3* handle, std::filesystem::path file) : handle_(handle), file_(std::move(file)) {}
    Status begin_write_ahead();
    Status migrate();
    tl::unexpected<Error> error() const;

    sqlite3* handle_;
    const std::filesystem::path file_;
};

}  // namespace culvert::store
