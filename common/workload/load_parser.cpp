#include "common/workload/load_parser.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/config/reader.h"
#include "common/workload/plan_context.h"

namespace culvert::workload {
namespace {

using config::MapReader;
using config::Node;
using config::Problem;
using config::Problems;
using culvert::to_string;

constexpr std::array<std::string_view, 7> kKinds{"constant_rate", "ramp_rate",  "random_rate", "constant_users",
                                                 "ramp_users",    "iterations", "idle"};
constexpr config::Range<Duration> kPhaseLength{std::chrono::milliseconds(1), kLongestPart};
constexpr std::int64_t kMostUsers = 10'000'000;
constexpr std::int64_t kMostIterations = 1'000'000'000'000;
constexpr std::int64_t kMostRandomPieces = 20'000;  // of one load: each is kept in memory by every agent
constexpr std::size_t kMostPhases = 1000;

class PhaseParser {
  public:
    // `pieces`: how often random rates have changed in the load so far; counted on.
    PhaseParser(const Node& node, const std::string& path, std::int64_t& pieces, Problems& problems)
        : map_(node, path, problems), pieces_(pieces), problems_(problems) {}

    std::optional<LoadPhase> run(std::size_t kind) {
        if (map_.node().kind != Node::Kind::Map) return std::nullopt;
        const std::size_t before = problems_.size();
        LoadPhase phase = parse(kind);
        map_.finish();
        if (problems_.size() != before) return std::nullopt;
        return phase;
    }

  private:
    LoadPhase parse(std::size_t kind) {
        switch (kind) {
            case 0:
                return constant_rate();
            case 1:
                return ramp_rate();
            case 2:
                return random_rate();
            case 3:
                return constant_users();
            case 4:
                return ramp_users();
            case 5:
                return iterations();
            default:
                return Idle{length("for", "for: 30s")};
        }
    }

    void problem(std::string_view key, std::string message) {
        const Node* const child = map_.node().find(key);
        map_.problem(child != nullptr ? *child : map_.node(), key, std::move(message));
    }

    Duration length(std::string_view key, std::string_view example) {
        if (map_.required_child(key, example) == nullptr) return {};
        return map_.duration(key, kPhaseLength, {});
    }

    // A plateau lasts `for`, a ramp goes `over` its time; who mixes them up is told the right word.
    Duration ramp_length(std::string_view example) {
        if (!map_.has("for") || map_.has("over")) return length("over", example);
        map_.child("over");
        map_.child("for");
        problem("for", "a ramp has over: instead of for:");
        return {};
    }

    Rate rate(std::string_view key, std::string_view example) {
        if (map_.required_child(key, example) == nullptr) return {};
        return map_.optional_rate(key).value_or(Rate{});
    }

    std::uint64_t users(std::string_view key, std::int64_t least, std::string_view example) {
        if (map_.required_child(key, example) == nullptr) return 0;
        return static_cast<std::uint64_t>(map_.integer(key, {least, kMostUsers}, 0));
    }

    LoadPhase constant_rate() {
        const std::size_t before = problems_.size();
        const ConstantRate phase{rate("rate", "rate: 200/s"), length("for", "for: 5m")};
        if (problems_.size() == before && phase.rate == Rate{})
            problem("rate", "a rate of 0 starts nothing; write idle: { for: ... } for a break");
        return phase;
    }

    LoadPhase ramp_rate() {
        const std::size_t before = problems_.size();
        const RampRate phase{rate("from", "from: 0/s"), rate("to", "to: 200/s"), ramp_length("over: 30s")};
        if (problems_.size() == before && phase.from == Rate{} && phase.to == Rate{}) {
            problem("to", "a ramp from 0 to 0 starts nothing; write idle: { for: ... } for a break");
        }
        return phase;
    }

    LoadPhase random_rate() {
        const std::size_t before = problems_.size();
        const RandomRate phase{rate("min", "min: 50/s"), rate("max", "max: 200/s"), length("every", "every: 10s"),
                               length("for", "for: 5m")};
        if (problems_.size() != before) return phase;
        if (phase.most == Rate{}) problem("max", "a rate of 0 starts nothing; write idle: { for: ... } for a break");
        if (phase.least > phase.most)
            problem("min", fmt::format("{} is more than max, {}", to_string(phase.least), to_string(phase.most)));
        if (phase.every > phase.length)
            problem("every", fmt::format("{} is longer than for, {}", to_string(phase.every), to_string(phase.length)));
        pieces_ += phase.length / phase.every + 1;
        if (pieces_ > kMostRandomPieces)
            problem("every", fmt::format("makes this load change its rate more than {} times; write a longer time",
                                         kMostRandomPieces));
        return phase;
    }

    LoadPhase constant_users() { return ConstantUsers{users("users", 1, "users: 20"), length("for", "for: 5m")}; }

    LoadPhase ramp_users() {
        const std::size_t before = problems_.size();
        const RampUsers phase{users("from", 0, "from: 0"), users("to", 0, "to: 50"), ramp_length("over: 1m")};
        if (problems_.size() == before && phase.from == 0 && phase.to == 0)
            problem("to", "a ramp from 0 to 0 users does nothing; write idle: { for: ... } for a break");
        return phase;
    }

    std::optional<std::uint64_t> count(std::string_view key, std::int64_t most) {
        const auto value = map_.optional_integer(key, {1, most});
        if (!value) return std::nullopt;
        return static_cast<std::uint64_t>(*value);
    }

