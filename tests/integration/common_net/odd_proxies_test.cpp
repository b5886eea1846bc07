// Proxies that misbehave while they authenticate: nothing loops, nothing is sent twice, each is named.
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>

#include <catch2/catch.hpp>

#include "common/net/dial.h"
#include "tests/support/loopback.h"
#include "tests/support/test_origin.h"
#include "tests/support/test_proxy.h"

using namespace culvert;
using namespace std::chrono_literals;
using Catch::Contains;
using net::DialStage;
using net::ProxyAuth;
using test::TestOrigin;
using test::TestProxy;

namespace {

// An NTLM challenge (type 2) that libcurl accepts: signature, type, empty target, flags, nonce, no context.
constexpr const char* kChallenge = "TlRMTVNTUAACAAAAAAAAADAAAAAGggEAASNFZ4mrze8AAAAAAAAAAAAAAAAAAAAA";

// A proxy that answers its nth CONNECT of a connection with the nth text, and later ones with the last.
class ScriptedProxy {
  public:
    explicit ScriptedProxy(std::vector<std::string> answers)
        : origin_(std::nullopt, [this, answers = std::move(answers)](TestOrigin::Connection& connection) {
              for (std::size_t i = 0;; ++i) {
                  const std::string head = connection.read_head();
                  if (head.empty()) return;
                  ++connects_;
                  if (head.find("Proxy-Authorization") != std::string::npos) ++with_credentials_;
                  const std::string& answer = answers[std::min(i, answers.size() - 1)];
                  if (!connection.write(answer) || answer.find("close") != std::string::npos ||
                      answer.find("HTTP/1.0") != std::string::npos)
                      return;
              }
          }) {}

    std::string url() const { return "http://127.0.0.1:" + std::to_string(origin_.port()); }
    int connects() const { return connects_; }
    int with_credentials() const { return with_credentials_; }

  private:
    std::atomic<int> connects_{0}, with_credentials_{0};
    TestOrigin origin_;  // last: its threads use the above
};

std::string answer_407(const std::string& fields, const std::string& version = "HTTP/1.1") {
    return version + " 407 Proxy Authentication Required\r\n" + fields + "Content-Length: 0\r\n\r\n";
}

net::DialRequest request_through(const std::string& url, std::vector<ProxyAuth> methods) {
    net::DialRequest request;
    request.host = "relay.test";
    request.connect_timeout = 5s;
    net::ProxyHop hop;
    hop.url = url;
    hop.username = "CORP\\alice";
    hop.password = Secret("secret");
    hop.methods = std::move(methods);
    hop.chosen_by = "test";
    request.proxy = std::move(hop);
    return request;
}

std::string error_of(const net::DialRequest& request, net::CredentialMemory& memory) {
    const auto result = net::dial(request, memory);
    REQUIRE_FALSE(result);
    CHECK(result.error().stage == DialStage::ProxyAuth);
    return result.error().error.message;
}

}  // namespace

TEST_CASE("NTLM through a proxy that ends the connection after its challenge fails at once and by name", "[net]") {
    net::CredentialMemory memory;
    for (const std::string& answer :
         {answer_407(std::string("Proxy-Authenticate: NTLM ") + kChallenge + "\r\nConnection: close\r\n"),
          answer_407(std::string("Proxy-Authenticate: NTLM ") + kChallenge + "\r\n", "HTTP/1.0")}) {
        INFO(answer);
        ScriptedProxy proxy({answer});
        const net::DialRequest request = request_through(proxy.url(), {ProxyAuth::Ntlm});
        const std::string error = error_of(request, memory);
        CHECK_THAT(error, Contains("NTLM is impossible through it") && Contains("keep-alive"));
        CHECK(proxy.connects() < 4);                   // one to ask, one to begin NTLM
        CHECK_FALSE(memory.rejected(*request.proxy));  // nobody judged the password
    }
}

TEST_CASE("NTLM that is cut leaves the password for Basic", "[net]") {
    net::CredentialMemory memory;
    const std::string offer = "Proxy-Authenticate: Basic realm=\"x\"\r\nProxy-Authenticate: NTLM";
    ScriptedProxy proxy({answer_407(offer + " " + kChallenge + "\r\nConnection: close\r\n")});
    const net::DialRequest request = request_through(proxy.url(), {ProxyAuth::Ntlm, ProxyAuth::Basic});
    CHECK_THAT(error_of(request, memory),
               Contains("NTLM is impossible") && Contains("rejected the password") && Contains("(Basic)"));
    CHECK(memory.rejected(*request.proxy));
}

TEST_CASE("a proxy that calls every nonce stale ends in an error that says so, not in a loop", "[net]") {
    net::CredentialMemory memory;
    ScriptedProxy proxy(
        {answer_407("Proxy-Authenticate: Digest realm=\"x\", nonce=\"a\", qop=\"auth\"\r\n"),
         answer_407("Proxy-Authenticate: Digest realm=\"x\", nonce=\"b\", qop=\"auth\", stale=true\r\n")});
    const net::DialRequest request = request_through(proxy.url(), {ProxyAuth::Digest});
    CHECK_THAT(error_of(request, memory), Contains("calls every nonce stale"));
    CHECK(proxy.connects() <= 4);  // one to ask, three for Digest
    CHECK_FALSE(memory.rejected(*request.proxy));
}

