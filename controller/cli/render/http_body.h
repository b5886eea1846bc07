// A body that came from elsewhere, as a person can read it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace culvert::cli::render {

// Valid UTF-8 without control characters but tabs and line ends. A character that is cut off at the end does not count.
bool is_readable(std::string_view bytes);
// The value of a header in a request or response head; empty: it is not there. `name` in lower case.
std::string header_value(std::string_view head, std::string_view name);
// JSON with one member a line, two blanks deeper each; tokens stay as they were sent. nullopt: it is not JSON, or
// nested deeper than anybody would read.
std::optional<std::string> pretty_json(std::string_view text);
std::string base64(std::string_view bytes);

}  // namespace culvert::cli::render
