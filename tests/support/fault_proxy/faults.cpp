#include "tests/support/fault_proxy/faults.h"

#include <charconv>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert::test {
namespace {

using Setter = std::function<Status(std::string_view)>;
using Setters = std::map<std::string, Setter, std::less<>>;

template <class Number>
Status set_number(Number& to, std::string_view value) {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), to);
    if (error == std::errc{} && end == value.data() + value.size()) return {};
    return fail(Code::InvalidInput, fmt::format("\"{}\" is not a number", value));
}

template <class Number>
Setter number(Number& to) {
    return [&to](std::string_view value) { return set_number(to, value); };
}

Status set_bytes(std::uint64_t& to, std::string_view value) {
    const auto bytes = parse_bytes(value);
    if (!bytes) return tl::unexpected(bytes.error());
    to = bytes->count;
    return {};
}
Setter bytes(std::uint64_t& to) {
    return [&to](std::string_view value) { return set_bytes(to, value); };
}
Setter bytes(std::optional<std::uint64_t>& to) {
    return [&to](std::string_view value) {
        if (value == "never") return to.reset(), Status{};
        return set_bytes(to.emplace(), value);
    };
}

Status set_time(Duration& to, std::string_view value) {
    const auto duration = parse_duration(value);
    if (!duration) return tl::unexpected(duration.error());
    to = *duration;
    return {};
}
Setter time(Duration& to) {
    return [&to](std::string_view value) { return set_time(to, value); };
}
Setter time(std::optional<Duration>& to) {
    return [&to](std::string_view value) {
        if (value == "never") return to.reset(), Status{};
        return set_time(to.emplace(), value);
    };
}

template <class Enum>
Setter one_of(Enum& to, std::map<std::string_view, Enum> values) {
    return [&to, values = std::move(values)](std::string_view value) -> Status {
        const auto found = values.find(value);
        if (found != values.end()) return to = found->second, Status{};
        std::string known;
        for (const auto& [name, meaning] : values) known += (known.empty() ? "" : ", ") + std::string(name);
        return fail(Code::InvalidInput, fmt::format("\"{}\" is not one of {}", value, known));
    };
}
Setter flag(bool& to) {
    return one_of<bool>(to, {{"on", true}, {"off", false}});
}

Setters setters_of(LaneFaults& lane) {
    Setters setters{
        {"stall", flag(lane.stall)},
        {"stall_after_bytes", bytes(lane.stall_after_bytes)},
        {"cut_after_bytes", bytes(lane.cut_after_bytes)},
        {"delay", time(lane.delay)},
        {"bandwidth", bytes(lane.bandwidth)},
        {"hold_bytes", bytes(lane.hold_bytes)},
        {"hold_for", time(lane.hold_for)},
        {"piece_bytes", bytes(lane.piece_bytes)},
        {"frame_bytes", bytes(lane.frame_bytes)},
        {"skip_messages", number(lane.messages.skip)},
        {"message_times", number(lane.messages.times)},
        {"edit_every", number(lane.messages.edit_every)},
        {"replay_every", number(lane.messages.replay_every)},
        {"reorder_every", number(lane.messages.reorder_every)},
        {"drop_every", number(lane.messages.drop_every)},
        {"skip_envelopes", number(lane.envelopes.skip)},
        {"envelope_times", number(lane.envelopes.times)},
    };
    for (std::size_t lie = 0; lie < kLies; ++lie)
        setters.emplace(fmt::format("envelope_{}_every", name_of(static_cast<Lie>(lie))),
                        number(lane.envelopes.every[lie]));
    return setters;
}

Status set_answer(AnswerFaults& answer, std::string_view value) {
    answer.never = value == "never";
    if (answer.never || value == "normal") return answer.status = 0, Status{};
    return set_number(answer.status, value);
}

Status set_strip(std::vector<std::string>& to, std::string_view value) {
    to.clear();
    for (const std::string_view name : split(value, ',')) {
        if (!trim(name).empty()) to.push_back(to_lower_ascii(trim(name)));
    }
    return {};
}

Setters setters_of(Faults& faults) {
    AnswerFaults& answer = faults.answer;
    return {
        {"answer", [&answer](std::string_view value) { return set_answer(answer, value); }},
        {"answer_times", number(answer.times)},
        {"answer_page", flag(answer.page)},
        {"answer_offer", [&answer](std::string_view value) { return answer.offer = value, Status{}; }},
        {"answer_framing",
         one_of<Framing>(answer.framing,
                         {{"length", Framing::Length}, {"chunked", Framing::Chunked}, {"close", Framing::Close}})},
        {"answer_http_1_0", flag(answer.http_1_0)},
        {"answer_split",
         one_of<Split>(answer.split, {{"whole", Split::Whole}, {"halves", Split::Halves}, {"bytes", Split::Bytes}})},
        {"answer_pause", time(answer.pause)},
        {"answer_delay", time(answer.delay)},
        {"cut_after", time(faults.cut_after)},
        {"idle_cut", time(faults.idle_cut)},
        {"stall_after", time(faults.stall_after)},
        {"cut_with_reset", flag(faults.cut_with_reset)},
        {"strip_headers", [&faults](std::string_view value) { return set_strip(faults.strip_headers, value); }},
        {"answer_upgrade", number(faults.answer_upgrade)},
        {"answer_requests", number(faults.answer_requests)},
        {"prefer_h2", flag(faults.prefer_h2)},
    };
}

tl::unexpected<Error> unknown(std::string_view key, const Setters& lane, const Setters& whole) {
    std::vector<std::string_view> known;
    for (const auto& [name, setter] : whole) known.push_back(name);
    for (const auto& [name, setter] : lane) known.push_back(name);
    const auto near = closest(key, known);
    return fail(Code::InvalidInput,
                fmt::format("fault \"{}\" is not known{}", key, near ? "; did you mean " + *near + "?" : ""));
}

}  // namespace

std::string_view name_of(Lie lie) {
    constexpr std::array<std::string_view, kLies> kNames{"edit",   "replay", "reorder",     "drop",     "truncate",
                                                         "sender", "divert", "unreachable", "presence", "revocations",
                                                         "wake",   "close",  "closing"};
    return kNames[static_cast<std::size_t>(lie)];
}

Status set_fault(Faults& faults, std::string_view key_and_value) {
    const std::size_t equals = key_and_value.find('=');
    if (equals == std::string_view::npos)
        return fail(Code::InvalidInput, fmt::format("fault \"{}\": write KEY=VALUE", key_and_value));
    std::string_view key = key_and_value.substr(0, equals);
    const std::string_view value = key_and_value.substr(equals + 1);
    const bool up_only = key.starts_with("up."), down_only = key.starts_with("down.");
    if (up_only) key.remove_prefix(3);
    if (down_only) key.remove_prefix(5);

    const Setters whole = setters_of(faults), up = setters_of(faults.up), down = setters_of(faults.down);
    Status set;
    if (const auto found = whole.find(key); found != whole.end() && !up_only && !down_only) {
        set = found->second(value);
    } else if (!up.contains(key)) {
        return unknown(key, up, whole);
    } else {
        if (!down_only) set = up.find(key)->second(value);
        if (set && !up_only) set = down.find(key)->second(value);
    }
    if (!set) return fail(set.error(), fmt::format("fault {}", key));
    return {};
}

}  // namespace culvert::test
