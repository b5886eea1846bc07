// Turns what an attempt came to into one line that names hop, cause and remedy. Private to common/net.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/net/auth_ladder.h"
#include "common/net/curl_connection.h"
#include "common/net/dial.h"

namespace culvert::net {

// For every failure but 407.
DialError explain(const DialRequest& request, const CurlConnection& connection, const CurlConnection::Outcome& outcome);
// For a proxy that answered 407 until nothing was left to try. `notes`: methods that failed without a verdict, and why.
// `remembered_in`: the file that keeps the rejection; may be empty.
DialError explain_auth(const DialRequest& request, const AuthLadder& ladder, const std::vector<std::string>& notes,
                       const std::string& remembered_in);
enum class Verdict : std::uint8_t { Now, Before };  // when the password was rejected
DialError explain_socks_password(const DialRequest& request, Verdict verdict, const std::string& remembered_in);

}  // namespace culvert::net
