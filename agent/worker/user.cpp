#include "agent/worker/user.h"

#include <array>
#include <charconv>

#include "common/base/check.h"

namespace culvert::agent::worker {
namespace {

// Version 4, variant 1 (RFC 9562).
void append_uuid(std::string& out, workload::SplitMix64& random) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::array<std::uint64_t, 2> words{random.next(), random.next()};
    words[0] = (words[0] & ~std::uint64_t{0xF000}) | 0x4000;
    words[1] = (words[1] & ~(std::uint64_t{3} << 62)) | (std::uint64_t{2} << 62);
    for (std::size_t digit = 0; digit < 32; ++digit) {
        if (digit == 8 || digit == 12 || digit == 16 || digit == 20) out.push_back('-');
        out.push_back(kHex[(words[digit / 16] >> (60 - 4 * (digit % 16))) & 15]);
    }
}

}  // namespace

void User::become(std::uint32_t new_scenario, std::uint64_t new_number) {
    state = State::Idle;
    scenario = new_scenario;
    number = new_number;
    iteration = 0;
    stops = once_done = in_once = closed_model = counted = false;
    step = requests = answers = 0;
    wake.disarm();
    watchdog.disarm();
    cookies.clear();
    saved_ = setting_.plan.first_values;
    rows_.assign(setting_.data.size(), 0);
    has_rows_ = false;
}

std::string_view User::value(std::uint32_t variable) const {
    const VariableKind& kind = setting_.plan.variables[variable];
    switch (kind.from) {
        case VariableKind::From::Saved:
            return saved_[kind.index];
        case VariableKind::From::Column:
            return setting_.data[kind.index]->row(rows_[kind.index])[kind.column];
        case VariableKind::From::Constant:
            return {};  // folded into the templates
        case VariableKind::From::Builtin:
            break;
    }
    scratch_.clear();
    std::array<char, 20> digits{};
    const auto append_number = [this, &digits](std::uint64_t value) {
        scratch_.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
    };
    switch (static_cast<workload::Builtin>(kind.index)) {
        case workload::Builtin::User:
            append_number(number);
            break;
        case workload::Builtin::Iteration:
            append_number(iteration);
            break;
        case workload::Builtin::Uuid:
            append_uuid(scratch_, setting_.random);
            break;
        case workload::Builtin::NowMs:
            append_number(static_cast<std::uint64_t>(setting_.clock.wall_now().time_since_epoch() /
                                                     std::chrono::milliseconds(1)));
            break;
    }
    return scratch_;
}

void User::store(std::uint32_t variable, std::string_view value) {
    const VariableKind& kind = setting_.plan.variables[variable];
    CULVERT_CHECK(kind.from == VariableKind::From::Saved);
    saved_[kind.index] = value;
}

const DataSource* User::take_rows() {
    for (const std::uint32_t set : setting_.plan.scenarios[scenario].data) {
        DataSource& source = *setting_.data[set];
        if (source.each_user() && has_rows_) continue;
        const auto row = source.next();
        if (!row) return &source;
        rows_[set] = *row;
    }
    has_rows_ = true;
    return nullptr;
}

}  // namespace culvert::agent::worker
