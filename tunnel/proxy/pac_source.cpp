#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "common/base/log.h"
#include "common/base/text.h"
#include "tunnel/pac/evaluator.h"
#include "tunnel/pac/result.h"
#include "tunnel/pac/script.h"
#include "tunnel/proxy/no_proxy.h"
#include "tunnel/proxy/source.h"

namespace culvert::tunnel::proxy {
namespace {

constexpr Duration kAnswerFresh = std::chrono::minutes(5);
constexpr Duration kThinkAgainAfter = std::chrono::seconds(10);  // however often nothing led anywhere
constexpr std::size_t kMostHosts = 1024;                         // then the cache starts afresh

// What a script sees. Default ports are left out, as browsers do.
std::string url_of(const Target& target) {
    const bool ipv6 = target.host.find(':') != std::string::npos;
    std::string url = target.tls ? "https://" : "http://";
    url += ipv6 ? "[" + target.host + "]" : target.host;
    if (target.port != (target.tls ? 443 : 80)) url += ":" + std::to_string(target.port);
    return url + "/";
}

class PacSource final : public Source {
  public:
    PacSource(const ProxySettings& settings, NoProxy no_proxy, const Clock& clock)
        : settings_(settings),
          name_("PAC " + settings.pac),
          no_proxy_(std::move(no_proxy)),
          clock_(&clock),
          script_(settings.pac, settings.extra_ca, settings.pac_fetch_limit, settings.pac_copy, clock) {}

    Result<std::vector<Choice>> choices_for(const Target& target, const std::stop_token& cancel) override {
        if (const std::optional<std::string> entry = no_proxy_.match(target.host, target.port))
            return std::vector<Choice>{Choice{std::nullopt, settings_.key + ".no_proxy " + *entry}};
        const Key key{target.host, target.port, target.tls};
        if (auto known = find_known(key)) return std::move(*known);
        const std::lock_guard thinking(thinking_);
        if (auto known = find_known(key)) return std::move(*known);  // another thread was faster
        Result<std::vector<Choice>> choices = ask(target, cancel);
        if (choices) remember(key, *choices);
        return choices;
    }

    bool waits() const override { return true; }

    void forget(const Target& target) override {
        const std::lock_guard lock(mutex_);
        const auto found = known_.find(Key{target.host, target.port, target.tls});
        if (found == known_.end() || clock_->steady_now() - found->second.since < kThinkAgainAfter) return;
        known_.erase(found);
        stale_script_ = true;
    }

  private:
    using Key = std::tuple<std::string, std::uint16_t, bool>;
    struct Known {
        SteadyTime since;
        std::vector<Choice> choices;
    };

    std::optional<std::vector<Choice>> find_known(const Key& key) const {
        const std::lock_guard lock(mutex_);
        const auto found = known_.find(key);
        if (found == known_.end() || clock_->steady_now() - found->second.since >= kAnswerFresh) return std::nullopt;
        return found->second.choices;
    }

    void remember(const Key& key, const std::vector<Choice>& choices) {
        const std::lock_guard lock(mutex_);
        if (known_.size() >= kMostHosts) known_.clear();
        known_[key] = Known{clock_->steady_now(), choices};
    }

    // One at a time.
    Result<std::vector<Choice>> ask(const Target& target, const std::stop_token& cancel) {
        {
            const std::lock_guard lock(mutex_);
            if (std::exchange(stale_script_, false)) script_.expire();
        }
        Result<std::string> text = script_.text(cancel);
        if (!text) return fail(text.error(), name_);
        pac::Evaluation evaluation;
        evaluation.script = std::move(*text);
        evaluation.url = url_of(target);
        evaluation.host = target.host;
        evaluation.limit = settings_.pac_evaluation_limit;
        evaluation.command = settings_.pac_command;
        const Result<std::string> returned = pac::evaluate(evaluation, cancel);
        if (!returned) return fail(returned.error(), name_);
        std::vector<std::string> left_out;
        const Result<std::vector<pac::Way>> ways = pac::parse_result(*returned, left_out);
        if (!left_out.empty())
            log::warning("the PAC script names proxies of a kind that is not spoken here; they are left out",
                         {{"pac", settings_.pac}, {"host", target.host}, {"left_out", join(left_out, "; ")}});
        if (!ways) return fail(ways.error(), name_);
        script_.note_good();
        return choices_of(*ways);
    }

    std::vector<Choice> choices_of(const std::vector<pac::Way>& ways) const {
        std::vector<Choice> choices;
        for (const pac::Way& way : ways) {
            const std::string why = name_ + ": " + way.written;
            if (way.proxy.empty()) {
                choices.push_back(Choice{std::nullopt, why, script_.note()});
            } else {
                choices.push_back(Choice{net::ProxyHop{way.proxy, settings_.username, {}, settings_.methods, why}, why,
                                         script_.note()});
            }
        }
        return choices;
    }

    const ProxySettings settings_;
    const std::string name_;
    const NoProxy no_proxy_;
    const Clock* clock_;
    std::mutex thinking_;  // guards script_; held for seconds
    pac::Script script_;
    mutable std::mutex mutex_;  // guards what follows; held briefly
    std::map<Key, Known> known_;
    bool stale_script_ = false;
};

}  // namespace

Result<std::unique_ptr<Source>> make_pac_source(const ProxySettings& settings, const Clock& clock) {
    Result<NoProxy> no_proxy = NoProxy::parse(settings.no_proxy);
    if (!no_proxy) return fail(no_proxy.error(), settings.key);
    return std::make_unique<PacSource>(settings, std::move(*no_proxy), clock);
}

}  // namespace culvert::tunnel::proxy
