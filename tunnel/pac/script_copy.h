// The last good copy of a PAC script from a web server, kept beyond the life of a process: a machine that starts while
// that server is down still finds its way out.
//
//   file   := "culvert pac copy 1\n" sum:hex{64} "\n" body       sum is the SHA-256 of body
//   body   := url "\n" seen "\n" script                          seen in unix seconds, decimal
#pragma once

#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace culvert::tunnel::pac {

struct ScriptCopy {
    std::string text;  // at most kLargestScript
    WallTime seen;     // when its server last gave it
};

// Nothing: there is no file, or it is of another URL. InvalidInput: it is damaged or others may write or read it; one
// line that names the file.
Result<std::optional<ScriptCopy>> load_script_copy(const std::string& file, const std::string& url);
// Whole or not at all, mode 0600.
Status save_script_copy(const std::string& file, const std::string& url, const ScriptCopy& copy);

}  // namespace culvert::tunnel::pac
