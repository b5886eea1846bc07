// What is said about a command line that cannot be read: CLI11's errors in words of ours, one line each.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace culvert::cli {

// With where to read more at its end.
std::string usage_error(const CLI::ParseError& problem, const CLI::App& program);

}  // namespace culvert::cli
