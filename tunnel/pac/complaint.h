// The script engine's words in ours: what is wrong with a PAC script, and in which line.
#pragma once

#include <string>
#include <string_view>

namespace culvert::tunnel::pac {

// `complaint` as libpacparser printed it; `script` as it was written.
std::string explain_complaint(std::string_view complaint, std::string_view script);

}  // namespace culvert::tunnel::pac
