#include "agent/http/proxy_dialer.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>

#include "common/net/dial.h"

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

}  // namespace

struct ProxyDialer::State {
    struct Job {
        net::DialRequest request;
        std::function<void(DialAnswer)> deliver;
    };

    net::ProxyHop hop;
    std::shared_ptr<const crypto::TlsTrust> trust;
    net::CredentialMemory memory;
    std::mutex mutex;
    std::condition_variable asked;
    std::deque<Job> jobs;
    std::stop_source stopping;
    std::vector<std::jthread> threads;  // last: they use all of the above

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
            net::DialResult result = net::dial(job.request, memory, stopping.get_token());
            const std::lock_guard lock(mutex);
            if (stopping.stop_requested()) return;
            if (result) {
                job.deliver(std::move(*result));
            } else {
                job.deliver(
                    tl::unexpected<DialProblem>(DialProblem{kind_of(result.error()), result.error().error.message}));
            }
        }
    }
};

ProxyDialer::ProxyDialer(std::unique_ptr<State> state) : state_(std::move(state)) {}

ProxyDialer::~ProxyDialer() {
    stop();
}

Result<std::unique_ptr<ProxyDialer>> ProxyDialer::make(Settings settings) {
    auto state = std::make_unique<State>();
    if (settings.verify_tls) {
        auto trust = crypto::TlsTrust::load(settings.extra_ca_files);
        if (!trust) return tl::unexpected<Error>(trust.error());
        state->trust = std::make_shared<const crypto::TlsTrust>(std::move(*trust));
    } else {
        state->trust = std::make_shared<const crypto::TlsTrust>(crypto::TlsTrust::unverified());
    }
    state->hop.url = std::move(settings.proxy);
    state->hop.username = std::move(settings.username);
    state->hop.password = std::move(settings.password);
    state->hop.chosen_by = "load.proxy";
    State& shared = *state;
    for (unsigned i = 0; i < kThreads; ++i) state->threads.emplace_back([&shared] { shared.run(); });
    return std::unique_ptr<ProxyDialer>(new ProxyDialer(std::move(state)));
}

Status ProxyDialer::dial(const Origin& origin, Duration connect_timeout, std::function<void(DialAnswer)> deliver) {
    State::Job job;
    job.request.host = origin.host;
    job.request.port = origin.port;
    job.request.tls = origin.tls;
    job.request.proxy = state_->hop;
    job.request.trust = state_->trust;
    job.request.connect_timeout = connect_timeout;
    job.deliver = std::move(deliver);
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
