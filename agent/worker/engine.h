// The load engine: carries one share of one run on N worker threads and reports an Interval each second. It knows no
// tunnel.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/charter/charter.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/metrics/exchange.h"
#include "common/metrics/interval.h"
#include "common/workload/plan.h"
#include "common/workload/share.h"
#include "tunnel/proxy/settings.h"

namespace culvert::agent::worker {

// Rows of one data set that this agent owns (split) or all of them (copy), in file order.
struct DataRows {
    std::vector<std::vector<std::string>> rows;
};

struct RunSpec {
    std::string run_id;
    std::shared_ptr<const workload::Plan> plan;
    workload::Share share;
    std::vector<DataRows> data;                // by Plan::data
    std::vector<std::string> variable_values;  // by Plan::variables: resolved on the controller
    std::uint64_t seed = 0;                    // of the run: random_rate, think times, random order of data
};

struct EngineOptions {
    unsigned threads = 0;  // 0: one per core
    // load.proxy; none: every connection is direct. Names are then resolved behind the proxy.
    std::optional<tunnel::proxy::ProxySettings> proxy;
    std::string proxy_credential_file;  // remembers rejected credentials beyond a run; empty: not
    std::vector<std::string> extra_ca_files;
    bool verify_tls = true;  // of targets
    // One iteration of one user of each scenario, one scenario after the other, whatever the load; on_exchange tells of
    // every request.
    bool trial = false;
};

enum class StopMode : std::uint8_t {
    Gracefully,
    AtOnce
};  // gracefully: no new iterations, finish_within for those under way

// Called on the engine's own reporter thread; post to your loop.
class EngineEvents {
  public:
    virtual ~EngineEvents() = default;
    virtual void on_first_start(Duration /*lateness*/) {}  // of the first iteration; once, before its interval
    virtual void on_interval(metrics::Interval interval) = 0;
    virtual void on_error_example(metrics::ErrorExample example) = 0;  // at most kExamples of a kind and step
    virtual void on_exchange(metrics::Exchange) {}                     // of a trial: every one, in order
    virtual void on_abort(std::string reason) = 0;  // an on_fail: abort_run, or data at_end: abort_run
    // After the last interval. Nothing follows.
    virtual void on_finished() = 0;
};

class Engine {
  public:
    // Opens files, checks the charter against everything that is known before the start (literal targets, rate, users),
    // starts idle threads.
    static Result<std::unique_ptr<Engine>> prepare(RunSpec spec, const charter::Charter& charter, EngineOptions options,
                                                   EngineEvents& events);
    virtual ~Engine() = default;  // stops at once and joins

    // Second 0 begins at `at`. Any thread; once.
    virtual void start(SteadyTime at) = 0;
    virtual void stop(StopMode mode) = 0;
    // An amended share takes effect at `at`: slots due from then on belong by the new weights. Any thread.
    virtual void amend(const workload::Share& share, SteadyTime at) = 0;
};

}  // namespace culvert::agent::worker
