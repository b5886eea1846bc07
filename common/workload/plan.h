// The plan: a YAML workload as an immutable value. parse_plan() is the only way to make one; it reports every mistake
// at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/secret.h"
#include "common/base/units.h"
#include "common/config/document.h"

namespace culvert::workload {

// Text with ${variables}, split when the plan is read. "${x}" takes the encoding of the place it stands in, "${x:raw}"
// (raw, url, form, json, number) chooses one; "$${" is a literal "${".
//
// In a URL everything up to the first "/" after the host is Raw ("${base}${path}"), what follows is Url. In `json`, a
// text that is nothing but
// "${x:number}" becomes a number. A value that is written into a header must not hold CR or LF: the engine fails the
// step then.
struct Template {
    // How a value is written into its surroundings. JsonText: escaped, the quotes stand in the literals beside it.
    // JsonNumber: as it is, after a check that it is a JSON number.
    enum class Encoding : std::uint8_t { Raw, Url, Form, JsonText, JsonNumber };
    struct Part {
        std::string text;                       // literal; empty when `variable` is set
        std::optional<std::uint32_t> variable;  // index into Plan::variable_names
        Encoding encoding = Encoding::Raw;
        friend bool operator==(const Part&, const Part&) = default;
    };
    std::vector<Part> parts;

    bool is_literal() const;
    std::string literal_text() const;  // only if is_literal()
    friend bool operator==(const Template&, const Template&) = default;
};

enum class Method : std::uint8_t { Get, Head, Post, Put, Patch, Delete };
const char* to_string(Method method);

struct NamedTemplate {
    std::string name;
    Template value;
};

// A place in a response.
struct Source {
    enum class Kind : std::uint8_t { Status, Header, Body, Json };
    Kind kind = Kind::Status;
    std::string name;  // header name, or JSON Pointer (RFC 6901)
};

// What must hold of a response; one that does not hold makes the request failed.
struct Check {
    enum class Operator : std::uint8_t {
        Exists,
        Absent,
        Is,
        IsNot,
        Contains,
        Matches,
        LessThan,
        GreaterThan,
        StatusClass
    };
    Source source;
    Operator op = Operator::Is;
    Template operand;           // Is, IsNot, Contains
    std::string regex;          // Matches (RE2 syntax)
    double number = 0;          // LessThan, GreaterThan
    std::vector<int> statuses;  // Status with Is: any of them; StatusClass: 2 for 2xx
    std::string text;           // as the user wrote it, for reports
};

struct Save {
    std::uint32_t variable = 0;
    enum class Kind : std::uint8_t { Json, Regex, Header } kind = Kind::Json;
    std::string expression;             // JSON Pointer; regex with one group; header name
    std::optional<Template> otherwise;  // `or:`; without it a value that is not found fails the step
};

enum class OnFail : std::uint8_t { Continue, EndIteration, StopUser, AbortRun };

struct RequestStep {
    std::string name;  // default: "METHOD path" of the URL template
    Method method = Method::Get;
    Template url;                        // absolute after substitution; the query is already appended, encoded
    std::vector<NamedTemplate> headers;  // the plan's http.headers merged in; content-type set for json and form
    std::optional<Template> body;        // json, form and body are all rendered to text when the plan is read
    std::vector<Check> checks;
    std::vector<Save> saves;
    OnFail on_fail = OnFail::Continue;
    Duration timeout{};                  // whole request
    Duration connect_timeout{};          // DNS + TCP + TLS
    std::uint32_t follow_redirects = 0;  // at most; 0: off
    std::uint32_t index =
        0;  // of the step within its scenario, counting requests only: once_per_user first, then steps
    config::Position where;
};

struct ThinkStep {
    Duration least{}, most{};  // uniform
};

using Step = std::variant<RequestStep, ThinkStep>;

// Load phases, in sequence.
struct ConstantRate {
    Rate rate;
    Duration length;
};
struct RampRate {
    Rate from, to;
    Duration length;
};
struct RandomRate {
    Rate least, most;
    Duration every, length;
};
struct ConstantUsers {
    std::uint64_t users = 0;
    Duration length;
};
struct RampUsers {
    std::uint64_t from = 0, to = 0;
    Duration length;
};
struct Iterations {
    std::optional<std::uint64_t> total, per_user;  // exactly one
    std::optional<std::uint64_t> users;            // closed: these users carry them; else
    std::optional<Rate> rate;                      // open: started at this rate
    Duration at_most;                              // what is not done by then is missed
};
struct Idle {
    Duration length;
};
using LoadPhase = std::variant<ConstantRate, RampRate, RandomRate, ConstantUsers, RampUsers, Iterations, Idle>;

using Labels = std::map<std::string, std::string>;

struct Selector {  // every entry must hold: label = value, or label != value
    struct Term {
        std::string label, value;
        bool negated = false;
    };
    std::vector<Term> terms;
    bool matches(const Labels& labels) const;
};

struct Scenario {
    std::string name;
    Selector agents;               // default: every agent of the run
    std::vector<LoadPhase> load;   // own, or the plan's when it is a weighted mix
    double weight = 0;             // > 0: takes part in the mix under Plan::mix_load
    std::optional<Duration> pace;  // an iteration of a user starts at most each `pace`
    Duration finish_within{};
    std::vector<Step> once_per_user;
    std::vector<Step> steps;
    std::vector<std::string> request_names;  // of all RequestSteps, by RequestStep::index
};

struct DataSet {
    enum class Across : std::uint8_t { Split, Copy };
    enum class NextRow : std::uint8_t { EachUser, EachIteration };
    enum class AtEnd : std::uint8_t { StartAgain, StopUser, AbortRun };
    enum class Order : std::uint8_t { InOrder, Random };
    std::string name;
    std::string csv;  // path, relative to the plan
    Across across_agents = Across::Split;
    NextRow next_row = NextRow::EachIteration;
    AtEnd at_end = AtEnd::StartAgain;
    Order order = Order::InOrder;
    std::vector<std::string> columns;      // from the first line of the file
    std::vector<std::uint32_t> variables;  // index into Plan::variable_names, one for each column ("customers.id")
    std::uint64_t rows =
        0;  // counted by load_plan, the first line not included; 0 when the plan was parsed without its files
    config::Position where;
};

struct Threshold {
    enum class Metric : std::uint8_t {
        Percentile,
        Mean,
        Max,
        Min,
        ErrorRate,
        Errors,
        Requests,
        RequestRate,
        Missed,
        Iterations
    };
    enum class Op : std::uint8_t { Less, LessEqual, Greater, GreaterEqual, Equal };
    enum class By : std::uint8_t { None, Agent, Label };
    std::string text;  // as written, normalised spacing: the id of a threshold in reports
    Metric metric = Metric::Percentile;
    double percentile = 0;       // 95 for p95, 99.9 for p999
    std::string scenario, step;  // empty: all
    Op op = Op::Less;
    double value = 0;              // milliseconds, ratio 0…1, or a count, by metric
    std::optional<Duration> over;  // sliding window; must hold in every full window
    By by = By::None;
    std::string label;              // By::Label: "region"
    std::optional<Duration> after;  // not judged before
    bool abort = false;
    config::Position where;
};

struct Variable {
    std::string name;
    std::optional<Template> value;  // constants; may refer to other variables of the plan. With env or file: taken when
                                    // these are absent (`or:`)
    std::string env;                // read on the controller at start
    std::string file;               // the same, without the line end; relative to the plan
    bool secret = false;            // masked everywhere; also set when the value refers to a secret
    config::Position where;
};

// Variables that every plan has, in this order, from Plan::first_builtin on.
enum class Builtin : std::uint8_t {
    User,       // ${user}: number of the user in its scenario, unlike that of any other user on any agent
    Iteration,  // ${iteration}: counts the iterations of this user, from 0
    Uuid,       // ${uuid}: a new random UUID (version 4) at every use
    NowMs,      // ${now_ms}: wall clock of the agent, milliseconds since 1970
};
inline constexpr std::string_view kBuiltinNames[] = {"user", "iteration", "uuid", "now_ms"};

struct Plan {
    std::string name;
    std::string text;  // the YAML as read: what travels to the agents
    std::string file;  // for messages
    std::vector<std::string>
        variable_names;               // all names a Template may refer to: variables, builtins, saves, data columns
    std::uint32_t first_builtin = 0;  // variable_names[first_builtin + Builtin]; equals variables.size()
    std::vector<Variable> variables;  // index i ↔ variable_names[i] for i < variables.size()
    std::vector<DataSet> data;
    std::vector<LoadPhase> mix_load;  // load of a weighted mix; empty: each scenario has its own
    std::vector<Scenario> scenarios;  // in file order
    std::vector<Threshold> thresholds;
    Duration warmup{};

