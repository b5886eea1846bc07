#include "common/workload/threshold_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <re2/re2.h>

#include "common/base/text.h"
#include "common/config/reader.h"
#include "common/workload/plan_context.h"

namespace culvert::workload {
namespace {

using config::Node;
using culvert::to_string;
using Metric = Threshold::Metric;
using Op = Threshold::Op;

constexpr std::size_t kMostThresholds = 500;
constexpr std::size_t kLongestThreshold = 1000;
constexpr std::string_view kExample = "p95(browse/add to cart) < 300ms, or error_rate < 1% after 30s else abort";

struct MetricWord {
    std::string_view word;
    Metric metric;
};
constexpr std::array kMetrics{MetricWord{"mean", Metric::Mean},
                              MetricWord{"max", Metric::Max},
                              MetricWord{"min", Metric::Min},
                              MetricWord{"error_rate", Metric::ErrorRate},
                              MetricWord{"errors", Metric::Errors},
                              MetricWord{"requests", Metric::Requests},
                              MetricWord{"request_rate", Metric::RequestRate},
                              MetricWord{"missed", Metric::Missed},
                              MetricWord{"iterations", Metric::Iterations}};
constexpr std::array<std::string_view, 6> kPercentileExamples{"p50", "p75", "p90", "p95", "p99", "p999"};

struct OpWord {
    std::string_view word;
    Op op;
};
constexpr std::array kOps{OpWord{"<=", Op::LessEqual}, OpWord{">=", Op::GreaterEqual}, OpWord{"==", Op::Equal},
                          OpWord{"<", Op::Less},       OpWord{">", Op::Greater},       OpWord{"=", Op::Equal}};

bool is_duration(Metric metric) {
    return metric == Metric::Percentile || metric == Metric::Mean || metric == Metric::Max || metric == Metric::Min;
}

template <class... Args>
tl::unexpected<Error> wrong(fmt::format_string<Args...> format, Args&&... args) {
    return fail(Code::InvalidInput, fmt::format(format, std::forward<Args>(args)...));
}

std::optional<double> decimal(std::string_view text) {
    double value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{} || rest != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

// 95 for "p95", 99.9 for "p999" and "p99.9".
std::optional<double> percentile_of(std::string_view word) {
    if (word.size() < 2 || word.front() != 'p') return std::nullopt;
    std::string digits(word.substr(1));
    const bool plain = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (plain && digits.size() > 2) digits.insert(2, ".");
    const auto value = decimal(digits);
    if (!value || *value <= 0 || *value >= 100) return std::nullopt;
    return value;
}

Status read_metric(std::string_view word, Threshold& threshold) {
    for (const MetricWord& known : kMetrics) {
        if (known.word != word) continue;
        threshold.metric = known.metric;
        return {};
    }
    if (word == "p100") return wrong("write max instead of p100");
    if (const auto percentile = percentile_of(word)) {
        threshold.metric = Metric::Percentile;
        threshold.percentile = *percentile;
        return {};
    }
    std::vector<std::string_view> candidates(kPercentileExamples.begin(), kPercentileExamples.end());
    std::vector<std::string> all(kPercentileExamples.begin(), kPercentileExamples.end());
    for (const MetricWord& known : kMetrics) {
        candidates.push_back(known.word);
        all.emplace_back(known.word);
    }
    const auto near = closest(word, candidates);
    return wrong("unknown metric \"{}\"; {}", excerpt(word, 40),
                 near ? fmt::format("did you mean {}?", *near) : "known here: " + join(all, ", "));
}

Status read_scope(std::string_view scope, Threshold& threshold) {
    const std::size_t slash = scope.find('/');
    threshold.scenario = trim(scope.substr(0, slash));
    if (slash != std::string_view::npos) threshold.step = trim(scope.substr(slash + 1));
    if (threshold.scenario.empty() || (slash != std::string_view::npos && threshold.step.empty()))
        return wrong("between ( ) stands a scenario, or scenario/step");
    const bool of_iterations = threshold.metric == Metric::Missed || threshold.metric == Metric::Iterations;
    if (of_iterations && !threshold.step.empty())
        return wrong("missed and iterations belong to scenarios, not to steps; write ({})", threshold.scenario);
    return {};
}

Status read_percent(std::string_view text, Threshold& threshold) {
    if (text.empty() || text.back() != '%') return wrong("\"{0}\" has no unit; write {0}%", text);
    const auto percent = decimal(text.substr(0, text.size() - 1));
    if (!percent) return wrong("\"{}\" is no percentage; write for example 1%", text);
    if (*percent > 100) return wrong("{} is more than 100%", text);
    threshold.value = *percent / 100;
    return {};
}

Status read_value(std::string_view text, Threshold& threshold) {
    if (is_duration(threshold.metric)) {
        const auto value = parse_duration(text);
        if (!value) return tl::unexpected(value.error());
        threshold.value = static_cast<double>(value->count()) / 1e6;
        return {};
    }
    if (threshold.metric == Metric::ErrorRate) return read_percent(text, threshold);
    if (threshold.metric == Metric::RequestRate) {
        const auto value = parse_rate(text);
        if (!value) return tl::unexpected(value.error());
        threshold.value = value->per_second();
        return {};
    }
    std::uint64_t count = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || rest != text.data() + text.size())
        return wrong("\"{}\" is no whole number", excerpt(text, 40));
    threshold.value = static_cast<double>(count);
    return {};
}

// What follows the operator, word by word.
class Clauses {
  public:
    Clauses(std::string_view text, Threshold& threshold) : threshold_(threshold) {
        for (const std::string_view word : split(text, ' ')) {
            if (!trim(word).empty()) words_.push_back(trim(word));
        }
    }

