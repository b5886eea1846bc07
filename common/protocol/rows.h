// The rows of a data set as they travel to an agent, the content of DataSetFile::rows.
//
//   rows := columns:varint count:varint { length:varint octet[length] }[columns × count]      row by row; nothing
//   follows varint: LEB128, at most 10 bytes
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace culvert::protocol {

using Rows = std::vector<std::vector<std::string>>;

inline constexpr std::uint64_t kMostColumns = 1'000;
inline constexpr std::uint64_t kMostCells = 100'000'000;
inline constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 30;  // of one data set, as encoded

// Every row has `columns` cells (CULVERT_CHECK).
std::string encode_rows(std::size_t columns, const Rows& rows);
// InvalidInput: cut short, something follows, other than `columns` columns, or over a limit.
Result<Rows> decode_rows(std::size_t columns, std::string_view encoded);

}  // namespace culvert::protocol
