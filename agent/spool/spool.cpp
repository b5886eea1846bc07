// Schema: message(session, number, body); session counts the sessions of this process.
#include "agent/spool/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <string_view>
#include <utility>

#include "agent/spool/sqlite.h"
#include "common/base/check.h"
#include "common/base/log.h"

namespace culvert::agent::spool {
namespace {

// So much of the newest is also kept in memory: with a living link nothing is ever read from disk.
constexpr std::size_t kCachedBytes = 1 << 20;

constexpr const char* kSetUp =
    "PRAGMA locking_mode=EXCLUSIVE;"  // one process; and no shared-memory file
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=NORMAL;"
    "CREATE TABLE IF NOT EXISTS message(session INTEGER NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY "
    "KEY(session, number));";

tl::unexpected<Error> sqlite_error(int rc, sqlite3* database, const std::string& what) {
    const bool full = rc == SQLITE_FULL || rc == SQLITE_IOERR || rc == SQLITE_BUSY;
    return fail(full ? Code::Overloaded : Code::Internal,
                what + ": " + (database ? sqlite3_errmsg(database) : sqlite3_errstr(rc)));
}

// SQLite makes its own files with the mode of this one.
Status make_private(const std::string& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return fail(Code::Unauthorized, "spool " + file + ": " + std::strerror(errno));
    ::close(fd);
    return {};
}

}  // namespace

class Spool::Database {
  public:
    Database(std::string file, Bytes capacity) : file_(std::move(file)), capacity_(capacity) {}

    Status open() {
        if (auto made = make_private(file_); !made) return made;
        sqlite3* raw = nullptr;
        const int rc = sqlite3_open_v2(file_.c_str(), &raw,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
        sqlite_.reset(raw);
        if (rc != SQLITE_OK) return sqlite_error(rc, raw, "spool " + file_);
        if (auto done = execute(kSetUp); !done) return done;
        if (auto counted = count_leftovers(); !counted) return counted;
        if (auto done = execute("DELETE FROM message;"); !done) return done;
        for (const auto& [statement, sql] :
             {std::pair{&insert_, "INSERT INTO message VALUES(?,?,?)"},
              std::pair{&select_, "SELECT body FROM message WHERE session=? AND number=?"},
              std::pair{&erase_, "DELETE FROM message WHERE session=? AND number<=?"}}) {
            if (auto done = prepare(*statement, sql); !done) return done;
        }
        return {};
    }

    Status insert(std::int64_t session, std::uint64_t number, std::string_view body, bool is_only_one) {
        if (!is_only_one && stored_ + body.size() > capacity_.count) {
            return fail(Code::Overloaded, "spool " + file_ + ": full (" + to_string(capacity_) + ")");
        }
        const Use use(insert_);
        sqlite3_bind_int64(use.get(), 1, session);
        sqlite3_bind_int64(use.get(), 2, static_cast<std::int64_t>(number));
        sqlite3_bind_blob64(use.get(), 3, body.data(), body.size(), SQLITE_STATIC);
        const int rc = sqlite3_step(use.get());
        if (rc != SQLITE_DONE) return sqlite_error(rc, sqlite_.get(), "spool " + file_);
        stored_ += body.size();
        return {};
    }

    Result<std::string> read(std::int64_t session, std::uint64_t number) {
        const Use use(select_);
        sqlite3_bind_int64(use.get(), 1, session);
        sqlite3_bind_int64(use.get(), 2, static_cast<std::int64_t>(number));
        const int rc = sqlite3_step(use.get());
        if (rc != SQLITE_ROW)
            return fail(Code::Internal, "spool " + file_ + ": message " + std::to_string(number) +
                                            " is gone: " + sqlite3_errmsg(sqlite_.get()));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(use.get(), 0));
        return std::string(static_cast<const char*>(sqlite3_column_blob(use.get(), 0)), size);
    }

    void erase(std::int64_t session, std::uint64_t up_to, std::uint64_t bytes) {
        const Use use(erase_);
        sqlite3_bind_int64(use.get(), 1, session);
        sqlite3_bind_int64(use.get(), 2, static_cast<std::int64_t>(up_to));
        const int rc = sqlite3_step(use.get());
        // What stays on disk although it was delivered is dropped at the next open.
        if (rc != SQLITE_DONE) log::warning("spool: " + std::string(sqlite3_errmsg(sqlite_.get())));
        CULVERT_CHECK(stored_ >= bytes);
        stored_ -= bytes;
    }

