#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "controller/cli/commands.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/demo/demo.h"

namespace culvert::cli {
namespace {

struct DemoWords {
    std::string rate = "200/s", length = "30s", out = "runs/demo";
    bool loopback = false, keep = false;
};

ExitCode show(const DemoWords& words) {
    const auto rate = parse_rate(words.rate);
    if (!rate) return fail_with(fail(rate.error(), "--rate").value());
    const auto length = parse_duration(words.length);
    if (!length) return fail_with(fail(length.error(), "--for").value());
    constexpr Duration kShortest = std::chrono::seconds(5);
    if (*length < kShortest)
        return fail_with(Error{Code::InvalidInput, "--for: at least 5s, so that there is something to see"});
    return demo::run_demo(
        {.rate = *rate,
         .length = *length,
         .out = words.out,
         .isolation = words.loopback ? demo::Isolation::LoopbackOnly : demo::Isolation::NamespacesIfPermitted,
         .keep = words.keep});
}

}  // namespace

void add_demo(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand(
        "demo",
        "Show all of it on this machine: relay, two agents, controller, behind a squid that asks for a password");
    auto words = std::make_shared<DemoWords>();
    command->add_option("--rate", words->rate, "Iterations started per second, three requests each (default: 200/s)")
        ->type_name("RATE");
    command->add_option("--for", words->length, "How long the load lasts, at least 5s (default: 30s)")
        ->type_name("DURATION");
    command->add_option("--out", words->out, "Folder of the report (default: runs/demo)")->type_name("DIR");
    command->add_flag("--loopback", words->loopback, "No network namespaces, even as root");
    command->add_flag("--keep", words->keep,
                      "Keep the folder with configurations, keys and logs (default: only when something failed)");
    add_examples(*command, "  culvert demo\n  culvert demo --rate 500/s --for 1m --keep");
    command->callback([&chosen, words] { chosen.run = [words] { return show(*words); }; });
}

}  // namespace culvert::cli
