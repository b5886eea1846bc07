#include "controller/results/threshold_series.h"

#include <algorithm>

namespace culvert::results {
namespace {

using Metric = workload::Threshold::Metric;
using Op = workload::Threshold::Op;

std::uint32_t whole_seconds_up(Duration duration) {
    constexpr Duration kSecond = std::chrono::seconds(1);
    return static_cast<std::uint32_t>((duration + kSecond - Duration{1}) / kSecond);
}

// Metrics of load fall when the plan asks for less; the time after the load has ended says nothing about them.
bool is_of_load(const workload::Threshold& threshold) {
    const bool counts = threshold.metric == Metric::RequestRate || threshold.metric == Metric::Requests ||
                        threshold.metric == Metric::Iterations;
    return counts && (threshold.op == Op::Greater || threshold.op == Op::GreaterEqual || threshold.op == Op::Equal);
}

}  // namespace

ThresholdSeries::ThresholdSeries(const workload::Threshold& threshold, std::string suffix, std::uint32_t first_second,
                                 std::uint32_t load_end)
    : threshold_(threshold),
      suffix_(std::move(suffix)),
      first_second_(first_second),
      load_end_(std::max(load_end, first_second)),
      kept_from_(first_second),
      closed_(first_second) {}

std::uint32_t ThresholdSeries::window() const {
    return threshold_.over ? std::max(1U, whole_seconds_up(*threshold_.over)) : 0;
}

std::uint32_t ThresholdSeries::judged_from() const {
    return threshold_.after ? whole_seconds_up(*threshold_.after) : 0;
}

std::uint32_t ThresholdSeries::judged_until() const {
    return is_of_load(threshold_) ? load_end_ : UINT32_MAX;
}

double ThresholdSeries::seconds_before(std::uint32_t end) const {
    const std::uint32_t last = std::min(end, load_end_);
    return last <= first_second_ ? 0 : static_cast<double>(last - first_second_);
}

void ThresholdSeries::add(std::uint32_t second, const ScopeSlice& slice) {
    total_.merge(slice);
    if (second < closed_) closed_total_.merge(slice);
    if (second < kept_from_) {
        forgotten_.merge(slice);
        return;
    }
    slices_[second].merge(slice);
    if (second < closed_) changed_from_ = std::min(changed_from_.value_or(second), second);
}

void ThresholdSeries::close_until(std::uint32_t end) {
    while (closed_ < end) {
        const std::uint32_t second = closed_++;
        if (const auto at = slices_.find(second); at != slices_.end()) closed_total_.merge(at->second);
        close(second);
        forget_oldest();
    }
}

void ThresholdSeries::close(std::uint32_t second) {
    const auto value = value_after(second);
    if (!value) return;
    judged_.push_back({second, *value});
    if (!crossed_live_ && !holds(threshold_, *value)) crossed_live_ = judged_.back();
}

std::optional<double> ThresholdSeries::value_after(std::uint32_t second) const {
    if (judged_only_at_end(threshold_) || second + 1 < judged_from() || second >= judged_until()) return std::nullopt;
    if (window() == 0) return value_of(threshold_, closed_total_, seconds_before(second + 1));
    if (second + 1 < first_second_ + window()) return std::nullopt;  // not a full window yet
    ScopeSlice merged;
    for (auto at = slices_.lower_bound(second + 1 - window()); at != slices_.end() && at->first <= second; ++at)
        merged.merge(at->second);
    return value_of(threshold_, merged, window());
}

void ThresholdSeries::forget_oldest() {
    const std::uint32_t kept = std::max(kKeptSeconds, window());
    while (closed_ > kept_from_ + kept) {
        if (const auto at = slices_.find(kept_from_); at != slices_.end()) {
            forgotten_.merge(at->second);
            slices_.erase(at);
        }
        ++kept_from_;
    }
}

void ThresholdSeries::load_ends_at(std::uint32_t second) {
    load_end_ = std::clamp(second, first_second_, load_end_);
}

void ThresholdSeries::judge_again() {
    // A window is judged again if all its data is kept; a running total from the first kept second on.
    const std::uint32_t from =
        window() == 0 ? kept_from_
                      : std::max(*changed_from_, kept_from_ + (kept_from_ > first_second_ ? window() - 1 : 0));
    std::erase_if(judged_, [from](const Judged& judged) { return judged.second >= from; });
    closed_total_ = forgotten_;
    for (std::uint32_t second = kept_from_; second < closed_; ++second) {
        if (const auto at = slices_.find(second); at != slices_.end() && window() == 0) closed_total_.merge(at->second);
        if (second < from) continue;
        if (const auto value = value_after(second)) judged_.push_back({second, *value});
    }
    changed_from_.reset();
}

void ThresholdSeries::finish(std::uint32_t end) {
    end_ = end;
    load_ends_at(end);
    close_until(end);
    if (changed_from_) judge_again();
    std::erase_if(judged_, [until = judged_until()](const Judged& judged) { return judged.second >= until; });
    finished_ = true;
}

ThresholdResult ThresholdSeries::result() const {
    ThresholdResult result = window() == 0 ? total_result() : window_result();
    result.check = threshold_.text + suffix_;
    if (wants_abort() &&
        result.state != ThresholdState::Fail) {  // the run was ended for it: what came later cannot take that back
        result.state = ThresholdState::Fail;
        result.actual = crossed_live_->value;
        result.first_crossed = crossed_live_->second;
    }
    result.actual_text = value_text(threshold_, result.actual);
    return result;
}

ThresholdResult ThresholdSeries::window_result() const {
    ThresholdResult result;
    for (const Judged& judged : judged_) {
        if (!result.actual || is_worse(threshold_, judged.value, *result.actual)) result.actual = judged.value;
        if (!result.first_crossed && !holds(threshold_, judged.value)) result.first_crossed = judged.second;
    }
    if (result.actual) result.state = result.first_crossed ? ThresholdState::Fail : ThresholdState::Pass;
    return result;
}

ThresholdResult ThresholdSeries::total_result() const {
    ThresholdResult result;
    result.actual = value_of(threshold_, total_, seconds_before(finished_ ? end_ : closed_));
    if (!result.actual) return result;
    const bool ok = holds(threshold_, *result.actual);
    if (!finished_ && !ok && judged_only_at_end(threshold_)) return result;  // may still be reached
    result.state = ok ? ThresholdState::Pass : ThresholdState::Fail;
    if (ok) return result;
    const auto crossed = std::find_if(judged_.begin(), judged_.end(),
                                      [this](const Judged& judged) { return !holds(threshold_, judged.value); });
    if (crossed != judged_.end()) result.first_crossed = crossed->second;
    return result;
}

}  // namespace culvert::results