    LoadPhase iterations() {
        const std::size_t before = problems_.size();
        Iterations phase;
        phase.total = count("total", kMostIterations);
        phase.per_user = count("per_user", kMostIterations / kMostUsers);
        phase.users = count("users", kMostUsers);
        phase.rate = map_.optional_rate("rate");
        const auto at_most = map_.optional_duration("at_most", kPhaseLength);
        if (problems_.size() != before) return phase;
        check_counts(phase);
        if (at_most) {
            phase.at_most = *at_most;
        } else if (phase.users) {
            problem("at_most", "is missing; write how long the users may take at most, for example at_most: 10m");
        }
        if (problems_.size() == before && phase.rate) fit_into_time(phase, at_most.has_value());
        return phase;
    }

    void check_counts(const Iterations& phase) {
        if (phase.total && phase.per_user) problem("per_user", "stands beside total; leave one of the two out");
        if (!phase.total && !phase.per_user)
            problem("", "has neither total nor per_user; write total: 10000 or per_user: 10");
        if (phase.users && phase.rate)
            problem("rate",
                    "stands beside users; users carry the iterations as fast as they can, a rate starts them: leave "
                    "one of the two out");
        if (!phase.users && !phase.rate) problem("", "has neither users nor rate; write users: 20 or rate: 100/s");
        if (phase.per_user && phase.rate && !phase.users)
            problem("per_user", "needs users: 20; with a rate write total: 10000");
        if (phase.rate && *phase.rate == Rate{}) problem("rate", "a rate of 0 starts nothing");
    }

    // Every slot must fall into the phase, so that `total` slots are due.
    void fit_into_time(Iterations& phase, bool limited) {
        __extension__ using Wide = __int128;
        constexpr std::int64_t kHour = 3'600'000'000'000;
        const Wide needed =
            (Wide{*phase.total} * 1000 * kHour + phase.rate->milli_per_hour - 1) / phase.rate->milli_per_hour;
        if (needed > kLongestPart.count()) {
            problem("total", fmt::format("{} iterations at {} take longer than {}", *phase.total,
                                         to_string(*phase.rate), to_string(kLongestPart)));
        } else if (!limited) {
            phase.at_most = Duration{static_cast<std::int64_t>(needed)};
        } else if (needed > phase.at_most.count()) {
            problem("at_most",
                    fmt::format("{} iterations at {} take {}, longer than {}", *phase.total, to_string(*phase.rate),
                                to_string(Duration{static_cast<std::int64_t>(needed)}), to_string(phase.at_most)));
        }
    }

    MapReader map_;
    std::int64_t& pieces_;
    Problems& problems_;
};

std::string known_kinds() {
    const std::vector<std::string> all(kKinds.begin(), kKinds.end());
    return join(all, ", ");
}

class LoadParser {
  public:
    LoadParser(const std::string& path, Problems& problems) : path_(path), problems_(problems) {}

    std::vector<LoadPhase> run(const Node& node) {
        std::vector<LoadPhase> load;
        if (node.kind != Node::Kind::Sequence) {
            problem(node.where, path_,
                    "is no list; write its phases one below the other, each behind \"- \": - constant_rate: { rate: "
                    "200/s, for: 5m }");
            return load;
        }
        if (node.items.empty())
            problem(node.where, path_, "has no phase; write for example - constant_rate: { rate: 200/s, for: 5m }");
        if (node.items.size() > kMostPhases) {
            problem(node.where, path_, fmt::format("has more than {} phases", kMostPhases));
            return load;
        }
        bool complete = true;
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            const auto phase = parse_phase(node.items[i], item_path(path_, i));
            complete = complete && phase.has_value();
            if (phase) load.push_back(*phase);
        }
        const auto idle = [](const LoadPhase& phase) { return std::holds_alternative<Idle>(phase); };
        if (complete && !load.empty() && std::all_of(load.begin(), load.end(), idle))
            problem(node.where, path_, "is idle all the time: it starts nothing");
        return load;
    }

  private:
    void problem(const config::Position& where, const std::string& key, std::string message) {
        problems_.push_back(Problem{where, key, std::move(message)});
    }

    std::optional<LoadPhase> parse_phase(const Node& node, const std::string& path) {
        if (node.kind != Node::Kind::Map || node.fields.empty()) {
            problem(node.where, path,
                    fmt::format("is no phase; write one of {} with its values in {{ }}", known_kinds()));
            return std::nullopt;
        }
        const Node::Field& field = node.fields.front();
        const auto found = std::find(kKinds.begin(), kKinds.end(), field.key);
        if (found == kKinds.end()) {
            const auto near = closest(field.key, kKinds);
            problem(field.key_where, path,
                    fmt::format("unknown kind of load \"{}\"; {}", excerpt(field.key, 40),
                                near ? fmt::format("did you mean \"{}\"?", *near) : "known here: " + known_kinds()));
            return std::nullopt;
        }
        if (node.fields.size() > 1) {
            const bool not_indented = field.value.kind == Node::Kind::Null;
            problem(node.fields[1].key_where, path,
                    not_indented
                        ? fmt::format(
                              "the values of {0} must be indented more than {0} itself, or stand in {{ }} behind it",
                              field.key)
                        : "a phase has one kind; begin the next with \"- \"");
            return std::nullopt;
        }
        return PhaseParser(field.value, path + "." + field.key, pieces_, problems_)
            .run(static_cast<std::size_t>(found - kKinds.begin()));
    }

    const std::string& path_;
    Problems& problems_;
    std::int64_t pieces_ = 0;
};

}  // namespace

std::vector<LoadPhase> parse_load(const Node& node, const std::string& path, Problems& problems) {
    return LoadParser(path, problems).run(node);
}

}  // namespace culvert::workload
