#include "crowd.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "check.h"
#include "common/base/text.h"

namespace culvert::netlab {
namespace {

using namespace std::chrono_literals;

constexpr const char* kOut = "herd.out";
constexpr auto kLookEvery = 1s;
constexpr auto kLookPatience = 5s;
// Of the case's relay.yaml.
constexpr const char* kMetrics = "http://127.0.0.1:9443/metrics";

std::optional<double> metric(std::string_view metrics, std::string_view name) {
    for (const std::string_view line : split(metrics, '\n')) {
        if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ' ')
            return std::strtod(std::string(line.substr(name.size())).c_str(), nullptr);
    }
    return std::nullopt;
}

}  // namespace

std::optional<RelayLook> relay_look(std::string_view metrics) {
    const auto handshakes = metric(metrics, "culvert_relay_handshakes_total");
    const auto limit = metric(metrics, "culvert_relay_handshakes_per_second_limit");
    if (!handshakes || !limit) return std::nullopt;
    return RelayLook{{}, {}, *handshakes, *limit};
}

std::optional<double> handshakes_per_second(const RelayLook& earlier, const RelayLook& later) {
    if (later.handshakes < earlier.handshakes) return std::nullopt;  // the relay was restarted in between
    return (later.handshakes - earlier.handshakes) / std::chrono::duration<double>(later.to - earlier.from).count();
}

Status Crowd::start() {
    auto process = mesh_.herd(links_, kOut);
    if (!process) return tl::unexpected(process.error());
    process_ = std::move(*process);
    return {};
}

std::string Crowd::says() const {
    return read_text(mesh_.file(kOut));
}

bool Crowd::came_back(int outage) const {
    const auto last = test::last_return(says());
    return last && last->outage >= outage;
}

void Crowd::look_at_relay() {
    const SteadyTime from = clock_.steady_now();
    if (last_look_ && from - last_look_->from < kLookEvery) return;
    const Status looked = lab_.shell(demo::Zone::Inet, fmt::format("curl -s --max-time 3 {} > relay.metrics", kMetrics),
                                     lab_.folder(), "relay-metrics.log", kLookPatience);
    auto look = looked ? relay_look(read_text(lab_.folder() / "relay.metrics")) : std::nullopt;
    if (!look) return last_look_.reset();
    look->from = from;
    look->to = clock_.steady_now();
    limit_per_second_ = look->limit_per_second;
    if (last_look_)
        most_per_second_ = std::max(most_per_second_, handshakes_per_second(*last_look_, *look).value_or(0));
    last_look_ = look;
}

std::vector<std::string> Crowd::check(Duration back_within) const {
    const auto last = test::last_return(says());
    if (!last || last->outage == 0)
        return {fmt::format("the herd of {} links did not come back; {}", links_, last_words())};
    std::vector<std::string> wrong;
    if (last->outage > 1) wrong.push_back(fmt::format("the herd lost links {} times, not once", last->outage));
    if (last->links < links_) wrong.push_back(fmt::format("only {} of {} links were lost", last->links, links_));
    if (last->took > back_within)
        wrong.push_back(
            fmt::format("the herd was back after {}, not within {}", rounded(last->took), to_string(back_within)));
    if (most_per_second_ == 0) wrong.push_back("the relay's counters show no handshake while the herd came back");
    if (most_per_second_ > limit_per_second_)
        wrong.push_back(fmt::format("the relay began {:.0f} handshakes a second, its limit is {:.0f}", most_per_second_,
                                    limit_per_second_));
    return wrong;
}

std::string Crowd::last_words() const {
    return "it says:\n" + last_lines(mesh_.file(kOut), 2) + last_lines(mesh_.file("herd.log"), 4);
}

std::string Crowd::note() const {
    const auto last = test::last_return(says());
    if (!last) return {};
    const auto ms = [](double count) {
        return rounded(std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(count)));
    };
    return fmt::format(
        "{} links back after {} in {} attempts; handshake with its wait p50 {}, p99 {}; at most {:.0f} handshakes/s, "
        "limit {:.0f}/s",
        last->links, rounded(last->took), last->attempts, ms(last->handshake_p50_ms), ms(last->handshake_p99_ms),
        most_per_second_, limit_per_second_);
}

}  // namespace culvert::netlab
