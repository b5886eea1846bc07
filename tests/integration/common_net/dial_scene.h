// What dials of these tests go to, and what their answers are read with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/net/dial.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_origin.h"
#include "tests/support/test_proxy.h"

namespace culvert::test {

crypto::WebCertificate certificate_for(const std::string& host, const Clock& clock = SystemClock());

std::shared_ptr<const crypto::TlsTrust> trust_in(const std::vector<std::string>& files,
                                                 const std::vector<std::string>& pins = {});

// A TLS origin on localhost whose certificate a private CA file vouches for.
struct DialScene {
    TemporaryFolder folder;
    crypto::WebCertificate certificate = certificate_for("localhost");
    TestOrigin origin{certificate, TestOrigin::echo()};
    net::CredentialMemory memory;

    DialScene();
    std::shared_ptr<const crypto::TlsTrust> trust();
    net::DialRequest request();
    net::DialRequest through(const TestProxy& proxy, const std::string& user = "", const std::string& password = "");
};

// Sends and waits for the echo, draining as a loop would.
std::string echoed(net::Stream& stream, const std::string& text);

net::DialError failure(net::DialResult result);

bool contains(const std::string& text, const std::string& part);

}  // namespace culvert::test
