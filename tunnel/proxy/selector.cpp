#include "tunnel/proxy/selector.h"

#include <algorithm>
#include <utility>

namespace culvert::tunnel::proxy {
namespace {

Result<std::unique_ptr<Source>> make_source(const ProxySettings& settings, const Environment& environment,
                                            const Clock& clock) {
    switch (settings.source) {
        case ProxySettings::Source::Environment:
            return make_environment_source(settings, environment);
        case ProxySettings::Source::Pac:
            return make_pac_source(settings, clock);
        case ProxySettings::Source::None:
        case ProxySettings::Source::Urls:
            break;
    }
    return make_settings_source(settings);
}

}  // namespace

Selector::Selector(ProxySettings settings, std::unique_ptr<Source> source, const Clock& clock)
    : settings_(std::move(settings)),
      source_(std::move(source)),
      mutex_(std::make_unique<std::mutex>()),
      dead_(clock) {}

Result<Selector> Selector::create(const ProxySettings& settings, const Environment& environment, const Clock& clock) {
    Result<std::unique_ptr<Source>> source = make_source(settings, environment, clock);
    if (!source) return tl::unexpected(source.error());
    return Selector(settings, std::move(*source), clock);
}

Result<std::vector<Choice>> Selector::choices_for(const Target& target, const std::stop_token& cancel) const {
    Result<std::vector<Choice>> choices = source_->choices_for(target, cancel);
    if (choices && all_dead(*choices)) {
        source_->forget(target);
        choices = source_->choices_for(target, cancel);
    }
    if (!choices) return choices;
    if (Status direct = drop_direct(*choices, target); !direct) return tl::unexpected(direct.error());
    if (Status password = add_password(*choices); !password) return tl::unexpected(password.error());
    drop_dead(*choices);
    return choices;
}

bool Selector::surely_direct(const Target& target) const {
    if (source_->waits() || settings_.direct_never) return false;
    const Result<std::vector<Choice>> choices = source_->choices_for(target, {});
    return choices && std::none_of(choices->begin(), choices->end(),
                                   [](const Choice& choice) { return choice.proxy.has_value(); });
}

void Selector::note_dead(const net::ProxyHop& proxy) {
    const std::lock_guard lock(*mutex_);
    dead_.note_dead(proxy.url);
}

void Selector::note_alive(const net::ProxyHop& proxy) {
    const std::lock_guard lock(*mutex_);
    dead_.note_alive(proxy.url);
}

bool Selector::all_dead(const std::vector<Choice>& choices) const {
    const std::lock_guard lock(*mutex_);
    bool any_proxy = false;
    for (const Choice& choice : choices) {
        any_proxy = any_proxy || choice.proxy.has_value();
        if (choice.proxy && !dead_.dead(choice.proxy->url)) return false;
    }
    return any_proxy;
}

void Selector::drop_dead(std::vector<Choice>& choices) const {
    const std::lock_guard lock(*mutex_);
    const auto passed_over = [this](const Choice& choice) { return choice.proxy && dead_.dead(choice.proxy->url); };
    if (!std::all_of(choices.begin(), choices.end(), passed_over)) std::erase_if(choices, passed_over);
}

Status Selector::drop_direct(std::vector<Choice>& choices, const Target& target) const {
    const auto direct = [](const Choice& choice) { return !choice.proxy; };
    const auto first = std::find_if(choices.begin(), choices.end(), direct);
    if (first == choices.end() || !settings_.direct_never) return {};
    const std::string why = first->why;
    std::erase_if(choices, direct);
    if (!choices.empty()) return {};
    return fail(Code::InvalidInput, "no way to " + target.host + ": " + settings_.key +
                                        ".direct is never, but it would be reached directly (" + why +
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
