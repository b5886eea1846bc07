// Files that hold keys and certificates: written whole or not at all, never readable by others even for an instant,
// refused when others could read them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace culvert::crypto {

inline constexpr std::size_t kLargestKeyFile = 256 << 10;

enum class Access { OwnerOnly, Everyone };  // 0600, 0644
enum class Existing { Replace, Refuse };

// Written beside the target, synced, then put in its place; the folder must exist. What root writes belongs to whom the
// folder belongs to.
Status write_file_atomically(const std::string& file, std::string_view content, Access access,
                             Existing existing = Existing::Replace);
// At most kLargestKeyFile bytes.
Result<std::string> read_public_file(const std::string& file);
// Also refuses a file whose mode gives anything to group or others.
Result<std::string> read_private_file(const std::string& file);

}  // namespace culvert::crypto
