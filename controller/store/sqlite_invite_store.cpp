#include "controller/store/sqlite_invite_store.h"

#include <fmt/format.h>

#include "controller/store/columns.h"

namespace culvert::store {
namespace {

using controller::enrol::EnrolledAgent;
using controller::enrol::Invite;
using controller::enrol::IssuedController;

constexpr std::string_view kInvite = "id, secret, labels, created, expires, uses, ephemeral, withdrawn";
constexpr std::string_view kEnrolled =
    "name, node, invite, labels, serial, certificate, enrolled, expires, ephemeral, revoked";
constexpr std::string_view kController = "serial, name, node, issued, expires, revoked";

std::optional<WallTime> time_or_none(const Statement& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return time_of_seconds(row.number(column));
}

Invite invite_of(const Statement& row) {
    Invite invite;
    invite.id = crypto::parse_invite_id(row.text(0)).value_or(crypto::InviteId{});
    invite.secret = Secret(row.text(1));
    invite.labels = parse_labels(row.text(2));
    invite.created = time_of_seconds(row.number(3));
    invite.expires = time_of_seconds(row.number(4));
    invite.uses = static_cast<std::uint32_t>(row.number(5));
    invite.ephemeral = row.number(6) != 0;
    invite.withdrawn = time_or_none(row, 7);
    return invite;
}

EnrolledAgent agent_of(const Statement& row) {
    EnrolledAgent agent;
    agent.name = row.text(0);
    agent.id = parse_node(row.text(1)).value_or(NodeId{});
    agent.invite = crypto::parse_invite_id(row.text(2)).value_or(crypto::InviteId{});
    agent.labels = parse_labels(row.text(3));
    agent.serial = row.text(4);
    agent.certificate_der = row.text(5);
    agent.enrolled = time_of_seconds(row.number(6));
    agent.expires = time_of_seconds(row.number(7));
    agent.ephemeral = row.number(8) != 0;
    agent.revoked = time_or_none(row, 9);
    return agent;
}

IssuedController controller_of(const Statement& row) {
    IssuedController controller;
    controller.serial = row.text(0);
    controller.name = row.text(1);
    controller.id = parse_node(row.text(2)).value_or(NodeId{});
    controller.issued = time_of_seconds(row.number(3));
    controller.expires = time_of_seconds(row.number(4));
    controller.revoked = time_or_none(row, 5);
    return controller;
}

template <class T>
Result<std::vector<T>> all(Statement& statement, T (*read)(const Statement&)) {
    std::vector<T> list;
    for (;;) {
        const auto more = statement.next();
        if (!more) return tl::unexpected(more.error());
        if (!*more) return list;
        list.push_back(read(statement));
    }
}

template <class T>
Result<std::optional<T>> first(Statement& statement, T (*read)(const Statement&)) {
    auto found = all(statement, read);
    if (!found) return tl::unexpected(found.error());
    if (found->empty()) return std::optional<T>();
    return std::optional<T>(std::move(found->front()));
}

}  // namespace

Status SqliteInviteStore::add_invite(const Invite& invite) {
    Statement statement = database_.prepare(fmt::format("INSERT INTO invites ({}) VALUES (?,?,?,?,?,?,?,?)", kInvite));
    statement.bind(to_string(invite.id)).bind_blob(invite.secret.reveal()).bind(labels_text(invite.labels));
    statement.bind(seconds_of(invite.created))
        .bind(seconds_of(invite.expires))
        .bind(std::int64_t{invite.uses})
        .bind(std::int64_t{invite.ephemeral});
    invite.withdrawn ? statement.bind(seconds_of(*invite.withdrawn)) : statement.bind_null();
    return statement.run();
}

Result<std::optional<Invite>> SqliteInviteStore::find_invite(const crypto::InviteId& id) const {
    Statement statement = database_.prepare(fmt::format("SELECT {} FROM invites WHERE id = ?", kInvite));
    return first(statement.bind(to_string(id)), invite_of);
}

Result<std::vector<Invite>> SqliteInviteStore::invites() const {
    Statement statement = database_.prepare(fmt::format("SELECT {} FROM invites ORDER BY created, rowid", kInvite));
    return all(statement, invite_of);
}

Status SqliteInviteStore::withdraw_invite(const crypto::InviteId& id, WallTime at) {
    if (const Status ok = database_.prepare("UPDATE invites SET withdrawn = coalesce(withdrawn, ?) WHERE id = ?")
                              .bind(seconds_of(at))
                              .bind(to_string(id))
                              .run();
        !ok)
        return ok;
    if (database_.changed_rows() == 0)
        return fail(Code::InvalidInput, fmt::format("no invite {}; culvert invites lists them", to_string(id)));
    return {};
}

Status SqliteInviteStore::spend(const crypto::InviteId& id) {
    Statement uses =
        database_.prepare("SELECT uses, (SELECT count(*) FROM enrolled WHERE invite = ?1) FROM invites WHERE id = ?1");
    const auto row = uses.bind(to_string(id)).next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return fail(Code::InvalidInput, fmt::format("no invite {}", to_string(id)));
    if (uses.number(1) >= uses.number(0))
        return fail(Code::Overloaded, fmt::format("invite {} has no use left", to_string(id)));
    return {};
}

Status SqliteInviteStore::add_agent(const EnrolledAgent& agent) {
    return database_.transaction([this, &agent]() -> Status {
        if (const Status ok = spend(agent.invite); !ok) return ok;
        return insert(agent);
    });
}

Status SqliteInviteStore::add_renewal(const EnrolledAgent& agent) {
    return insert(agent);
}

Status SqliteInviteStore::insert(const EnrolledAgent& agent) {
    Statement statement =
        database_.prepare(fmt::format("INSERT INTO enrolled ({}) VALUES (?,?,?,?,?,?,?,?,?,?)", kEnrolled));
    statement.bind(agent.name)
        .bind(to_string(agent.id))
        .bind(to_string(agent.invite))
        .bind(labels_text(agent.labels))
        .bind(agent.serial);
    statement.bind_blob(agent.certificate_der)
        .bind(seconds_of(agent.enrolled))
        .bind(seconds_of(agent.expires))
        .bind(std::int64_t{agent.ephemeral});
    agent.revoked ? statement.bind(seconds_of(*agent.revoked)) : statement.bind_null();
    return statement.run();
}

Result<std::optional<EnrolledAgent>> SqliteInviteStore::find_agent(const std::string& name) const {
    Statement statement = database_.prepare(
        fmt::format("SELECT {} FROM enrolled WHERE name = ? ORDER BY sequence DESC LIMIT 1", kEnrolled));
    return first(statement.bind(name), agent_of);
}

Result<std::vector<EnrolledAgent>> SqliteInviteStore::agents() const {
    Statement statement = database_.prepare(fmt::format(
        "SELECT {} FROM enrolled WHERE sequence IN (SELECT max(sequence) FROM enrolled GROUP BY name) ORDER BY name",
        kEnrolled));
    return all(statement, agent_of);
}

Result<std::vector<EnrolledAgent>> SqliteInviteStore::agents_of(const crypto::InviteId& id) const {
    Statement statement =
        database_.prepare(fmt::format("SELECT {} FROM enrolled WHERE invite = ? ORDER BY sequence", kEnrolled));
    return all(statement.bind(to_string(id)), agent_of);
}

Status SqliteInviteStore::mark_revoked(const std::string& serial, WallTime at) {
    bool found = false;
    for (const char* table : {"enrolled", "controllers"}) {
        const std::string update = fmt::format("UPDATE {} SET revoked = coalesce(revoked, ?) WHERE serial = ?", table);
        if (const Status ok = database_.prepare(update).bind(seconds_of(at)).bind(serial).run(); !ok) return ok;
        found = found || database_.changed_rows() > 0;
    }
    if (!found) return fail(Code::InvalidInput, fmt::format("no certificate with the serial number {}", serial));
    return {};
}

Status SqliteInviteStore::add_controller(const IssuedController& controller) {
    Statement statement = database_.prepare(
        fmt::format("INSERT INTO controllers ({}) VALUES (?,?,?,?,?,?) ON CONFLICT (serial) DO NOTHING", kController));
    statement.bind(controller.serial)
        .bind(controller.name)
        .bind(to_string(controller.id))
        .bind(seconds_of(controller.issued))
        .bind(seconds_of(controller.expires));
    controller.revoked ? statement.bind(seconds_of(*controller.revoked)) : statement.bind_null();
    return statement.run();
}

Result<std::vector<IssuedController>> SqliteInviteStore::controllers() const {
    Statement statement =
        database_.prepare(fmt::format("SELECT {} FROM controllers ORDER BY name, issued, rowid", kController));
    return all(statement, controller_of);
}

Result<std::string> SqliteInviteStore::revocations() const {
    Statement statement = database_.prepare("SELECT crl FROM revocations");
    const auto row = statement.next();
    if (!row) return tl::unexpected(row.error());
    return *row ? statement.text(0) : std::string();
}

Status SqliteInviteStore::set_revocations(const std::string& crl_der) {
    return database_
        .prepare(
            "INSERT INTO revocations (only, crl) VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET crl = excluded.crl")
        .bind_blob(crl_der)
        .run();
}

}  // namespace culvert::store
