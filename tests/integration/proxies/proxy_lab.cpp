#include "tests/integration/proxies/proxy_lab.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <iostream>
#include <span>

#include <catch2/catch.hpp>

#include "common/crypto/web_certificate.h"
#include "tests/support/files.h"
#include "tests/support/loopback.h"

namespace culvert::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 20s;

const crypto::WebCertificate& relay_certificate() {
    static const crypto::WebCertificate certificate = crypto::make_web_certificate(kRelayName, SystemClock()).value();
    return certificate;
}

bool installed(const std::string& program) {
    return program.front() == '/' ? ::access(program.c_str(), X_OK) == 0 : demo::find_program(program).has_value();
}

bool listens_on(const char* host, std::uint16_t port) {
    net::CredentialMemory none;
    net::DialRequest request;
    request.host = host;
    request.port = port;
    request.tls = false;
    return net::dial(request, none).has_value();
}

std::string echoed(net::Stream& stream, const std::string& text) {
    std::string got;
    std::size_t sent = 0;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (got.size() < text.size() && std::chrono::steady_clock::now() < deadline) {
        const auto wrote = stream.send(std::as_bytes(std::span(text)).subspan(sent));
        std::array<std::byte, 4096> buffer;
        const auto read = stream.receive(buffer);
        if (!wrote || !read) return "broken";
        sent += *wrote;
        got.append(reinterpret_cast<const char*>(buffer.data()), *read);
        if (*read == 0) wait_readable(stream.fd(), 20);
    }
    return got;
}

}  // namespace

std::string hard_password() {
    std::string password = "p@ss:w%rd%41 \"quo'te\\ #?/&=+ \u00e4\u00f6\u00fc\u00df\u6f22";
    while (password.size() < 200) password += static_cast<char>('a' + password.size() % 26);
    return password;
}

bool can_run(const std::vector<std::string>& programs) {
    for (const std::string& program : programs) {
        if (installed(program)) continue;
        std::cout << "not shown here: " << program << " is not installed\n";
        return false;
    }
    if (::geteuid() == 0) return true;
    std::cout << "not shown here: proxies that change their user need root\n";
    return false;
}

ProxyLab::ProxyLab() : relay_(relay_certificate(), TestOrigin::echo()) {
    REQUIRE(::chmod(folder().c_str(), 0777) == 0);
    extra_ca_.push_back(write("relay-ca.pem", relay_certificate().certificate_pem));
    write("hosts", std::string("127.0.0.1 ") + kRelayName + "\n");
}

ProxyLab::~ProxyLab() {
    while (!running_.empty()) running_.pop_back();  // last started, first stopped
}

std::string ProxyLab::write(const std::string& name, const std::string& content) const {
    write_file(file(name), content);
    REQUIRE(::chmod(file(name).c_str(), 0644) == 0);
    return file(name);
}

void ProxyLab::run(const std::vector<std::string>& argv, const std::map<std::string, std::string>& environment) const {
    const auto exit = demo::run_to_end({argv, environment, file("output.log"), std::nullopt, folder()}, kPatience);
    INFO(argv.front() << ": " << read_file(file("output.log")));
    REQUIRE(exit);
    REQUIRE(*exit == 0);
}

demo::ChildProcess& ProxyLab::start(const std::vector<std::string>& argv, std::uint16_t port,
                                    const std::map<std::string, std::string>& environment) {
    const std::string log = file("output-" + std::to_string(port) + ".log");
    auto process = demo::ChildProcess::start({argv, environment, log, std::nullopt, folder()});
    REQUIRE(process);
    running_.push_back(std::move(*process));
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!listens_on("127.0.0.1", port) && !listens_on("::1", port)) {
        INFO(argv.front() << ": " << read_file(log));
        REQUIRE(running_.back()->running());
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        running_.back()->wait(20ms);
    }
    return *running_.back();
}

demo::ChildProcess& ProxyLab::start_squid(const std::string& name, std::uint16_t port, const std::string& rules,
                                          const std::map<std::string, std::string>& environment) {
    const std::string conf =
        write(name + ".conf", rules + "cache deny all\nnetdb_filename none\npid_filename none\n" + "hosts_file " +
                                  file("hosts") + "\ncache_log " + file(name + ".cache") +
                                  "\naccess_log stdio:" + file(name + ".log") + "\ncoredump_dir " + folder() +
                                  "\nshutdown_lifetime 0 seconds\nmax_filedescriptors 1024\n" +
                                  "visible_hostname proxy.test\npinger_enable off\n");
    return start({"squid", "-N", "-n", "proxies" + std::to_string(::getpid()) + "p" + std::to_string(port), "-f", conf},
                 port, environment);
}

// squid writes a line when a tunnel ends, so this is complete once the process has ended.
std::string ProxyLab::log_of_squid(const std::string& name) const {
    return read_file(file(name + ".log"));
}

net::DialRequest ProxyLab::request(const std::string& url, const std::string& username,
                                   const std::string& password) const {
    net::DialRequest made;
    made.host = kRelayName;
    made.port = relay_.port();
    auto trust = crypto::TlsTrust::load(extra_ca_);
    REQUIRE(trust);
    made.trust = std::make_shared<const crypto::TlsTrust>(std::move(*trust));
    net::ProxyHop hop;
    hop.url = url;
    hop.username = username;
    hop.password = Secret(password);
    hop.chosen_by = "test";
    made.proxy = std::move(hop);
    return made;
}

std::string ProxyLab::way(const net::DialRequest& request) {
    auto stream = net::dial(request, memory_);
    if (!stream) return stream.error().error.message;
    if (echoed(**stream, "there and back") != "there and back") return "no echo";
    const std::string method = (*stream)->route().proxy_auth;
    return method.empty() ? "none" : method;
}

void ProxyLab::make_certificate(const std::string& name, const std::string& host) {
    const auto made = crypto::make_web_certificate(host, SystemClock());
    REQUIRE(made);
    extra_ca_.push_back(write(name + ".pem", made->certificate_pem));
    write(name + ".key", made->key_pem);
}

std::string squid_port(std::uint16_t port) {
    return "http_port 127.0.0.1:" + std::to_string(port) + "\n";
}

std::string basic_rules(const ProxyLab& lab, const std::string& password) {
    lab.run({"htpasswd", "-bcm", lab.file("passwd"), kUser, password});
    REQUIRE(::chmod(lab.file("passwd").c_str(), 0644) == 0);
    return "auth_param basic program /usr/lib/squid/basic_ncsa_auth " + lab.file("passwd") +
           "\nauth_param basic children 1\nauth_param basic realm lab\n" + kMembers;
}

}  // namespace culvert::test
