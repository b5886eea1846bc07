#include "controller/store/run_store.h"

#include <signal.h>

#include <cerrno>
#include <fstream>

#include <fmt/format.h>

#include "common/base/text.h"
#include "controller/store/columns.h"

namespace culvert::store {
namespace {

constexpr std::string_view kColumns =
    "id, name, plan_file, state, state_reason, started_ms, ended_ms, verdict, trust, out_dir, pid, control_socket, "
    "exit_code, agents, baseline";

RunRecord record_of(const Statement& row) {
    RunRecord run;
    run.id = row.text(0);
    run.name = row.text(1);
    run.plan_file = row.text(2);
    run.state = row.text(3);
    run.state_reason = row.text(4);
    run.started = time_of_millis(row.number(5));
    if (!row.is_null(6)) run.ended = time_of_millis(row.number(6));
    run.verdict = row.text(7);
    run.trust = row.text(8);
    run.out_dir = row.text(9);
    run.pid = row.number(10);
    run.control_socket = row.text(11);
    if (!row.is_null(12)) run.exit_code = static_cast<int>(row.number(12));
    run.agents = static_cast<std::uint32_t>(row.number(13));
    run.baseline = row.number(14) != 0;
    return run;
}

Result<std::vector<RunRecord>> records(Statement& statement) {
    std::vector<RunRecord> list;
    for (;;) {
        const auto more = statement.next();
        if (!more) return tl::unexpected(more.error());
        if (!*more) return list;
        list.push_back(record_of(statement));
    }
}

}  // namespace

Status RunStore::put(const RunRecord& run) {
    Statement statement = database_.prepare(
        fmt::format("INSERT INTO runs ({}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET "
                    "name=excluded.name, "
                    "plan_file=excluded.plan_file, state=excluded.state, state_reason=excluded.state_reason, "
                    "started_ms=excluded.started_ms, "
                    "ended_ms=excluded.ended_ms, verdict=excluded.verdict, trust=excluded.trust, "
                    "out_dir=excluded.out_dir, pid=excluded.pid, "
                    "control_socket=excluded.control_socket, exit_code=excluded.exit_code, agents=excluded.agents",
                    kColumns));
    statement.bind(run.id)
        .bind(run.name)
        .bind(run.plan_file)
        .bind(run.state)
        .bind(run.state_reason)
        .bind(millis_of(run.started));
    run.ended ? statement.bind(millis_of(*run.ended)) : statement.bind_null();
    statement.bind(run.verdict).bind(run.trust).bind(run.out_dir).bind(run.pid).bind(run.control_socket);
    run.exit_code ? statement.bind(std::int64_t{*run.exit_code}) : statement.bind_null();
    statement.bind(std::int64_t{run.agents}).bind(std::int64_t{run.baseline});
    return statement.run();
}

Result<RunRecord> RunStore::find(const std::string& beginning) const {
    Statement statement =
        database_.prepare(fmt::format("SELECT {} FROM runs WHERE id = ?1 OR substr(id, 1, length(?1)) = ?1 ORDER BY id "
                                      "= ?1 DESC, started_ms DESC LIMIT 6",
                                      kColumns));
    auto found = records(statement.bind(beginning));
    if (!found) return tl::unexpected(found.error());
    if (beginning.empty() || found->empty())
        return fail(Code::InvalidInput, fmt::format("no run \"{}\"; culvert runs lists them", excerpt(beginning, 64)));
    if (found->size() == 1 || found->front().id == beginning) return found->front();
    std::string ids;
    for (const RunRecord& run : *found) ids += (ids.empty() ? "" : ", ") + run.id;
    return fail(Code::InvalidInput,
                fmt::format("\"{}\" is the beginning of several runs: {}", excerpt(beginning, 64), ids));
}

Result<std::vector<RunRecord>> RunStore::list(std::size_t at_most) const {
    Statement statement =
        database_.prepare(fmt::format("SELECT {} FROM runs ORDER BY started_ms DESC, id LIMIT ?", kColumns));
    return records(statement.bind(static_cast<std::int64_t>(at_most)));
}

Result<std::optional<RunRecord>> RunStore::baseline_of(const std::string& name) const {
    Statement statement = database_.prepare(
        fmt::format("SELECT {} FROM runs WHERE name = ? AND baseline = 1 ORDER BY started_ms DESC LIMIT 1", kColumns));
    auto found = records(statement.bind(name));
    if (!found) return tl::unexpected(found.error());
    if (found->empty()) return std::optional<RunRecord>();
    return std::optional(found->front());
}

Status RunStore::mark_baseline(const std::string& id) {
    return database_.transaction([this, &id]() -> Status {
        if (const Status ok =
                database_.prepare("UPDATE runs SET baseline = 0 WHERE name = (SELECT name FROM runs WHERE id = ?)")
                    .bind(id)
                    .run();
            !ok)
            return ok;
        if (const Status ok = database_.prepare("UPDATE runs SET baseline = 1 WHERE id = ?").bind(id).run(); !ok)
            return ok;
        if (database_.changed_rows() == 0)
            return fail(Code::InvalidInput, fmt::format("no run \"{}\"; culvert runs lists them", excerpt(id, 64)));
        return {};
    });
}

bool process_lives(std::int64_t pid) {
    if (pid <= 0 || (::kill(static_cast<pid_t>(pid), 0) != 0 && errno != EPERM)) return false;
    // One that died and whose parent has not looked yet still has its number: "PID (NAME) Z …".
    std::ifstream stream("/proc/" + std::to_string(pid) + "/stat");
    std::string stat;
    std::getline(stream, stat);
    const std::size_t state = stat.rfind(") ");
    return state == std::string::npos || state + 2 >= stat.size() || (stat[state + 2] != 'Z' && stat[state + 2] != 'X');
}

}  // namespace culvert::store
