#include <fmt/format.h>

#include "common/base/exit_code.h"
#include "controller/cli/reference.h"

namespace culvert::cli {
namespace {

std::string exit_codes() {
    std::string out = "Exit codes of culvert, culvert-agent and culvert-relay:\n\n";
    for (const ExitCodeText& text : exit_code_texts())
        out += fmt::format("  {:>3}  {}\n", static_cast<int>(text.code), text.meaning);
    return out + "\nWhere several hold, the first of 130, 2, 5, 4, 3, 6, 1.\n";
}

constexpr const char* kEnvironment = R"(Read from the environment:

  CULVERT_CONFIG   the controller's configuration, where --config is not given; culvert-agent reads
                   CULVERT_AGENT_CONFIG, culvert-relay CULVERT_RELAY_CONFIG
  NO_COLOR         not empty: no colours; every sign stays
  TERM             dumb: nothing is redrawn, progress is plain
  LC_ALL, LC_CTYPE, LANG
                   the first that is set says whether the terminal shows UTF-8; otherwise signs are ASCII
  HTTPS_PROXY, ALL_PROXY, NO_PROXY
                   the tunnel's proxy, where the configuration names none
  XDG_CONFIG_HOME, HOME
                   where culvert/controller.yaml is looked for
  TMPDIR           where a report goes that cannot be written to --out

and whatever a plan names as { env: NAME }.
)";

constexpr const char* kFiles = R"(Beside the configuration (a path in it is relative to it):

  controller.yaml  of this controller; --config, $CULVERT_CONFIG, ./controller.yaml, ~/.config/culvert/, /etc/culvert/
  identity.pem     its key and mesh certificate, mode 0600
  mesh-ca.key      who holds it decides who belongs to the mesh, mode 0600
  mesh-ca.pem      the mesh CA's certificate; every relay needs it
  runs.sqlite      runs, agents, invites, revocations

In the folder of a run (--out, otherwise runs/RUN):

  report.html      for people: one file, works offline
  report.json      for programs: a contract, with its version as the first key
  junit.xml        for CI: a case for each threshold and each kind of failure
  intervals.csv    one line for each second and step
  events.jsonl     what happened, one JSON object a line
  plan.yaml        the plan as it ran
)";

constexpr const char* kKeys = R"(While a run is shown on a terminal:

  q, Ctrl-C  run: stop the load, wait for what is under way, report; once more: at once, still with a report
             watch: leave; the run goes on
  d          the table of steps on or off
  ?          what the words mean, on or off

Rates, percentiles and errors are those of the last 10 s. Where stderr is no terminal, or TERM is dumb, there is one
line each 10 s, after ten minutes each minute (--progress plain).
)";

constexpr const char* kSelectors = R"(Which agents take part (--agents of run and try):

  region=eu              agents with this label
  size!=small            agents without it, or with another value
  region=eu,size!=small  both must hold
  name=fra-1             one agent; os and arch are labels too

culvert agents lists the agents and their labels. A scenario's own agents: in the plan narrows the choice further.
)";

constexpr const char* kTrust = R"(Beside PASS and FAIL, which the plan's thresholds give, a run has a stamp:

  VALID    the measurement may be believed
  SUSPECT  something spoilt it; each reason is named with its limit and the value that was measured

Reasons are, among others: an agent was lost and did not come back, iterations started late, slots found no user, the
load generator's CPU or ports were exhausted, clocks are known badly, the ledger does not balance. Exit code 6: the
thresholds held, but a reason touches one of them.
)";

constexpr const char* kPlan = R"(A plan in ten lines; docs/plan.md has every key:

  culvert: 1
  name: First
  scenarios:
    browse:
      load:
        - ramp_rate:     { from: 0/s, to: 200/s, over: 30s }
        - constant_rate: { rate: 200/s, for: 5m }
      steps:
        - get: "https://shop.example.com/products"
          check: { status: 200 }
  thresholds:
    - p95(browse) < 300ms
    - error_rate < 1%

culvert schema prints a JSON Schema, culvert check every mistake at once, culvert try one iteration in full.
)";

}  // namespace

const std::vector<TopicText>& help_topics() {
    static const std::vector<TopicText> kTopics{{"plan", "Plans", kPlan},
                                                {"selectors", "Selectors", kSelectors},
                                                {"keys", "Keys", kKeys},
                                                {"trust", "Trust", kTrust},
                                                {"files", "Files", kFiles},
                                                {"environment", "Environment", kEnvironment},
                                                {"exit-codes", "Exit codes", exit_codes()}};
    return kTopics;
}

}  // namespace culvert::cli
