// Turns what an attempt came to into one line that names hop, cause and remedy. Private to common/net.
#pragma once

#include "common/net/auth_ladder.h"
#include "common/net/curl_connection.h"
#include "common/net/dial.h"

namespace culvert::net {

// For every failure but 407.
DialError explain(const DialRequest& request, const CurlConnection& connection, const CurlConnection::Outcome& outcome);
// For a proxy that answered 407 until nothing was left to try. `remembered_in`: the file that keeps the rejection; may
// be empty.
DialError explain_auth(const DialRequest& request, const AuthLadder& ladder, const std::string& remembered_in);

}  // namespace culvert::net
