// What passes between a program and the child process in which it evaluates a PAC script. Both are the same executable.
//
//   stdin  := url "\n" host "\n" script        until the end of the stream
//   stdout := "answer " text | "error " text   until the end of the stream
#pragma once

#include <cstddef>
#include <string_view>

namespace culvert::tunnel::pac {

inline constexpr std::string_view kChildArgument = "evaluate-pac";  // hidden: alone on the command line
inline constexpr std::string_view kAnswer = "answer ";
inline constexpr std::string_view kError = "error ";
inline constexpr std::size_t kLargestScript = 1 << 20;  // browsers stop there too
inline constexpr std::size_t kLargestRequest = kLargestScript + 4096;
inline constexpr std::size_t kLargestReply = 16 << 10;

}  // namespace culvert::tunnel::pac
