#include <algorithm>
#include <cmath>

#include "controller/report/page_data.h"

namespace culvert::report {
namespace {

void put_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
}

std::size_t bin_of(const metrics::Histogram::Bucket& bucket) {
    const double middle = (static_cast<double>(bucket.low_micros) + static_cast<double>(bucket.high_micros)) / 2;
    return middle <= 1 ? 0 : static_cast<std::size_t>(std::log10(middle) * HeatColumns::kBinsPerDecade);
}

}  // namespace

void HeatColumns::add(const metrics::StepStats& step) {
    failures_ += step.failures;
    any_ = any_ || step.failures > 0;
    if (step.latency.empty()) return;
    any_ = true;
    for (const metrics::Histogram::Bucket& bucket : step.latency.buckets()) {
        const std::size_t bin = bin_of(bucket);
        if (bins_.size() <= bin) bins_.resize(bin + 1);
        bins_[bin] += bucket.count;
    }
}

void HeatColumns::end_column() {
    if (!any_) {
        packed_.append(2, '\0');
        return;
    }
    put_varint(packed_, static_cast<std::uint64_t>(
                            std::count_if(bins_.begin(), bins_.end(), [](std::uint64_t count) { return count > 0; })));
    std::size_t previous = 0;
    for (std::size_t bin = 0; bin < bins_.size(); ++bin) {
        if (bins_[bin] == 0) continue;
        put_varint(packed_, bin - previous);
        put_varint(packed_, bins_[bin]);
        previous = bin;
    }
    put_varint(packed_, failures_);
    std::fill(bins_.begin(), bins_.end(), 0);
    failures_ = 0;
    any_ = false;
}

std::string HeatColumns::take_packed() {
    return std::move(packed_);
}

}  // namespace culvert::report
