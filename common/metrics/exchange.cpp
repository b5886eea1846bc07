#include "common/metrics/exchange.h"

namespace culvert::metrics {

const char* to_string(Exchange::Ending ending) {
    switch (ending) {
        case Exchange::Ending::Final:
            return "final";
        case Exchange::Ending::Redirected:
            return "redirected";
        case Exchange::Ending::Retried:
            return "retried";
        case Exchange::Ending::Interrupted:
            return "interrupted";
    }
    return "unknown";
}

}  // namespace culvert::metrics
