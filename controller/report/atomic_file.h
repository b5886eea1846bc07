// A file that appears whole or not at all.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string_view>

#include "common/base/result.h"

namespace culvert::report {

// Writes `file.partial`, syncs it to the disk and renames it. On failure the partial file is removed and an older
// `file` is untouched. The error names the file and the cause ("No space left on device").
Status write_file_atomically(const std::filesystem::path& file, std::string_view bytes);
// The same for contents that are too large to hold: `produce` writes them.
Status write_file_atomically(const std::filesystem::path& file, const std::function<void(std::ostream&)>& produce);

}  // namespace culvert::report
