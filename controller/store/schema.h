// The tables, as the steps that lead to them: step n brings a file of user_version n to n + 1. A step that was released
// is never changed.
#pragma once

#include <span>

namespace culvert::store {

std::span<const char* const> schema_steps();

}  // namespace culvert::store
