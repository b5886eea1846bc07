#include "tunnel/doctor/trial_links.h"

#include <utility>

#include "tunnel/link/connector.h"

namespace culvert::tunnel::doctor {
namespace {

constexpr Duration kFirstWord = std::chrono::seconds(5);  // of a relay, once the connection stands

}  // namespace

LinkTrial::Ending TrialLinks::attempt(link::Transport transport, Duration heartbeat) {
    return run(transport, heartbeat, [](net::Loop&, LinkTrial&, auto&) { return false; });
}

void TrialLinks::with_link(link::Transport transport, Duration heartbeat, const Use& use) {
    static_cast<void>(run(transport, heartbeat, use));
}

LinkTrial::Ending TrialLinks::run(link::Transport transport, Duration heartbeat, const Use& use) {
    LinkTrial::Ending ending;
    std::unique_ptr<net::Stream> stream = std::move(reached_.stream);
    if (stream == nullptr) {
        auto dialled = net::dial(reached_.request, memory_);
        if (!dialled) {
            ending.denial.error = {dialled.error().error.code,
                                   "it could not be dialled once more: " + dialled.error().error.message};
            return ending;
        }
        stream = std::move(*dialled);
    }
    net::Loop loop;
    std::unique_ptr<net::Loop::Timer> timer;
    LinkTrial* running = nullptr;
    LinkTrial trial(loop, applicant_, reached_.relay, clock_, [&](const LinkTrial::Ending& how) {
        ending = how;
        if (!how.admitted || !use(loop, *running, timer)) loop.stop();
    });
    running = &trial;
    link::SlowPath path;
    path.took(reached_.route.tls_time);
    const Duration patience = path.stretch(kFirstWord, 2 * link::kAdmissionTrips);
    trial.start(transport, std::move(stream), reached_.request, memory_, heartbeat, patience);
    loop.run();
    trial.close();
    return ending;
}

}  // namespace culvert::tunnel::doctor