    std::int64_t next_session() { return ++sessions_; }
    std::uint64_t stored() const { return stored_; }
    std::uint64_t leftovers() const { return leftovers_; }

  private:
    Status execute(const char* sql) {
        const int rc = sqlite3_exec(sqlite_.get(), sql, nullptr, nullptr, nullptr);
        if (rc == SQLITE_BUSY)
            return fail(
                Code::Overloaded,
                "spool " + file_ + ": in use by another process; does another culvert-agent run with this identity?");
        if (rc != SQLITE_OK) return sqlite_error(rc, sqlite_.get(), "spool " + file_);
        return {};
    }

    Status prepare(Statement& statement, const char* sql) {
        sqlite3_stmt* raw = nullptr;
        const int rc = sqlite3_prepare_v3(sqlite_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
        statement.reset(raw);
        if (rc != SQLITE_OK) return sqlite_error(rc, sqlite_.get(), "spool " + file_);
        return {};
    }

    Status count_leftovers() {
        Statement count;
        if (auto done = prepare(count, "SELECT count(*) FROM message"); !done) return done;
        const int rc = sqlite3_step(count.get());
        if (rc != SQLITE_ROW) return sqlite_error(rc, sqlite_.get(), "spool " + file_);
        leftovers_ = static_cast<std::uint64_t>(sqlite3_column_int64(count.get(), 0));
        return {};
    }

    const std::string file_;
    const Bytes capacity_;
    Sqlite sqlite_;
    Statement insert_, select_, erase_;  // end before sqlite_ does
    std::uint64_t stored_ = 0;
    std::uint64_t leftovers_ = 0;
    std::int64_t sessions_ = 0;
};

class Spool::Store final : public tunnel::session::UnackedStore {
  public:
    explicit Store(Database& database) : database_(database), session_(database.next_session()) {}
    ~Store() override {
        if (!sizes_.empty()) drop_up_to(last_);
    }

    Status append(std::uint64_t number, std::string_view message) override {
        CULVERT_CHECK(sizes_.empty() || number == last_ + 1);
        if (in_memory_only_)
            return fail(Code::Overloaded, "spool: a message that the disk did not take is still waiting");
        const auto kept = database_.insert(session_, number, message, sizes_.empty());
        if (!kept && !sizes_.empty()) return kept;
        if (!kept) {
            // Without one message on its way no acknowledgement would ever make room again.
            log::warning("a message is kept in memory only: " + kept.error().message);
            in_memory_only_ = true;
        }
        last_ = number;
        sizes_.push_back(kept ? message.size() : 0);
        cache_.emplace_back(message);
        cached_bytes_ += message.size();
        while (cached_bytes_ > kCachedBytes) shrink_cache();
        return {};
    }

    Result<std::string> read(std::uint64_t number) override {
        const std::uint64_t first_cached = last_ + 1 - cache_.size();
        if (number >= first_cached && number <= last_) return cache_[static_cast<std::size_t>(number - first_cached)];
        return database_.read(session_, number);
    }

    void drop_up_to(std::uint64_t number) override {
        std::uint64_t bytes = 0;
        while (!sizes_.empty() && last_ + 1 - sizes_.size() <= number) {
            bytes += sizes_.front();
            sizes_.pop_front();
        }
        while (cache_.size() > sizes_.size()) shrink_cache();
        if (sizes_.empty()) in_memory_only_ = false;
        if (bytes != 0) database_.erase(session_, number, bytes);
    }

  private:
    void shrink_cache() {
        cached_bytes_ -= cache_.front().size();
        cache_.pop_front();
    }

    Database& database_;
    const std::int64_t session_;
    std::uint64_t last_ = 0;
    std::deque<std::size_t> sizes_;  // of the messages up to last_
    std::deque<std::string> cache_;  // the newest of them
    std::size_t cached_bytes_ = 0;
    bool in_memory_only_ = false;
};

Result<std::unique_ptr<Spool>> Spool::open(const std::string& file, Bytes capacity) {
    auto database = std::make_unique<Database>(file, capacity);
    if (const auto opened = database->open(); !opened) return tl::unexpected(opened.error());
    return std::unique_ptr<Spool>(new Spool(std::move(database)));
}

Spool::Spool(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Spool::~Spool() = default;

std::unique_ptr<tunnel::session::UnackedStore> Spool::make_store() {
    return std::make_unique<Store>(*database_);
}
Bytes Spool::stored() const {
    return {database_->stored()};
}
std::uint64_t Spool::dropped_at_open() const {
    return database_->leftovers();
}

}  // namespace culvert::agent::spool
