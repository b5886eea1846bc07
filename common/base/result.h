// Errors as values: what can happen returns a Result, what cannot is a CULVERT_CHECK (check.h).
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace culvert {

// Codes say what the caller can do, not where the error came from.
enum class Code {
    InvalidInput,  // mend the input; a retry cannot help
    Unauthorized,  // mend the identity, token or password; a retry cannot help
    Disconnected,  // connect again
    Overloaded,    // try again later, with less
    Timeout,       // try again
    Internal,      // a defect or a broken machine
};

struct Error {
    Code code = Code::Internal;
    std::string message;  // one line for an operator: what, on what, why

    friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(Code code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

// Passes an error on with the caller's context in front: "reading x.csv: no such file".
inline tl::unexpected<Error> fail(const Error& cause, const std::string& context) {
    return tl::unexpected<Error>(Error{cause.code, context + ": " + cause.message});
}

const char* to_string(Code code);

}  // namespace culvert
