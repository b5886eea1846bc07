#include "lab.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "common/base/text.h"
#include "interrupt.h"
#include "sanitizers.h"

namespace culvert::netlab {
namespace {

using namespace std::chrono_literals;

constexpr auto kCommandPatience = 10s;
constexpr const char* kDmzAddress6 = "fd77:1::1";
constexpr const char* kCorpAddress6 = "fd77:1::2";
constexpr const char* kSilentNameServer = "10.77.1.53";  // nobody has this address

void add_packets(const std::filesystem::path& listing, Lab::Strays& strays) {
    std::istringstream lines(read_text(listing));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::uint64_t packets = 0, bytes = 0;
        std::string target;
        if (!(words >> packets >> bytes >> target) || target != "DROP") continue;
        strays.packets += packets;
        if (line.find("dpt:53") != std::string::npos) strays.dns_queries += packets;
    }
}

}  // namespace

std::string read_text(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::string last_lines(const std::filesystem::path& file, std::size_t count) {
    const std::string text = read_text(file);
    const auto lines = split(trim(text), '\n');
    std::string out;
    for (std::size_t i = lines.size() > count ? lines.size() - count : 0; i < lines.size(); ++i)
        out += "    " + excerpt(lines[i], 600) + "\n";
    return out;
}

Result<std::unique_ptr<Lab>> Lab::create(const Case& netlab_case) {
    // Under /tmp, because proxies give up root and must still reach their files.
    std::string folder =
        "/tmp/culvert-netlab-XXXXXX";  // without the name of the case: no pattern matches it by accident
    if (::mkdtemp(folder.data()) == nullptr) return fail(Code::Internal, "cannot make a folder under /tmp");
    std::filesystem::permissions(folder, std::filesystem::perms(0755));
    auto playground = demo::Playground::create(folder, demo::Isolation::NamespacesIfPermitted);
    if (!playground) return tl::unexpected(playground.error());
    std::unique_ptr<Lab> lab(new Lab(std::move(*playground)));
    lab->environment_ = sanitizer_environment(folder);
    if (!lab->playground().has_namespaces())
        return fail(Code::Unauthorized,
                    "network namespaces are not permitted here: " + lab->playground().why_loopback());
    if (const Status named = lab->name_hosts(netlab_case); !named) return tl::unexpected(named.error());
    if (const Status added = lab->add_ipv6(); !added) return tl::unexpected(added.error());
    return lab;
}

Lab::~Lab() {
    const std::filesystem::path folder = playground_->folder();
    playground_.reset();
    std::error_code ignored;
    for (const auto& names : name_folders_) std::filesystem::remove_all(names, ignored);
    if (!keep_folder_ && std::getenv("CULVERT_KEEP") == nullptr) std::filesystem::remove_all(folder, ignored);
}

// `ip netns exec` shows a program the files of /etc/netns/NAMESPACE as its own /etc.
Status Lab::name_hosts(const Case& netlab_case) {
    const demo::Playground& at = *playground_;
    variables_ = {{"folder", folder().string()},
                  {"bin", demo::own_folder().string()},
                  {"relay.host", kRelayHost},
                  {"relay.port", fmt::format("{}", netlab_case.relay_port.value_or(kRelayPort))},
                  {"relay.address", at.address(demo::Zone::Inet)},
                  {"dmz.address", at.address(demo::Zone::Dmz)},
                  {"dmz.address6", kDmzAddress6},
                  {"corp.address", at.address(demo::Zone::Corp)},
                  {"unique", "nl" + folder().string().substr(folder().string().size() - 6)}};
    for (const auto& [name, value] : netlab_case.variables) variables_[name] = value;
    // A password that no proxy accepts, for cases of that kind.
    std::ofstream(folder() / "wrong") << "not the password\n";
    std::filesystem::permissions(folder() / "wrong", std::filesystem::perms(0600));
    std::string proxies;
    for (const ServerSpec& server : netlab_case.servers) {
        const std::string address = at.address(server.zone);
        variables_[server.name + ".address"] = address;
        variables_[server.name + ".port"] = fmt::format("{}", server.port);
        variables_[server.name + ".url"] = fmt::format("http://{}:{}", address, server.port);
        variables_[server.name + ".name"] = server.name + ".corp.test";
        variables_[server.name + ".folder"] = (folder() / server.name).string();
        for (const auto& [key, value] : server.variables) variables_[server.name + "." + key] = value;
        proxies += fmt::format("{} {}.corp.test\n", address, server.name);
    }
    const std::string local = "127.0.0.1 localhost\n::1 localhost\n";
    const std::string relay = fmt::format("{} {} {}\n", at.address(demo::Zone::Inet), kRelayHost, kTargetHost);
    for (const auto& [zone, hosts] :
         {std::pair{demo::Zone::Corp, local + proxies}, std::pair{demo::Zone::Dmz, local + proxies + relay},
          std::pair{demo::Zone::Inet, local + relay}}) {
        const std::filesystem::path names = std::filesystem::path("/etc/netns") / at.namespace_of(zone);
        std::error_code error;
        std::filesystem::create_directories(names, error);
        if (error) return fail(Code::Internal, fmt::format("cannot make {}: {}", names.string(), error.message()));
        name_folders_.push_back(names);
        std::ofstream(names / "hosts") << hosts;
        std::ofstream(names / "resolv.conf")
            << "nameserver " << kSilentNameServer << "\noptions timeout:1 attempts:1\n";
    }
    return {};
}

std::string Lab::target_host(const Case& netlab_case) const {
    return netlab_case.target == demo::Zone::Inet ? kTargetHost : playground_->address(netlab_case.target);
}

Status Lab::add_ipv6() const {
    const auto add = [this](demo::Zone zone, const char* address, const char* device) {
        return shell(zone, fmt::format("ip addr add {}/64 dev {} nodad", address, device), folder(), "network.log",
                     kCommandPatience);
    };
    if (Status added = add(demo::Zone::Dmz, kDmzAddress6, "dmz0"); !added) return added;
    return add(demo::Zone::Corp, kCorpAddress6, "corp0");
}

Result<std::string> Lab::expand(const std::string& text, const ServerSpec* server) const {
    if (server == nullptr) return netlab::expand(text, variables_);
    Variables all = variables_;
    for (const char* key : {"address", "port", "url", "name", "folder"})
        all[fmt::format("self.{}", key)] = all[fmt::format("{}.{}", server->name, key)];
    for (const auto& [key, value] : server->variables) all["self." + key] = value;
    return netlab::expand(text, all);
}

Status Lab::guard(const Case& netlab_case) {
    std::string rules =
        "iptables -w -A OUTPUT -o corp0 -p udp --dport 53 -j DROP\n"
        "iptables -w -A OUTPUT -o corp0 -p tcp --dport 53 -j DROP\n";
    std::vector<std::uint16_t> ports = netlab_case.allow_ports;
    for (const ServerSpec& server : netlab_case.servers) {
        if (server.from_corp && server.port != 0 && server.zone == demo::Zone::Dmz) ports.push_back(server.port);
    }
    for (const std::uint16_t port : ports) {
        // By UDP a Kerberos library asks the KDC that is slow to answer by TCP.
        for (const char* protocol : {"tcp", "udp"})
            rules += fmt::format("iptables -w -A OUTPUT -o corp0 -d {} -p {} --dport {} -j ACCEPT\n",
                                 playground_->address(demo::Zone::Dmz), protocol, port);
        rules += fmt::format("ip6tables -w -A OUTPUT -o corp0 -d {} -p tcp --dport {} -j ACCEPT\n", kDmzAddress6, port);
    }
    // Neighbour discovery is how IPv6 finds the proxy's own address; it leaves no network.
    rules +=
        "iptables -w -A OUTPUT -o corp0 -j DROP\n"
        "ip6tables -w -A OUTPUT -o corp0 -p icmpv6 -j ACCEPT\n"
        "ip6tables -w -A OUTPUT -o corp0 -j DROP\n";
    return shell(demo::Zone::Corp, rules, folder(), "network.log", kCommandPatience);
}

Result<Lab::Strays> Lab::strays() const {
    Strays strays;
    for (const std::string tool : {"iptables", "ip6tables"}) {
        const std::string listing = tool + ".txt";
        if (const Status listed = shell(demo::Zone::Corp, fmt::format("{} -w -nvxL OUTPUT > {}", tool, listing),
                                        folder(), "network.log", kCommandPatience);
            !listed)
            return tl::unexpected(listed.error());
        const std::string said = read_text(folder() / listing);
        if (said.find("DROP") == std::string::npos)
            return fail(Code::Internal, tool + " has no rule that counts the packets of corp");
        add_packets(folder() / listing, strays);
    }
    return strays;
}

Status Lab::shell(demo::Zone zone, const std::string& script, const std::filesystem::path& directory,
                  const std::string& log, Duration patience) const {
    const demo::Command command{.argv = {"sh", "-ec", script},
                                .environment = environment_,
                                .output = folder() / log,
                                .stdout_file = {},
                                .directory = directory};
    const auto exit = playground_->run(zone, command, patience);
    if (!exit) return tl::unexpected(exit.error());
    if (*exit == 0) return {};
    return fail(Code::Internal, fmt::format("`{}` failed with exit code {}; {} says:\n{}", excerpt(trim(script), 200),
                                            *exit, (folder() / log).string(), last_lines(folder() / log, 6)));
}

}  // namespace culvert::netlab
