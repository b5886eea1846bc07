// Negotiate with a real KDC and squid's own Kerberos helper.
#include <stdlib.h>
#include <sys/stat.h>

#include <chrono>

#include <catch2/catch.hpp>

#include "tests/integration/proxies/proxy_lab.h"
#include "tests/support/loopback.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

using Variables = std::map<std::string, std::string>;

constexpr const char* kRealm = "LAB.TEST";

// The library reads these of the process that dials.
class ProcessEnvironment {
  public:
    explicit ProcessEnvironment(Variables variables) : variables_(std::move(variables)) {
        for (const auto& [name, value] : variables_) ::setenv(name.c_str(), value.c_str(), 1);
    }
    ~ProcessEnvironment() {
        for (const auto& [name, value] : variables_) ::unsetenv(name.c_str());
    }
    ProcessEnvironment(const ProcessEnvironment&) = delete;
    ProcessEnvironment& operator=(const ProcessEnvironment&) = delete;

  private:
    const Variables variables_;
};

// A realm with user alice and the service HTTP/localhost.
class Realm {
  public:
    explicit Realm(ProxyLab& lab) : lab_(lab), port_(unused_port()) {
        lab.write("krb5.conf", std::string("[libdefaults]\n default_realm = ") + kRealm +
                                   "\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n"
                                   " dns_canonicalize_hostname = false\n udp_preference_limit = 1\n"
                                   " clockskew = 1\n[realms]\n " +
                                   kRealm + " = {\n kdc = 127.0.0.1:" + std::to_string(port_) +
                                   "\n }\n[domain_realm]\n localhost = " + kRealm + "\n");
        lab.write("kdc.conf", std::string("[kdcdefaults]\n kdc_listen = 127.0.0.1:") + std::to_string(port_) +
                                  "\n kdc_tcp_listen = 127.0.0.1:" + std::to_string(port_) + "\n[realms]\n " + kRealm +
                                  " = {\n database_name = " + lab.file("principal") + "\n key_stash_file = " +
                                  lab.file("stash") + "\n acl_file = " + lab.file("acl") + "\n }\n");
        lab.run({"kdb5_util", "create", "-s", "-r", kRealm, "-P", "master"}, variables());
        for (const std::string& query :
             {std::string("addprinc -pw secret alice"), std::string("addprinc -randkey HTTP/localhost"),
              "ktadd -k " + lab.file("proxy.keytab") + " HTTP/localhost"})
            lab.run({"kadmin.local", "-r", kRealm, "-q", query}, variables());
        REQUIRE(::chmod(lab.file("proxy.keytab").c_str(), 0644) == 0);
        lab.start({"krb5kdc", "-n", "-r", kRealm}, port_, variables());
    }

    Variables variables() const {
        return {{"KRB5_CONFIG", lab_.file("krb5.conf")},
                {"KRB5_KDC_PROFILE", lab_.file("kdc.conf")},
                {"KRB5CCNAME", "FILE:" + lab_.file("tickets")},
                {"KRB5RCACHETYPE", "none"}};
    }
    void log_in(const std::string& life) const {
        lab_.write("password", "secret\n");
        lab_.run({"sh", "-c", "kinit -l " + life + " alice < " + lab_.file("password")}, variables());
    }
    std::string squid_rules() const {
        return "auth_param negotiate program /usr/lib/squid/negotiate_kerberos_auth -k " + lab_.file("proxy.keytab") +
               " -s HTTP/localhost@" + kRealm +
               "\nauth_param negotiate children 1\nauth_param negotiate keep_alive on\n";
    }

  private:
    ProxyLab& lab_;
    const std::uint16_t port_;
};

bool can_show() {
    return can_run({"squid", "htpasswd", "krb5kdc", "kdb5_util", "kadmin.local", "kinit",
                    "/usr/lib/squid/negotiate_kerberos_auth"});
}

}  // namespace

TEST_CASE("squid, Kerberos: the ticket of the environment, one that expired is said, and a renewed one works at once",
          "[proxies]") {
    if (!can_show()) return;
    ProxyLab lab;
    const Realm realm(lab);
    const ProcessEnvironment environment(realm.variables());
    const std::uint16_t port = unused_port();
    lab.start_squid("kerberos", port, squid_port(port) + realm.squid_rules() + kMembers, realm.variables());
    const net::DialRequest request = lab.request("http://localhost:" + std::to_string(port));

    CHECK_THAT(lab.way(request), Contains("offers Negotiate") && Contains("found no ticket") && Contains("kinit"));
    realm.log_in("2s");
    CHECK(lab.way(request) == "Negotiate");
    const auto deadline = std::chrono::steady_clock::now() + 9s;
    std::string expired = "Negotiate";
    while (expired == "Negotiate" && std::chrono::steady_clock::now() < deadline) expired = lab.way(request);
    CHECK_THAT(expired, Contains("kinit"));
    realm.log_in("1h");
    CHECK(lab.way(request) == "Negotiate");
}

TEST_CASE("squid, Kerberos and Basic: without a ticket the password does, with one it is not sent", "[proxies]") {
    if (!can_show()) return;
    ProxyLab lab;
    const Realm realm(lab);
    const ProcessEnvironment environment(realm.variables());
    const std::uint16_t port = unused_port();
    lab.start_squid("either", port, squid_port(port) + realm.squid_rules() + basic_rules(lab, "word"),
                    realm.variables());
    const std::string url = "http://localhost:" + std::to_string(port);
    CHECK(lab.way(lab.request(url, kUser, "word")) == "Basic");
    realm.log_in("1h");
    CHECK(lab.way(lab.request(url, "bob", "not his word")) == "Negotiate");
}
