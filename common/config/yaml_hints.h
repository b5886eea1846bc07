// Says in words what is wrong with a YAML text that the YAML library refused: its own messages name tokens, these name
// what to write.
#pragma once

#include <string>
#include <string_view>

namespace culvert::config {

struct SyntaxError {
    std::string message;  // the library's
    int line = 0;         // from 1
    int column = 0;       // from 1
};

// May move the place: a bracket that is never closed is reported where it opens.
SyntaxError explain(std::string_view text, SyntaxError error);

// How to write `value` so that YAML takes it as a text: in double quotes, or in single ones when it has a backslash or
// a quote.
std::string in_quotes(std::string_view value);

}  // namespace culvert::config