    bool is_mix() const { return !mix_load.empty(); }
};

// Values given from outside: `--set k=v` and the environment. Only these may differ between controller and agent
// parsing; an agent gets resolved values with the plan and parses with them.
struct Inputs {
    std::map<std::string, std::string> set;  // overrides variables of the plan
};

// Columns of each data set by its name. An agent has no CSV files: the controller sends it what load_plan found, and it
// parses with that.
using Columns = std::map<std::string, std::vector<std::string>>;
Columns columns_of(const Plan& plan);

struct ParseOptions {
    const Columns* columns = nullptr;  // nullptr: whatever column a template names is taken to exist
};

// Pure: touches no file. All problems at once, in file order.
tl::expected<Plan, config::Problems> parse_plan(std::string file, std::string_view text,
                                                const ParseOptions& options = {});
// Reads the plan and every row of its CSV files, which stand beside it; their problems name the CSV file and line.
tl::expected<Plan, config::Problems> load_plan(const std::string& file);

// The values of Plan::variables, in their order, from `--set`, the environment (name → value or nothing) and files. A
// problem for each name in `inputs.set` that the plan does not have, and for each variable that has no value.
using Environment = std::function<std::optional<std::string>(const std::string&)>;
tl::expected<std::vector<std::string>, config::Problems> resolve_variables(const Plan& plan, const Inputs& inputs,
                                                                           const Environment& environment);

}  // namespace culvert::workload
