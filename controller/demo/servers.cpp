#include "controller/demo/servers.h"

#include <crypt.h>
#include <pwd.h>
#include <unistd.h>

#include <fstream>

#include <fmt/format.h>

namespace culvert::demo {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartPatience = 20s;

Status write_file(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out(file);
    out << text;
    out.close();
    if (!out) return fail(Code::Internal, fmt::format("cannot write {}", file.string()));
    return {};
}

// squid and nginx give up root for users of their own, who must be able to write their logs.
Result<std::filesystem::path> make_folder(const Playground& playground, const std::string& name, const char* user) {
    const std::filesystem::path folder = playground.folder() / name;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(Code::Internal, fmt::format("cannot make {}: {}", folder.string(), error.message()));
    if (::geteuid() == 0) {
        const passwd* account = ::getpwnam(user);
        if (account == nullptr || ::chown(folder.c_str(), account->pw_uid, account->pw_gid) != 0) {
            return fail(Code::Internal, fmt::format("cannot hand {} to user {}", folder.string(), user));
        }
    }
    return folder;
}

std::string squid_conf(const std::filesystem::path& folder, const std::string& listen, const std::string& service_log,
                       const std::string& denied_host) {
    return fmt::format(
        "http_port {listen}\n"
        "auth_param basic program /usr/lib/squid/basic_ncsa_auth {folder}/passwd\n"
        "auth_param basic children 2\n"
        "auth_param basic realm culvert demo\n"
        "acl known proxy_auth REQUIRED\n"
        "{denial}"
        "http_access allow known\n"
        "http_access deny all\n"
        "hosts_file {folder}/hosts\n"
        "cache deny all\n"
        "netdb_filename none\n"
        "pid_filename none\n"
        "cache_log {log}\n"
        "access_log stdio:{folder}/access.log\n"
        "coredump_dir {folder}\n"
        "shutdown_lifetime 0 seconds\n"
        "max_filedescriptors 1024\n"
        "visible_hostname proxy.demo.test\n"
        "pinger_enable off\n",
        fmt::arg("listen", listen), fmt::arg("folder", folder.string()), fmt::arg("log", service_log),
        fmt::arg("denial", denied_host.empty()
                               ? std::string()
                               : fmt::format("acl denied dstdomain {}\nhttp_access deny known denied\n", denied_host)));
}

std::string nginx_conf(const std::filesystem::path& folder, const std::string& listen) {
    return fmt::format(
        "daemon off;\n"
        "worker_processes 1;\n"
        "pid {folder}/nginx.pid;\n"
        "error_log {folder}/error.log;\n"
        "events {{ worker_connections 4096; }}\n"
        "http {{\n"
        "  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;\n"
        "  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;\n"
        "  log_format counted '$request_method $request_uri $status';\n"
        "  access_log {folder}/access.log counted;\n"
        "  keepalive_requests 1000000;\n"
        "  default_type application/json;\n"
        "  server {{\n"
        "    listen {listen};\n"
        "    location = /products {{ return 200 "
        "'{{\"items\":[{{\"sku\":\"lamp-1\",\"price\":25}},{{\"sku\":\"desk-2\",\"price\":140}}]}}'; }}\n"
        "    location /products/ {{ return 200 '{{\"sku\":\"lamp-1\",\"price\":25,\"stock\":12}}'; }}\n"
        "    location = /cart {{ return 201 '{{\"ok\":true}}'; }}\n"
        "    location = /health {{ return 204; }}\n"
        "    location = /moved {{ return 302 /products; }}\n"
        "  }}\n"
        "}}\n",
        fmt::arg("folder", folder.string()), fmt::arg("listen", listen));
}

Command quiet(std::vector<std::string> argv, const std::filesystem::path& log) {
    return Command{.argv = std::move(argv), .environment = {}, .output = log, .stdout_file = {}, .directory = {}};
}

}  // namespace

std::string Squid::url() const {
    return fmt::format("http://{}:{}", address, port);
}

Result<Squid> start_squid(const Playground& playground, const SquidSettings& settings) {
    const auto folder = make_folder(playground, "squid", "proxy");
    if (!folder) return tl::unexpected(folder.error());
    const auto port = settings.port != 0 ? Result<std::uint16_t>(settings.port) : playground.port(Zone::Dmz, 3128);
    if (!port) return tl::unexpected(port.error());
    Squid squid{.process = nullptr,
                .address = playground.address(Zone::Dmz),
                .port = *port,
                .access_log = *folder / "access.log"};

    crypt_data scratch{};
    const char* hash = ::crypt_r(settings.password.c_str(), "$6$culvertdemo$", &scratch);
    if (hash == nullptr || hash[0] == '*') return fail(Code::Internal, "cannot hash the proxy's password");
    const std::string service_log = (*folder / "cache.log").string();
    const std::string conf = squid_conf(*folder, fmt::format("{}:{}", squid.address, squid.port), service_log,
                                        settings.policy == ProxyPolicy::DenyRelay ? settings.relay_host : "");
    for (const auto& [name, text] :
         {std::pair{"passwd", fmt::format("{}:{}\n", settings.user, hash)},
          std::pair{"hosts", fmt::format("{} {}\n", playground.address(Zone::Inet), settings.relay_host)},
          std::pair{"squid.conf", conf}}) {
        if (const Status written = write_file(*folder / name, text); !written) return tl::unexpected(written.error());
    }
    // -n: the name of squid's shared memory; it must be unique on the machine and alphanumeric.
    auto process =
        playground.start(Zone::Dmz, quiet({"squid", "-N", "-n", fmt::format("culvert{}p{}", ::getpid(), squid.port),
                                           "-f", (*folder / "squid.conf").string()},
                                          *folder / "output.log"));
    if (!process) return tl::unexpected(process.error());
    squid.process = std::move(*process);
    if (!playground.accepts(Zone::Dmz, squid.address, squid.port, kStartPatience)) {
        return fail(Code::Internal, fmt::format("squid did not start; its log is {}", service_log));
    }
    return squid;
}

Result<Nginx> start_nginx(const Playground& playground, Zone zone) {
    const auto folder = make_folder(playground, "nginx", "www-data");
    if (!folder) return tl::unexpected(folder.error());
    const auto port = playground.port(zone, 8080);
    if (!port) return tl::unexpected(port.error());
    Nginx nginx{
        .process = nullptr, .address = playground.address(zone), .port = *port, .access_log = *folder / "access.log"};
    if (const Status written =
            write_file(*folder / "nginx.conf", nginx_conf(*folder, fmt::format("{}:{}", nginx.address, nginx.port)));
        !written) {
        return tl::unexpected(written.error());
    }
    auto process = playground.start(zone, quiet({"nginx", "-e", (*folder / "error.log").string(), "-p",
                                                 folder->string(), "-c", (*folder / "nginx.conf").string()},
                                                *folder / "output.log"));
    if (!process) return tl::unexpected(process.error());
    nginx.process = std::move(*process);
    if (!playground.accepts(zone, nginx.address, nginx.port, kStartPatience)) {
        return fail(Code::Internal,
                    fmt::format("nginx did not start; its log is {}", (*folder / "error.log").string()));
    }
    return nginx;
}

}  // namespace culvert::demo