    Status run() {
        if (words_.empty()) return wrong("has no value; write for example {}", kExample);
        value_ = std::string(take());
        const bool unit_apart = !words_.empty() && (words_[0] == "%" || words_[0] == "ms" || words_[0] == "s" ||
                                                    words_[0] == "us" || words_[0] == "m");
        if (unit_apart) value_ += take();
        if (const Status value = read_value(value_, threshold_); !value) return value;
        while (!words_.empty()) {
            if (const Status clause = read_clause(take()); !clause) return clause;
        }
        return {};
    }

    std::string normalised() const {
        std::string text = value_;
        if (threshold_.over) text += " over " + to_string(*threshold_.over);
        if (threshold_.by == Threshold::By::Agent) text += " by agent";
        if (threshold_.by == Threshold::By::Label) text += " by " + threshold_.label;
        if (threshold_.after) text += " after " + to_string(*threshold_.after);
        if (threshold_.abort) text += " else abort";
        return text;
    }

  private:
    std::string_view take() {
        const std::string_view word = words_.front();
        words_.erase(words_.begin());
        return word;
    }

    Status read_clause(std::string_view word) {
        if (!seen_.insert(std::string(word)).second) return wrong("\"{}\" is given twice", word);
        if (word == "over") return read_time("over", std::chrono::seconds(1), threshold_.over);
        if (word == "after") return read_time("after", Duration{0}, threshold_.after);
        if (word == "by") return read_by();
        if (word == "else") {
            if (words_.empty() || take() != "abort") return wrong("after \"else\" stands abort");
            threshold_.abort = true;
            return {};
        }
        constexpr std::array<std::string_view, 4> kClauses{"over", "by", "after", "else"};
        const auto near = closest(word, kClauses);
        return wrong("\"{}\" is not known here; {}", excerpt(word, 40),
                     near ? fmt::format("did you mean \"{}\"?", *near)
                          : "after the value may stand: over 10s, by region, after 30s, else abort");
    }

    Status read_time(std::string_view word, Duration least, std::optional<Duration>& into) {
        if (words_.empty()) return wrong("after \"{0}\" stands a time; write for example {0} 30s", word);
        const auto time = parse_duration(take());
        if (!time) return fail(time.error(), std::string(word));
        if (*time < least || *time > kLongestPart || time->count() % 1'000'000'000 != 0) {
            return wrong("{}: {} is not a number of whole seconds; results are judged second by second", word,
                         to_string(*time));
        }
        into = *time;
        return {};
    }

    Status read_by() {
        if (words_.empty()) return wrong("after \"by\" stands a label, or agent; write for example by region");
        const std::string_view label = take();
        threshold_.by = label == "agent" ? Threshold::By::Agent : Threshold::By::Label;
        if (threshold_.by == Threshold::By::Label) threshold_.label = label;
        return {};
    }

