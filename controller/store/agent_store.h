// Agents this controller has seen, so that those who are gone stay visible with their last words.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/node_id.h"
#include "common/base/result.h"
#include "controller/store/database.h"

namespace culvert::store {

struct SeenAgent {
    std::string name;
    NodeId node;
    std::map<std::string, std::string> labels;
    double weight = 1;  // three decimals
    std::string program_version;
    std::string transport, proxy;
    WallTime last_seen{};  // whole seconds
    std::string last_words;

    friend bool operator==(const SeenAgent&, const SeenAgent&) = default;
};

class AgentStore {
  public:
    explicit AgentStore(Database& database) : database_(database) {}

    // Adds the agent, or replaces what is known of that name, unless that was seen later.
    Status saw(const SeenAgent& agent);
    Result<std::vector<SeenAgent>> list() const;  // by name
    // Of an agent that was revoked, or of an ephemeral one that is gone. Forgetting an unknown one is no error.
    Status forget(const std::string& name);

  private:
    Database& database_;
};

}  // namespace culvert::store
