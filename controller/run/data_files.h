// The rows of a run's data sets as files, one for each agent and set, named by their SHA-256 so that equal ones are
// held once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/protocol/messages.h"
#include "common/workload/data_rows.h"
#include "common/workload/split.h"

namespace culvert::run {

class DataFiles {
  public:
    // Each agent's own rows only, by the seats of `members`.
    static Result<DataFiles> of(const workload::Plan& plan, const std::vector<std::vector<workload::Row>>& rows,
                                const std::vector<workload::Member>& members);

    const std::vector<protocol::DataSetFile>& of_agent(std::size_t agent) const { return by_agent_.at(agent); }
    // nullptr: not one of this agent's files.
    std::shared_ptr<const std::string> find(std::size_t agent, const protocol::Sha256& sha256) const;
    // Everybody has theirs.
    void forget_contents() { contents_.clear(); }

  private:
    std::vector<std::vector<protocol::DataSetFile>> by_agent_;
    std::map<protocol::Sha256, std::shared_ptr<const std::string>> contents_;
};

}  // namespace culvert::run
