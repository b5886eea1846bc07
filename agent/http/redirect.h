// Where a response sends the client, and with what request (RFC 9110, 15.4).
#pragma once

#include <string_view>

#include "agent/http/request_template.h"

namespace culvert::agent::http {

bool is_redirect(int status);
// `from`, `method`, `with_body`: of the request that was answered. The error says what is wrong with the Location.
Result<Redirected> follow(int status, std::string_view location, const Url& from, workload::Method method,
                          bool with_body);

}  // namespace culvert::agent::http