TEST_CASE("a proxy that answers 407 for ever sees each method's password once", "[net]") {
    for (const ProxyAuth method : {ProxyAuth::Ntlm, ProxyAuth::Digest, ProxyAuth::Basic}) {
        INFO(net::to_string(method));
        net::CredentialMemory memory;
        ScriptedProxy proxy(
            {answer_407("Proxy-Authenticate: Basic realm=\"x\"\r\nProxy-Authenticate: Digest realm=\"x\", "
                        "nonce=\"a\", qop=\"auth\"\r\nProxy-Authenticate: NTLM\r\n")});
        const net::DialRequest request = request_through(proxy.url(), {method});
        CHECK_THAT(error_of(request, memory), Contains("rejected the password"));
        CHECK(proxy.connects() <= 3);
        const int shown = proxy.with_credentials();
        CHECK(shown <= (method == ProxyAuth::Ntlm ? 2 : 1));  // NTLM's first messages hold no password
        error_of(request, memory);
        CHECK(proxy.with_credentials() == shown);
    }
}

TEST_CASE("a wrong password is shown once even when many dials begin at the same time", "[net]") {
    TestProxy proxy(TestProxy::Rules{"CORP\\alice", "right"});
    net::CredentialMemory memory;
    const net::DialRequest request = request_through(proxy.url(), {ProxyAuth::Basic});
    std::vector<std::future<bool>> dials;
    for (int i = 0; i < 16; ++i)
        dials.push_back(std::async(std::launch::async, [&] { return net::dial(request, memory).has_value(); }));
    for (auto& dial : dials) CHECK_FALSE(dial.get());
    CHECK(proxy.counts().rejected == 1);
}

TEST_CASE("a proxy that answers 401 to a wrong password has rejected it all the same", "[net]") {
    net::CredentialMemory memory;
    ScriptedProxy unauthorized({"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"});
    const net::DialRequest request = request_through(unauthorized.url(), {ProxyAuth::Basic});
    memory.note_accepted(*request.proxy, ProxyAuth::Basic);  // tried at once, without asking first
    CHECK_THAT(error_of(request, memory), Contains("rejected the password"));
    CHECK(memory.rejected(*request.proxy));
}

TEST_CASE("200 bytes of password with every awkward sign reach the proxy as they are", "[net]") {
    std::string password = "p@ss:w%rd%41 \"quo'te\\ #?/&=+ \u00e4\u00f6\u00fc\u00df\u6f22";
    while (password.size() < 200) password += static_cast<char>('a' + password.size() % 26);
    TestProxy proxy(TestProxy::Rules{"CORP\\alice", password});
    net::CredentialMemory memory;
    net::DialRequest request = request_through(proxy.url(), {ProxyAuth::Basic});
    request.proxy->password = Secret(password);
    TestOrigin origin(std::nullopt, TestOrigin::echo());
    request.tls = false;
    request.port = origin.port();
    CHECK(net::dial(request, memory));
    CHECK(proxy.counts().rejected == 0);
}

TEST_CASE("a proxy that drops what is sent to it costs its own short limit and no more", "[net]") {
    net::CredentialMemory memory;
    // One connection fills the queue of this listener; the kernel then drops what comes, as a firewall does.
    const test::LoopbackListener full = test::listen_on_loopback();
    REQUIRE(::listen(full.fd, 0) == 0);
    const int queued = test::connect_to_loopback(full.port);
    REQUIRE(queued >= 0);
    net::DialRequest request = request_through("http://127.0.0.1:" + std::to_string(full.port), {ProxyAuth::Basic});
    request.proxy_connect_timeout = 200ms;
    const auto before = std::chrono::steady_clock::now();
    const auto result = net::dial(request, memory);
    CHECK(std::chrono::steady_clock::now() - before < 2s);
    REQUIRE_FALSE(result);
    CHECK(result.error().stage == DialStage::ConnectProxy);
    CHECK_THAT(result.error().error.message, Contains("did not accept a connection within 200ms"));
    CHECK(net::proxy_is_dead(result.error()));
    ::close(queued);
    ::close(full.fd);
}

TEST_CASE("a captive portal's page instead of a tunnel is called one", "[net]") {
    net::CredentialMemory memory;
    ScriptedProxy proxy({"HTTP/1.1 302 Found\r\nLocation: http://login.corp/\r\nContent-Length: 0\r\n\r\n"});
    const auto result = net::dial(request_through(proxy.url(), {ProxyAuth::Basic}), memory);
    REQUIRE_FALSE(result);
    CHECK(result.error().stage == DialStage::ProxyAnswer);
    CHECK_THAT(result.error().error.message, Contains("302") && Contains("page of its own"));
}

TEST_CASE("something that is no SOCKS proxy is asked whether it is one", "[net]") {
    net::CredentialMemory memory;
    TestOrigin web(std::nullopt,
                   [](TestOrigin::Connection& connection) { connection.write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    const auto result = net::dial(request_through("socks5h://127.0.0.1:" + std::to_string(web.port()), {}), memory);
    REQUIRE_FALSE(result);
    CHECK(result.error().stage == DialStage::ProxyAnswer);
    CHECK_THAT(result.error().error.message, Contains("is it a SOCKS5 proxy?"));
    CHECK(net::proxy_is_dead(result.error()));
}