    std::vector<std::string_view> words_;
    Threshold& threshold_;
    std::string value_;
    std::set<std::string> seen_;
};

std::string scope_text(const Threshold& threshold) {
    if (threshold.scenario.empty()) return "";
    if (threshold.step.empty()) return "(" + threshold.scenario + ")";
    return "(" + threshold.scenario + "/" + threshold.step + ")";
}

std::string quoted_list(const std::vector<std::string>& names) {
    std::vector<std::string> quoted;
    for (const std::string& name : names) quoted.push_back("\"" + name + "\"");
    return join(quoted, ", ");
}

// Empty, or why the plan has no such scenario or step.
std::string scope_problem(const Threshold& threshold, const std::vector<Scenario>& scenarios) {
    if (threshold.scenario.empty()) return "";
    std::vector<std::string> names;
    for (const Scenario& scenario : scenarios) names.push_back(scenario.name);
    const auto scenario = std::find_if(scenarios.begin(), scenarios.end(),
                                       [&threshold](const Scenario& each) { return each.name == threshold.scenario; });
    const auto hint = [](const std::string& name, const std::vector<std::string>& known) {
        const std::vector<std::string_view> candidates(known.begin(), known.end());
        const auto near = closest(name, candidates);
        return near ? fmt::format("did you mean \"{}\"?", *near) : "there are " + quoted_list(known);
    };
    if (scenario == scenarios.end())
        return fmt::format("the plan has no scenario \"{}\"; {}", excerpt(threshold.scenario, 60),
                           hint(threshold.scenario, names));
    const std::vector<std::string>& steps = scenario->request_names;
    if (threshold.step.empty() || std::find(steps.begin(), steps.end(), threshold.step) != steps.end()) return "";
    return fmt::format("scenario \"{}\" has no step \"{}\"; {}", scenario->name, excerpt(threshold.step, 60),
                       hint(threshold.step, steps));
}

}  // namespace

Result<Threshold> parse_threshold(std::string_view text) {
    static const RE2 kForm(R"(\s*([^\s()<>=]+)\s*(\(.*\))?\s*(<=|>=|==|<|>|=)([^<>=]*))", RE2::Quiet);
    std::string metric;
    std::string scope;
    std::string op;
    std::string rest;
    if (text.size() > kLongestThreshold) return wrong("is longer than {} bytes", kLongestThreshold);
    if (!RE2::FullMatch(re2::StringPiece(text.data(), text.size()), kForm, &metric, &scope, &op, &rest)) {
        return wrong("\"{}\" is no threshold; write METRIC(SCENARIO/STEP) < VALUE, for example {}", excerpt(text, 80),
                     kExample);
    }
    Threshold threshold;
    if (const Status read = read_metric(metric, threshold); !read) return tl::unexpected(read.error());
    if (!scope.empty()) {
        if (const Status read = read_scope(std::string_view(scope).substr(1, scope.size() - 2), threshold); !read)
            return tl::unexpected(read.error());
    }
    const auto known = std::find_if(kOps.begin(), kOps.end(), [&op](const OpWord& each) { return each.word == op; });
    threshold.op = known->op;
    Clauses clauses(rest, threshold);
    if (const Status read = clauses.run(); !read) return tl::unexpected(read.error());
    threshold.text =
        fmt::format("{}{} {} {}", metric, scope_text(threshold), op == "==" ? "=" : op, clauses.normalised());
    return threshold;
}

std::vector<Threshold> parse_thresholds(const Node& node, const std::vector<Scenario>& scenarios,
                                        config::Problems& problems) {
    std::vector<Threshold> thresholds;
    const auto tell = [&problems](const Node& at, std::string key, std::string message) {
        problems.push_back(config::Problem{at.where, std::move(key), std::move(message)});
    };
    if (node.kind != Node::Kind::Sequence) {
        tell(node, "thresholds", fmt::format("is no list; write each behind \"- \": - {}", "p95 < 300ms"));
        return thresholds;
    }
    if (node.items.size() > kMostThresholds)
        tell(node, "thresholds", fmt::format("has more than {} entries", kMostThresholds));
    std::set<std::string> seen;
    for (std::size_t i = 0; i < node.items.size() && i < kMostThresholds; ++i) {
        const Node& item = node.items[i];
        const std::string key = item_path("thresholds", i);
        if (item.kind != Node::Kind::Scalar) {
            tell(item, key,
                 fmt::format("must be a text; one with \": \" in it must stand in quotes. For example {}", kExample));
            continue;
        }
        Result<Threshold> threshold = parse_threshold(item.scalar);
        if (!threshold) {
            tell(item, key, threshold.error().message);
            continue;
        }
        if (const std::string scope = scope_problem(*threshold, scenarios); !scope.empty()) tell(item, key, scope);
        if (!seen.insert(threshold->text).second)
            tell(item, key, fmt::format("\"{}\" is given twice", excerpt(threshold->text, 80)));
        threshold->where = item.where;
        thresholds.push_back(std::move(*threshold));
    }
    return thresholds;
}

}  // namespace culvert::workload
