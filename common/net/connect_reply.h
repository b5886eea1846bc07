// What an HTTP proxy answers to CONNECT, line by line as libcurl hears it: bytes from outside, kept bounded and
// printable. Decides when an attempt must be broken off. Private to common/net.
#pragma once

#include <string>
#include <string_view>

namespace culvert::net {

class ConnectReply {
  public:
    // Digest may need a challenge, a fresh nonce and the verdict; no method needs more.
    static constexpr int kMostRefusals = 3;

    // One header line, or the empty line at the end. False: break the attempt off.
    bool hear(std::string_view line);

    // Of the last answer.
    int status = 0;            // 0: none
    std::string status_line;   // "407 Proxy Authentication Required"
    std::string detail;        // X-Squid-Error or the like
    bool stale_nonce = false;  // Digest: it blames the nonce, not the password

    // Of all answers in this attempt.
    bool tunnel_open = false;    // the last one was 2xx
    int refusals = 0;            // 407s
    bool cut_handshake = false;  // NTLM: the proxy ends the connection that its challenge is bound to

  private:
    void hear_status(std::string_view line);
    void hear_field(const std::string& name, std::string_view value);
    bool end_of_head();

    bool http_1_0_ = false, keeps_ = false, closes_ = false, ntlm_challenge_ = false;
};

}  // namespace culvert::net
