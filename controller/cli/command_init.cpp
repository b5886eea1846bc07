#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/config/node_config.h"
#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/enrol/init_mesh.h"

namespace culvert::cli {
namespace {

struct InitOptions {
    controller::enrol::InitOptions mesh;
    std::vector<std::string> proxies;
    std::string pac, proxy_user, proxy_password_file;
};

std::string absolute(const std::string& path) {
    return std::filesystem::absolute(path).lexically_normal().string();
}

config::ProxyConfig proxy_of(const InitOptions& options) {
    config::ProxyConfig proxy;
    if (!options.proxies.empty()) {
        proxy.source =
            options.proxies.front() == "none" ? config::ProxyConfig::Source::None : config::ProxyConfig::Source::Urls;
        if (proxy.source == config::ProxyConfig::Source::Urls) proxy.urls = options.proxies;
    } else if (!options.pac.empty()) {
        proxy.source = config::ProxyConfig::Source::Pac;
        proxy.pac = options.pac;
    }
    proxy.username = options.proxy_user;
    if (!options.proxy_password_file.empty()) proxy.password.file = absolute(options.proxy_password_file);
    return proxy;
}

ExitCode init(InitOptions options) {
    namespace enrol = controller::enrol;
    if (options.mesh.mesh.empty()) options.mesh.mesh = enrol::default_mesh_name(options.mesh.folder);
    if (options.mesh.controller_name.empty()) options.mesh.controller_name = config::host_name();
    options.mesh.proxy = proxy_of(options);
    for (std::string& file : options.mesh.extra_ca) file = absolute(file);
    const auto made = enrol::init_mesh(options.mesh, SystemClock());
    if (!made) return fail_with(made.error());
    const std::string folder = options.mesh.folder;
    // What the store does not know cannot be revoked.
    const auto config = config::load_controller_config(folder + "/controller.yaml");
    if (!config) return fail_with(config.error());
    const auto store = open_store(*config);
    if (!store) return store.error();
    remember_own_identity(*config, (*store)->invites());
    std::string out = "mesh " + made->mesh + " · relay " + made->relay_url + "\nmade in " + folder + ": " +
                      join(made->files, ", ") + "\n";
    out += "mesh CA SHA-256 " + made->mesh_ca_sha256 +
           (made->web_pin ? "\nthe relay's web certificate is self-signed; join tokens pin it" : "") + "\n\n";
    out +=
        "Next, on the relay's host, with " + join(made->relay_files, ", ") + ":\n  culvert-relay --config relay.yaml\n";
    out += "then here, for each agent:\n  culvert invite --config " + folder + "/controller.yaml\n";
    std::fputs(out.c_str(), stdout);
    return ExitCode::Ok;
}

}  // namespace

void add_init(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand(
        "init", "Make a mesh: its CA, this controller's identity, relay.yaml and controller.yaml");
    auto options = std::make_shared<InitOptions>();
    command
        ->add_option("DIR", options->mesh.folder, "Folder for the files; made when needed; nothing in it is replaced")
        ->required()
        ->type_name("DIR");
    command
        ->add_option("--relay", options->mesh.relay_url,
                     "Public address of the relay: wss://HOST[:PORT]/mesh; for localhost, an IP address or *.test a "
                     "self-signed web certificate is made too")
        ->required()
        ->type_name("URL");
    command->add_option("--mesh", options->mesh.mesh, "Name of the mesh (default: the folder's name)")
        ->type_name("NAME");
    command->add_option("--name", options->mesh.controller_name, "Name of this controller (default: this host's name)")
        ->type_name("NAME");
    command
        ->add_option("--proxy", options->proxies,
                     "Proxy of this controller's tunnel: http://, https:// or socks5h://HOST:PORT, several are tried "
                     "in order; none: never one (default: from the environment)")
        ->type_name("URL")
        ->take_all();
    command->add_option("--pac", options->pac, "URL or file of a PAC script that names the proxy")
        ->type_name("URL")
        ->excludes("--proxy");
    command->add_option("--proxy-user", options->proxy_user, "User name for the proxy")->type_name("NAME");
    command
        ->add_option("--proxy-password-file", options->proxy_password_file,
                     "File that holds the password for the proxy; it is read at each start, and not copied")
        ->type_name("FILE")
        ->needs("--proxy-user");
    command
        ->add_option("--extra-ca", options->mesh.extra_ca,
                     "Certificates (PEM) to trust beside the system's, where a proxy inspects TLS")
        ->type_name("FILE")
        ->take_all();
    add_examples(*command,
                 "  culvert init acme --relay wss://relay.example.com/mesh\n"
                 "  culvert init lab --relay wss://127.0.0.1:8443/mesh --proxy http://proxy.corp:3128 --proxy-user ana "
                 "--proxy-password-file ~/.proxy");
    command->callback([&chosen, options] { chosen.run = [options] { return init(*options); }; });
}

}  // namespace culvert::cli
