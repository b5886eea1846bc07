#include "tunnel/proxy/selector.h"

#include <algorithm>
#include <utility>

namespace culvert::tunnel::proxy {

Selector::Selector(ProxySettings settings, std::unique_ptr<Source> source, const Clock& clock)
    : settings_(std::move(settings)), source_(std::move(source)), dead_(clock) {}

Result<Selector> Selector::create(const ProxySettings& settings, const Environment& environment, const Clock& clock) {
    Result<std::unique_ptr<Source>> source = settings.source == ProxySettings::Source::Environment
                                                 ? make_environment_source(settings, environment)
                                                 : make_settings_source(settings);
    if (!source) return tl::unexpected(source.error());
    return Selector(settings, std::move(*source), clock);
}

Result<std::vector<Choice>> Selector::choices_for(const Target& target) const {
    std::vector<Choice> choices = source_->choices_for(target);
    if (Status direct = check_direct(choices, target); !direct) return tl::unexpected(direct.error());
    if (Status password = add_password(choices); !password) return tl::unexpected(password.error());
    std::stable_partition(choices.begin(), choices.end(),
                          [this](const Choice& choice) { return !choice.proxy || !dead_.dead(choice.proxy->url); });
    return choices;
}

// A source answers either with proxies or with direct, never with both, so one direct choice means that there is
// nothing else.
Status Selector::check_direct(const std::vector<Choice>& choices, const Target& target) const {
    const auto direct =
        std::find_if(choices.begin(), choices.end(), [](const Choice& choice) { return !choice.proxy; });
    if (direct == choices.end() || !settings_.direct_never) return {};
    return fail(Code::InvalidInput, "no way to " + target.host + ": " + settings_.key +
                                        ".direct is never, but it would be reached directly (" + direct->why +
                                        "); write a proxy for it");
}

Status Selector::add_password(std::vector<Choice>& choices) const {
    const auto wants = [this](const Choice& choice) {
        return choice.proxy && choice.proxy->password.empty() && choice.proxy->username == settings_.username;
    };
    if (!settings_.read_password || settings_.username.empty() || std::none_of(choices.begin(), choices.end(), wants))
        return {};
    Result<Secret> password = settings_.read_password();
    if (!password) return fail(password.error(), settings_.key + ".password");
    for (Choice& choice : choices) {
        if (wants(choice)) choice.proxy->password = *password;
    }
    return {};
}

}  // namespace culvert::tunnel::proxy
