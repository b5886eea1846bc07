#include "tests/integration/common_net/dial_scene.h"

#include <array>
#include <chrono>

#include <catch2/catch.hpp>

#include "tests/support/files.h"
#include "tests/support/loopback.h"

namespace culvert::test {

using namespace std::chrono_literals;

crypto::WebCertificate certificate_for(const std::string& host, const Clock& clock) {
    auto made = crypto::make_web_certificate(host, clock);
    REQUIRE(made);
    return *made;
}

std::shared_ptr<const crypto::TlsTrust> trust_in(const std::vector<std::string>& files,
                                                 const std::vector<std::string>& pins) {
    auto trust = crypto::TlsTrust::load(files, pins);
    REQUIRE(trust);
    return std::make_shared<const crypto::TlsTrust>(*trust);
}

DialScene::DialScene() {
    write_file(folder.file("ca.pem"), certificate.certificate_pem);
}

std::shared_ptr<const crypto::TlsTrust> DialScene::trust() {
    return trust_in({folder.file("ca.pem")});
}

net::DialRequest DialScene::request() {
    net::DialRequest made;
    made.host = "localhost";
    made.port = origin.port();
    made.trust = trust();
    made.connect_timeout = 3s;
    return made;
}

net::DialRequest DialScene::through(const TestProxy& proxy, const std::string& user, const std::string& password) {
    net::DialRequest made = request();
    made.proxy =
        net::ProxyHop{proxy.url(),
                      user,
                      Secret(password),
                      {net::ProxyAuth::Negotiate, net::ProxyAuth::Ntlm, net::ProxyAuth::Digest, net::ProxyAuth::Basic},
                      "test"};
    return made;
}

std::string echoed(net::Stream& stream, const std::string& text) {
    std::string got;
    std::size_t sent = 0;
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (got.size() < text.size() && std::chrono::steady_clock::now() < deadline) {
        const auto wrote = stream.send(std::as_bytes(std::span(text)).subspan(sent));
        REQUIRE(wrote);
        sent += *wrote;
        std::array<std::byte, 4096> buffer;
        const auto read = stream.receive(buffer);
        REQUIRE(read);
        got.append(reinterpret_cast<const char*>(buffer.data()), *read);
        if (*read == 0) wait_readable(stream.fd(), 20);
    }
    return got;
}

net::DialError failure(net::DialResult result) {
    REQUIRE_FALSE(result);
    return result.error();
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace culvert::test
