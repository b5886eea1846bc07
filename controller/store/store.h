// What a controller remembers between its commands: runs, agents, invites. One file (`store:` in controller.yaml), safe
// for several processes at once.
#pragma once

#include <filesystem>
#include <memory>

#include "common/base/result.h"
#include "controller/store/agent_store.h"
#include "controller/store/database.h"
#include "controller/store/run_store.h"
#include "controller/store/sqlite_invite_store.h"

namespace culvert::store {

class Store {
  public:
    static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file);

    RunStore& runs() { return runs_; }
    AgentStore& agents() { return agents_; }
    SqliteInviteStore& invites() { return invites_; }

  private:
    explicit Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}

    const std::unique_ptr<Database> database_;
    RunStore runs_{*database_};
    AgentStore agents_{*database_};
    SqliteInviteStore invites_{*database_};
};

}  // namespace culvert::store
