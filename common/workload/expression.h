// The small languages that find a place in a response: JSON Pointer and regular expressions. Empty results mean that
// the text is right.
#pragma once

#include <string>
#include <string_view>

namespace culvert::workload {

std::string json_pointer_problem(std::string_view pointer);
std::string header_name_problem(std::string_view name);
// RE2 syntax. `groups`: how many ( ) it must have; negative: any number.
std::string regex_problem(const std::string& regex, int groups);

}  // namespace culvert::workload
