#include "agent/http/proxy_dialer.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>

#include "common/base/clock.h"
#include "common/net/dial.h"
#include "tunnel/proxy/selector.h"

namespace culvert::agent::http {
namespace {

using metrics::ErrorKind;
using net::DialStage;

ErrorKind kind_of(const net::DialError& error) {
    const bool timeout = error.error.code == Code::Timeout;
    switch (error.stage) {
        case DialStage::ResolveProxy:
        case DialStage::ConnectProxy:
        case DialStage::ProxyTls:
        case DialStage::ProxyAuth:
        case DialStage::ProxyAnswer:
            return ErrorKind::Proxy;
        case DialStage::Resolve:
            return ErrorKind::Dns;
        case DialStage::Connect:
            return timeout ? ErrorKind::ConnectTimeout : ErrorKind::Refused;
        case DialStage::Tls:
            return timeout ? ErrorKind::ConnectTimeout : ErrorKind::Tls;
        case DialStage::Setup:
            break;
    }
    return ErrorKind::Resources;
}

tunnel::proxy::Target target_of(const Origin& origin) {
    return {origin.host, origin.port, origin.tls};
}

}  // namespace

struct ProxyDialer::State {
    struct Job {
        Origin origin;
        SteadyTime due;
        std::function<void(DialAnswer)> deliver;
    };

    SystemClock clock;
    std::optional<tunnel::proxy::Selector> selector;
    std::shared_ptr<const crypto::TlsTrust> trust;
    net::CredentialMemory memory;
    std::mutex mutex;
    std::condition_variable asked;
    std::deque<Job> jobs;
    std::stop_source stopping;
    std::vector<std::jthread> threads;  // last: they use all of the above

    explicit State(std::string credential_file) : memory(std::move(credential_file)) {}

    void run() {
        while (true) {
            Job job;
            {
                std::unique_lock lock(mutex);
                asked.wait(lock, [this] { return stopping.stop_requested() || !jobs.empty(); });
                if (stopping.stop_requested()) return;
                job = std::move(jobs.front());
                jobs.pop_front();
            }
            DialAnswer answer = dial(job);
            const std::lock_guard lock(mutex);
            if (stopping.stop_requested()) return;
            job.deliver(std::move(answer));
        }
    }

    // By each way in turn, as long as it is the proxy that fails and not what lies behind it.
    DialAnswer dial(const Job& job) {
        const auto ways = selector->choices_for(target_of(job.origin), stopping.get_token());
        if (!ways) return tl::unexpected<DialProblem>(DialProblem{ErrorKind::Proxy, ways.error().message});
        DialProblem problem{ErrorKind::ConnectTimeout, "no connection in time"};
        for (const tunnel::proxy::Choice& way : *ways) {
            const Duration left = job.due - clock.steady_now();
            if (left <= Duration::zero()) break;
            net::DialResult result = net::dial(request_for(job, way, left), memory, stopping.get_token());
            const bool dead = !result && net::proxy_is_dead(result.error());
            if (way.proxy && dead) selector->note_dead(*way.proxy);
            if (way.proxy && !dead) selector->note_alive(*way.proxy);
            if (result) return std::move(*result);
            problem = DialProblem{kind_of(result.error()), result.error().error.message};
            if (!dead) break;
        }
        return tl::unexpected<DialProblem>(std::move(problem));
    }

    net::DialRequest request_for(const Job& job, const tunnel::proxy::Choice& way, Duration left) const {
        net::DialRequest request;
        request.host = job.origin.host;
        request.port = job.origin.port;
        request.tls = job.origin.tls;
        request.proxy = way.proxy;
        request.chosen_by = way.why;
        request.trust = trust;
        request.connect_timeout = left;
        return request;
    }
};

ProxyDialer::ProxyDialer(std::unique_ptr<State> state) : state_(std::move(state)) {}

ProxyDialer::~ProxyDialer() {
    stop();
}

Result<std::unique_ptr<ProxyDialer>> ProxyDialer::make(Settings settings) {
    auto state = std::make_unique<State>(std::move(settings.credential_file));
    settings.proxy.extra_ca = settings.extra_ca_files;
    auto selector = tunnel::proxy::Selector::create(settings.proxy, tunnel::proxy::process_environment(), state->clock);
    if (!selector) return tl::unexpected<Error>(selector.error());
    state->selector.emplace(std::move(*selector));
    if (settings.verify_tls) {
        auto trust = crypto::TlsTrust::load(settings.extra_ca_files);
        if (!trust) return tl::unexpected<Error>(trust.error());
        state->trust = std::make_shared<const crypto::TlsTrust>(std::move(*trust));
    } else {
        state->trust = std::make_shared<const crypto::TlsTrust>(crypto::TlsTrust::unverified());
    }
    State& shared = *state;
    for (unsigned i = 0; i < kThreads; ++i) state->threads.emplace_back([&shared] { shared.run(); });
    return std::unique_ptr<ProxyDialer>(new ProxyDialer(std::move(state)));
}

bool ProxyDialer::goes_direct(const Origin& origin) const {
    return state_->selector->surely_direct(target_of(origin));
}

Status ProxyDialer::dial(const Origin& origin, Duration connect_timeout, std::function<void(DialAnswer)> deliver) {
    State::Job job{origin, state_->clock.steady_now() + connect_timeout, std::move(deliver)};
    const std::lock_guard lock(state_->mutex);
    if (state_->jobs.size() >= kMostWaiting)
        return fail(Code::Overloaded, "too many connections through the proxy wait to be made");
    state_->jobs.push_back(std::move(job));
    state_->asked.notify_one();
    return {};
}

void ProxyDialer::stop() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping.request_stop();
        state_->jobs.clear();
    }
    state_->asked.notify_all();
    state_->threads.clear();  // joins
}

}  // namespace culvert::agent::http
