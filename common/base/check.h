// CULVERT_CHECK: an invariant of our own is broken; says where and stops the process. Always on, also in release
// builds.
#pragma once

namespace culvert {

[[noreturn]] void check_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace culvert

#define CULVERT_CHECK(expression) \
    ((expression) ? static_cast<void>(0) : ::culvert::check_failed(#expression, __FILE__, __LINE__))
