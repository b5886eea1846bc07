#include "controller/store/agent_store.h"

#include <cmath>

#include "controller/store/columns.h"

namespace culvert::store {

Status AgentStore::saw(const SeenAgent& agent) {
    Statement statement = database_.prepare(
        "INSERT INTO agents (name, node, labels, weight_milli, program_version, transport, proxy, last_seen, "
        "last_words) VALUES (?,?,?,?,?,?,?,?,?) "
        "ON CONFLICT (name) DO UPDATE SET node=excluded.node, labels=excluded.labels, "
        "weight_milli=excluded.weight_milli, "
        "program_version=excluded.program_version, transport=excluded.transport, proxy=excluded.proxy, "
        "last_seen=excluded.last_seen, "
        "last_words=excluded.last_words WHERE excluded.last_seen >= agents.last_seen");
    statement.bind(agent.name)
        .bind(to_string(agent.node))
        .bind(labels_text(agent.labels))
        .bind(std::int64_t{std::llround(agent.weight * 1000)});
    statement.bind(agent.program_version)
        .bind(agent.transport)
        .bind(agent.proxy)
        .bind(seconds_of(agent.last_seen))
        .bind(agent.last_words);
    return statement.run();
}

Result<std::vector<SeenAgent>> AgentStore::list() const {
    Statement row = database_.prepare(
        "SELECT name, node, labels, weight_milli, program_version, transport, proxy, last_seen, last_words FROM agents "
        "ORDER BY name");
    std::vector<SeenAgent> list;
    for (;;) {
        const auto more = row.next();
        if (!more) return tl::unexpected(more.error());
        if (!*more) return list;
        SeenAgent& agent = list.emplace_back();
        agent.name = row.text(0);
        agent.node = parse_node(row.text(1)).value_or(NodeId{});
        agent.labels = parse_labels(row.text(2));
        agent.weight = static_cast<double>(row.number(3)) / 1000;
        agent.program_version = row.text(4);
        agent.transport = row.text(5);
        agent.proxy = row.text(6);
        agent.last_seen = time_of_seconds(row.number(7));
        agent.last_words = row.text(8);
    }
}

Status AgentStore::forget(const std::string& name) {
    return database_.prepare("DELETE FROM agents WHERE name = ?").bind(name).run();
}

}  // namespace culvert::store
