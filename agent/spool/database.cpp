// Schema: message(session, number, body); session(session, peer): numbers go on over the processes of this agent, so
// that what an earlier one left keeps its place in time.
#include "agent/spool/database.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"

namespace culvert::agent::spool {
namespace {

// Ended sessions that still hold something; each is one run of one controller, or nothing of use.
constexpr std::size_t kMostLeftovers = 64;

constexpr const char* kSetUp =
    "PRAGMA locking_mode=EXCLUSIVE;"  // one process; and no shared-memory file
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=NORMAL;"
    "CREATE TABLE IF NOT EXISTS message(session INTEGER NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY "
    "KEY(session, number));"
    "CREATE TABLE IF NOT EXISTS session(session INTEGER PRIMARY KEY, peer BLOB NOT NULL);"
    "DELETE FROM message WHERE session NOT IN (SELECT session FROM session);"
    "DELETE FROM session WHERE session NOT IN (SELECT session FROM message);";

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

std::string blob_of(const Use& use, int column) {
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(use.get(), column));
    return size == 0 ? std::string()
                     : std::string(static_cast<const char*>(sqlite3_column_blob(use.get(), column)), size);
}

}  // namespace

Status Spool::Database::open() {
    if (auto made = make_private(file_); !made) return made;
    sqlite3* raw = nullptr;
    const int rc =
        sqlite3_open_v2(file_.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    sqlite_.reset(raw);
    if (rc != SQLITE_OK) return sqlite_error(rc, raw, "spool " + file_);
    if (auto done = execute(kSetUp); !done) return done;
    for (const auto& [statement, sql] :
         {std::pair{&insert_, "INSERT INTO message VALUES(?,?,?)"},
          std::pair{&select_, "SELECT body FROM message WHERE session=? AND number=?"},
          std::pair{&next_, "SELECT number, body FROM message WHERE session=? AND number>? ORDER BY number LIMIT 1"},
          std::pair{&erase_, "DELETE FROM message WHERE session=? AND number BETWEEN ? AND ? RETURNING length(body)"},
          std::pair{&begin_, "INSERT INTO session VALUES(?,?)"},
          std::pair{&forget_, "DELETE FROM session WHERE session=?"}}) {
        if (auto done = prepare(*statement, sql); !done) return done;
    }
    return load_leftovers();
}

Status Spool::Database::load_leftovers() {
    Statement list;
    if (auto done = prepare(list,
                            "SELECT session, peer, sum(length(body)), count(*) FROM session JOIN message USING "
                            "(session) GROUP BY session ORDER BY session");
        !done)
        return done;
    const Use use(list);
    int rc = SQLITE_ROW;
    while ((rc = sqlite3_step(use.get())) == SQLITE_ROW) {
        LeftOver& left = leftovers_.emplace_back();
        left.what.session = sessions_ = sqlite3_column_int64(use.get(), 0);
        const std::string peer = blob_of(use, 1);
        std::memcpy(left.what.peer.bytes.data(), peer.data(), std::min(peer.size(), left.what.peer.bytes.size()));
        left.bytes = static_cast<std::uint64_t>(sqlite3_column_int64(use.get(), 2));
        left.what.messages = static_cast<std::uint64_t>(sqlite3_column_int64(use.get(), 3));
        stored_ += left.bytes;
    }
    if (rc != SQLITE_DONE) return sqlite_error(rc, sqlite_.get(), "spool " + file_);
    while (leftovers_.size() > kMostLeftovers) drop_oldest("there are too many");
    return {};
}

std::int64_t Spool::Database::begin_session(const NodeId& peer) {
    const Use use(begin_);
    sqlite3_bind_int64(use.get(), 1, ++sessions_);
    sqlite3_bind_blob64(use.get(), 2, peer.bytes.data(), peer.bytes.size(), SQLITE_STATIC);
    // Without this row what an earlier process left is nobody's; this process does not need it.
    if (sqlite3_step(use.get()) != SQLITE_DONE) log::warning("spool: " + std::string(sqlite3_errmsg(sqlite_.get())));
    return sessions_;
}

void Spool::Database::end_session(std::int64_t session, const NodeId& peer, std::uint64_t bytes) {
    leftovers_.push_back({{session, peer, 0}, bytes});
    forget_if_empty(session);
    while (leftovers_.size() > kMostLeftovers) drop_oldest("there are too many");
}

Status Spool::Database::insert(std::int64_t session, std::uint64_t number, std::string_view body, bool must_fit) {
    // What is measured now is worth more than what nobody asked for since.
    while (stored_ + body.size() > capacity_.count && !leftovers_.empty()) drop_oldest("the spool is full");
    if (!must_fit && stored_ + body.size() > capacity_.count)
        return fail(Code::Overloaded, "spool " + file_ + ": full (" + to_string(capacity_) + ")");
    const Use use(insert_);
    sqlite3_bind_int64(use.get(), 1, session);
    sqlite3_bind_int64(use.get(), 2, static_cast<std::int64_t>(number));
    sqlite3_bind_blob64(use.get(), 3, body.data(), body.size(), SQLITE_STATIC);
    const int rc = sqlite3_step(use.get());
    if (rc != SQLITE_DONE) return sqlite_error(rc, sqlite_.get(), "spool " + file_);
    stored_ += body.size();
    return {};
}

Result<std::string> Spool::Database::read(std::int64_t session, std::uint64_t number) {
    const Use use(select_);
    sqlite3_bind_int64(use.get(), 1, session);
    sqlite3_bind_int64(use.get(), 2, static_cast<std::int64_t>(number));
    if (sqlite3_step(use.get()) != SQLITE_ROW)
        return fail(Code::Internal, "spool " + file_ + ": message " + std::to_string(number) +
                                        " is gone: " + sqlite3_errmsg(sqlite_.get()));
    return blob_of(use, 0);
}

Result<std::optional<Spool::Piece>> Spool::Database::next(std::int64_t session, std::uint64_t after) {
    const Use use(next_);
    sqlite3_bind_int64(use.get(), 1, session);
    sqlite3_bind_int64(use.get(), 2, static_cast<std::int64_t>(after));
    const int rc = sqlite3_step(use.get());
    if (rc == SQLITE_DONE) return std::optional<Piece>();
    if (rc != SQLITE_ROW) return sqlite_error(rc, sqlite_.get(), "spool " + file_);
    return std::optional(Piece{static_cast<std::uint64_t>(sqlite3_column_int64(use.get(), 0)), blob_of(use, 1)});
}

void Spool::Database::erase(std::int64_t session, std::uint64_t first, std::uint64_t last) {
    const Use use(erase_);
    sqlite3_bind_int64(use.get(), 1, session);
    sqlite3_bind_int64(use.get(), 2, static_cast<std::int64_t>(first));
    sqlite3_bind_int64(use.get(), 3, static_cast<std::int64_t>(last));
    std::uint64_t bytes = 0;
    int rc = SQLITE_ROW;
    while ((rc = sqlite3_step(use.get())) == SQLITE_ROW)
        bytes += static_cast<std::uint64_t>(sqlite3_column_int64(use.get(), 0));
    // What stays on disk although it was delivered is offered again, and recognised by its number.
    if (rc != SQLITE_DONE) log::warning("spool: " + std::string(sqlite3_errmsg(sqlite_.get())));
    CULVERT_CHECK(stored_ >= bytes);
    stored_ -= bytes;
    for (LeftOver& left : leftovers_) {
        if (left.what.session == session) left.bytes -= std::min(left.bytes, bytes);
    }
}

void Spool::Database::forget_if_empty(std::int64_t session) {
    const auto at = std::find_if(leftovers_.begin(), leftovers_.end(),
                                 [session](const LeftOver& left) { return left.what.session == session; });
    if (at == leftovers_.end() || at->bytes != 0) return;
    leftovers_.erase(at);
    const Use use(forget_);
    sqlite3_bind_int64(use.get(), 1, session);
    static_cast<void>(sqlite3_step(use.get()));  // a row that stays is deleted at the next open
}

void Spool::Database::drop_oldest(const char* why) {
    const LeftOver oldest = leftovers_.front();
    log::warning("results of an earlier session that its controller did not ask for are dropped: " + std::string(why),
                 {{"bytes", std::to_string(oldest.bytes)}});
    erase(oldest.what.session, 0, INT64_MAX);
    if (!leftovers_.empty() && leftovers_.front().what.session == oldest.what.session) {
        leftovers_.front().bytes = 0;
        forget_if_empty(oldest.what.session);
    }
}

Status Spool::Database::execute(const std::string& sql) {
    const int rc = sqlite3_exec(sqlite_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (rc == SQLITE_BUSY)
        return fail(
            Code::Overloaded,
            "spool " + file_ + ": in use by another process; does another culvert-agent run with this identity?");
    if (rc != SQLITE_OK) return sqlite_error(rc, sqlite_.get(), "spool " + file_);
    return {};
}

Status Spool::Database::prepare(Statement& statement, const char* sql) {
    sqlite3_stmt* raw = nullptr;
    const int rc = sqlite3_prepare_v3(sqlite_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    statement.reset(raw);
    if (rc != SQLITE_OK) return sqlite_error(rc, sqlite_.get(), "spool " + file_);
    return {};
}

}  // namespace culvert::agent::spool
