// NTLMv2, really verified: winbind as a standalone server with one user, squid asking it.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>

#include <catch2/catch.hpp>

#include "tests/integration/proxies/proxy_lab.h"
#include "tests/support/loopback.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

constexpr const char* kAccount = "games";  // a user that every Debian has

std::string smb_conf(const ProxyLab& lab) {
    std::string conf =
        "[global]\nworkgroup = LAB\nnetbios name = LABPX\nserver role = standalone server\nsecurity = user\n"
        "ntlm auth = ntlmv2-only\ninterfaces = lo\nbind interfaces only = yes\nidmap config * : backend = tdb\n"
        "idmap config * : range = 100000-200000\npassdb backend = tdbsam:" +
        lab.file("passdb.tdb") + "\nlog file = " + lab.file("samba.log") + "\n";
    for (const char* kind :
         {"private dir", "state directory", "lock directory", "cache directory", "pid directory", "ncalrpc dir"})
        conf += std::string(kind) + " = " + lab.file("samba") + "\n";
    return conf;
}

}  // namespace

TEST_CASE("squid, NTLMv2 verified by winbind: the right password passes, a wrong one is sent once", "[proxies]") {
    if (!can_run({"squid", "winbindd", "smbpasswd", "ntlm_auth", "unshare", "wbinfo"})) return;
    ProxyLab lab;
    std::filesystem::create_directories(lab.file("samba/winbindd_privileged"));
    std::filesystem::create_directories(lab.file("wb"));
    const std::string conf = lab.write("smb.conf", smb_conf(lab));
    lab.write("twice", "secret\nsecret\n");
    lab.run({"sh", "-c", "smbpasswd -c " + conf + " -s -a " + kAccount + " < " + lab.file("twice")});
    // ntlm_auth looks for winbind in one fixed place, so winbind and squid share a view in which that is the lab's.
    const std::uint16_t port = unused_port();
    const std::string squid = lab.write(
        "squid.conf",
        squid_port(port) + "auth_param ntlm program /usr/bin/ntlm_auth --configfile=" + conf +
            " --helper-protocol=squid-2.5-ntlmssp\nauth_param ntlm children 1\nauth_param ntlm keep_alive on\n"
            "cache_effective_group winbindd_priv\n" +
            kMembers + "cache deny all\nnetdb_filename none\npid_filename none\nhosts_file " + lab.file("hosts") +
            "\ncache_log " + lab.file("squid.cache") + "\naccess_log none\ncoredump_dir " + lab.folder() +
            "\nshutdown_lifetime 0 seconds\nmax_filedescriptors 1024\nvisible_hostname "
            "proxy.test\npinger_enable off\n");
    const std::string script = lab.write(
        "start.sh", "set -e\nmkdir -p /run/samba/winbindd\nmount --bind " + lab.file("wb") +
                        " /run/samba/winbindd\nchgrp winbindd_priv " + lab.file("samba/winbindd_privileged") +
                        "\nchmod 0750 " + lab.file("samba/winbindd_privileged") +
                        "\nwinbindd -F --no-process-group -s " + conf +
                        " --debug-stdout &\nuntil wbinfo -p >/dev/null 2>&1; do kill -0 $!; sleep 0.05; done\n"
                        "squid -N -n winbind" +
                        std::to_string(::getpid()) + " -f " + squid + " &\nwait $!\n");
    const auto mounts = demo::run_to_end(
        {{"unshare", "-m", "-p", "-f", "--mount-proc", "true"}, {}, lab.file("unshare.log"), std::nullopt, {}}, 5s);
    if (!mounts || *mounts != 0) {
        std::cout << "not shown here: namespaces are not permitted\n";
        return;
    }
    // The shell is the first process of its own process namespace: when it is killed, all that it started is gone.
    demo::ChildProcess& all =
        lab.start({"unshare", "-m", "-p", "-f", "--kill-child", "--mount-proc", "sh", script}, port);
    const std::string url = "http://127.0.0.1:" + std::to_string(port);
    const std::string user = std::string("LABPX\\") + kAccount;
    CHECK(lab.way(lab.request(url, user, "secret")) == "NTLM");
    CHECK(lab.way(lab.request(url, user, "secret")) == "NTLM");
    CHECK_THAT(lab.way(lab.request(url, user, "wrong")), Contains("rejected the password") && Contains("NTLM"));
    CHECK(lab.way(lab.request(url, user, "secret")) == "NTLM");
    all.signal(SIGKILL);  // unshare holds SIGTERM back
}
