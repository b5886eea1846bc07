#include "controller/store/database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
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

// SQLite would make the file with the umask's mode; it holds the secrets of invites.
Status make_private(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return fail(Code::InvalidInput, fmt::format("opening {}: {}", file.string(), std::strerror(errno)));
    ::fchmod(fd, 0600);
    ::close(fd);
    return {};
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
    for (const char* pragma : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON"}) {
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
