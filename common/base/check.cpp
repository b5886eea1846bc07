#include "common/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace culvert {

void check_failed(const char* expression, const char* file, int line) noexcept {
    std::fprintf(stderr, "culvert: broken invariant at %s:%d: %s\n", file, line, expression);
    std::abort();
}

}  // namespace culvert
