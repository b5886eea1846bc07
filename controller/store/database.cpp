#include "controller/store/database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "common/base/check.h"
#include "controller/store/schema.h"

namespace culvert::store {
namespace {

// Another process may be in the middle of a change; none of ours takes longer than a moment.
constexpr int kBusyTimeoutMs = 10'000;

// SQLite would make the file with the umask's mode; it holds the secrets of invites. One that is there is not opened:
// closing it would take away the locks of every connection that this process has to it (sqlite.org/howtocorrupt.html,
// 2.2); so a new one is made under another name.
Status make_private(const std::filesystem::path& file) {
    if (::chmod(file.c_str(), 0600) == 0) return {};
    std::string fresh = file.string() + ".XXXXXX";
    const int fd = ::mkostemp(fresh.data(), O_CLOEXEC);
    if (fd < 0) return fail(Code::InvalidInput, fmt::format("opening {}: {}", file.string(), std::strerror(errno)));
    ::close(fd);
    const bool there = ::link(fresh.c_str(), file.c_str()) == 0 || errno == EEXIST;
    const int reason = errno;
    ::unlink(fresh.c_str());
    if (there) return {};
    return fail(Code::InvalidInput, fmt::format("opening {}: {}", file.string(), std::strerror(reason)));
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      bound_(other.bound_),
      broken_(other.broken_) {}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

Statement& Statement::bind(std::string_view text) {
    broken_ |=
        sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK;
    return *this;
}

Statement& Statement::bind(std::int64_t number) {
    broken_ |= sqlite3_bind_int64(statement_, ++bound_, number) != SQLITE_OK;
    return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
    broken_ |= sqlite3_bind_blob64(statement_, ++bound_, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                                   SQLITE_TRANSIENT) != SQLITE_OK;
    return *this;
}

Statement& Statement::bind_null() {
    broken_ |= sqlite3_bind_null(statement_, ++bound_) != SQLITE_OK;
    return *this;
}

Result<bool> Statement::next() {
    CULVERT_CHECK(bound_ == sqlite3_bind_parameter_count(statement_));
    if (broken_) return database_->error();
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return database_->error();
}

Status Statement::run() {
    const auto row = next();
    if (!row) return tl::unexpected(row.error());
    return {};
}

std::string Statement::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const int size = sqlite3_column_bytes(statement_, column);
    return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(statement_, column);
}
bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file) {
    if (const Status ok = make_private(file); !ok) return tl::unexpected(ok.error());
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, nullptr);
    std::unique_ptr<Database> database(new Database(handle, file));
    if (code != SQLITE_OK)
        return tl::unexpected(
            fail(Code::InvalidInput, fmt::format("opening {}: {}", file.string(), sqlite3_errstr(code))));
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
    if (const Status ok = database->begin_write_ahead(); !ok) return tl::unexpected(ok.error());
    for (const char* pragma : {"PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON"}) {
        if (const Status ok = database->execute(pragma); !ok) return tl::unexpected(ok.error());
    }
    if (const Status ok = database->migrate(); !ok) return tl::unexpected(ok.error());
    return database;
}

Database::~Database() {
    sqlite3_close_v2(handle_);
}

tl::unexpected<Error> Database::error() const {
    const int code = sqlite3_errcode(handle_);
    const bool busy = (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
    return fail(busy ? Code::Overloaded : Code::Internal,
                fmt::format("{}: {}", file_.string(), sqlite3_errmsg(handle_)));
}

Statement Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    CULVERT_CHECK(code == SQLITE_OK);
    return Statement(*this, statement);
}

Status Database::execute(const char* sql) {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error();
    return {};
}

// SQLite does not wait here for another connection that does the same: each could wait for the other.
Status Database::begin_write_ahead() {
    constexpr int kPause_ms = 10;
    for (int waited_ms = 0;; waited_ms += kPause_ms) {
        Status done = execute("PRAGMA journal_mode=WAL");
        if (done || done.error().code != Code::Overloaded || waited_ms >= kBusyTimeoutMs) return done;
        sqlite3_sleep(kPause_ms);
    }
}

Status Database::transaction(const std::function<Status()>& change) {
    if (const Status ok = execute("BEGIN IMMEDIATE"); !ok) return ok;
    Status done = change();
    if (done) done = execute("COMMIT");
    if (!done) (void)execute("ROLLBACK");
    return done;
}

std::int64_t Database::changed_rows() const {
    return sqlite3_changes64(handle_);
}

Status Database::migrate() {
    // Asked for inside the transaction: two processes may open a new file at once.
    return transaction([this]() -> Status {
        Statement version = prepare("PRAGMA user_version");
        const auto row = version.next();
        if (!row) return tl::unexpected(row.error());
        const auto present = static_cast<std::size_t>(version.number(0));
        const auto steps = schema_steps();
        if (present > steps.size())
            return fail(Code::InvalidInput, fmt::format("{} was made by a later version of Culvert", file_.string()));
        for (std::size_t step = present; step < steps.size(); ++step) {
            if (const Status ok = execute(steps[step]); !ok) return ok;
        }
        return execute(fmt::format("PRAGMA user_version={}", steps.size()).c_str());
    });
}

}  // namespace culvert::store
