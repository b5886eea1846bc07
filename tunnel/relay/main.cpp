// culvert-relay: options, configuration, one relay on one loop, until a signal.
#include <signal.h>

#include <cstdio>
#include <memory>

#include "common/base/exit_code.h"
#include "common/base/log.h"
#include "common/net/loop.h"
#include "tunnel/relay/options.h"
#include "tunnel/relay/relay.h"
#include "tunnel/relay/relay_file.h"

using namespace culvert;
using namespace culvert::tunnel;

namespace {

int fail_with(const Error& error) {
    std::fprintf(stderr, "culvert-relay: %s\n", error.message.c_str());
    return static_cast<int>(error.code == Code::Internal ? ExitCode::Internal : ExitCode::Usage);
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = relay::parse_options(argc, argv);
    if (!options) return static_cast<int>(options.error());
    log::configure(options->log_level, options->log_format);
    ::signal(SIGPIPE, SIG_IGN);

    auto file = relay::load_relay_file(options->config);
    if (!file) return fail_with(file.error());
    net::Loop loop;
    if (options->check_only) {
        if (const Status good = relay::Relay::check(file->settings, loop.clock()); !good)
            return fail_with(good.error());
        std::printf("%s: ok\n", file->file.c_str());
        return 0;
    }
    auto relay = relay::Relay::start(loop, std::move(file->settings));
    if (!relay) return fail_with(relay.error());

    bool draining = false;
    const auto stop = [&loop, &relay, &draining] {
        if (std::exchange(draining, true)) return loop.stop();
        log::info("draining: every node is told; a second signal stops at once");
        (*relay)->drain([&loop] { loop.stop(); });
    };
    const auto on_terminate = loop.on_signal(SIGTERM, stop);
    const auto on_interrupt = loop.on_signal(SIGINT, stop);
    const auto on_hangup = loop.on_signal(SIGHUP, [&relay] { (*relay)->reload_certificate(); });
    loop.run();
    log::info("stopped");
    return 0;
}
