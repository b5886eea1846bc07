#include "common/base/result.h"

namespace culvert {

const char* to_string(Code code) {
    switch (code) {
        case Code::InvalidInput:
            return "invalid input";
        case Code::Unauthorized:
            return "unauthorized";
        case Code::Disconnected:
            return "disconnected";
        case Code::Overloaded:
            return "overloaded";
        case Code::Timeout:
            return "timeout";
        case Code::Internal:
            return "internal";
    }
    return "unknown";
}

}  // namespace culvert
