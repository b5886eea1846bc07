#include "tunnel/relay/options.h"

#include <CLI/CLI.hpp>

#include "tunnel/envelope/admission.h"

namespace culvert::tunnel::relay {
namespace {

constexpr const char* kDescription =
    "The public meeting point of a Culvert mesh: agents and controllers dial it over HTTPS and it carries their\n"
    "envelopes. It cannot read them, and holds no secret of the mesh.";
constexpr const char* kFooter =
    "Signals:\n"
    "  SIGHUP    take up the web certificate again (it is also looked at every 10 s)\n"
    "  SIGTERM   tell every node, then stop within 5 s; SIGINT likewise; a second one stops at once\n\n"
    "Examples:\n"
    "  culvert-relay --config /etc/culvert/relay.yaml\n"
    "  culvert-relay --config relay.yaml --check      # mistakes in it, in the certificate or in the mesh CA; starts "
    "nothing\n";

}  // namespace

tl::expected<Options, ExitCode> parse_options(int argc, char** argv) {
    Options options;
    std::string log_format = "text";
    bool verbose = false;
    CLI::App app(kDescription, "culvert-relay");
    app.footer(kFooter);
    app.set_version_flag(
        "--version", "culvert-relay " CULVERT_VERSION " (protocol " + std::to_string(envelope::kProtocolVersion) + ")");
    app.add_option("--config", options.config,
                   "relay.yaml; else $CULVERT_RELAY_CONFIG, ./relay.yaml, ~/.config/culvert/, /etc/culvert/");
    app.add_flag("--check", options.check_only, "read and check everything, listen on nothing");
    app.add_option("--log", log_format, "text (default), or json: one object a line")
        ->check(CLI::IsMember({"text", "json"}));
    app.add_flag("--verbose", verbose, "debug lines too");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return tl::unexpected(app.exit(error) == 0 ? ExitCode::Ok : ExitCode::Usage);
    }
    options.log_format = log_format == "json" ? log::Format::Json : log::Format::Text;
    options.log_level = verbose ? log::Level::Debug : log::Level::Info;
    return options;
}

}  // namespace culvert::tunnel::relay
