#include "agent/charter/charter.h"

#include "agent/charter/target_rule.h"
#include "common/base/text.h"

namespace culvert::agent::charter {
namespace {

constexpr std::size_t kMostRulesInMessage = 8;

std::string list_of(const std::vector<std::string>& targets) {
    if (targets.empty()) return "none are allowed";
    const std::span<const std::string> all(targets);
    std::string list = "allowed are " + join(all.first(std::min(all.size(), kMostRulesInMessage)), ", ");
    if (all.size() > kMostRulesInMessage) list += ", …";
    return list;
}

std::string with_port(std::string_view host, std::uint16_t port) {
    const bool bare_v6 = host.find(':') != std::string_view::npos && host.front() != '[';
    return (bare_v6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + std::to_string(port);
}

}  // namespace

Status check_targets(const std::vector<std::string>& targets) {
    for (const std::string& text : targets) {
        if (const auto rule = TargetRule::parse(text); !rule) return tl::unexpected<Error>(rule.error());
    }
    return {};
}

Status Charter::allows_target(std::string_view host, std::uint16_t port,
                              std::optional<std::string_view> resolved_address) const {
    std::string name = to_lower_ascii(host);
    if (!name.empty() && name.back() == '.') name.pop_back();
    const std::optional<IpBytes> literal = parse_ip(name);
    const std::optional<IpBytes> address = literal            ? literal
                                           : resolved_address ? parse_ip(*resolved_address)
                                                              : std::nullopt;
    bool undecided = false;  // a name that only its address could make allowed
    for (const std::string& text : targets) {
        const auto rule = TargetRule::parse(text);
        if (!rule || !rule->covers_port(port)) continue;
        if (rule->covers_name(name)) return {};
        if (address && rule->covers_address(*address)) return {};
        undecided = undecided || (rule->is_network() && !literal && !resolved_address);
    }
    if (undecided) return {};
    std::string what = with_port(host, port);
    if (resolved_address && !literal) what += " (" + std::string(*resolved_address) + ")";
    return fail(Code::Unauthorized, what + " is not in charter.targets; " + list_of(targets));
}

Status Charter::allows_rate(Rate rate) const {
    if (!max_rate || rate <= *max_rate) return {};
    return fail(Code::Unauthorized,
                "a rate of " + to_string(rate) + " is more than charter.max_rate, " + to_string(*max_rate));
}

Status Charter::allows_users(std::uint64_t users) const {
    if (!max_users || users <= *max_users) return {};
    return fail(Code::Unauthorized,
                std::to_string(users) + " users are more than charter.max_users, " + std::to_string(*max_users));
}

}  // namespace culvert::agent::charter
