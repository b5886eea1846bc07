// Asks the person at the terminal before something is done that cannot be undone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace culvert::cli {

// What must be typed: "y" or "yes", or one word in full.
struct Question {
    std::string text;                 // without the hint what to type
    std::optional<std::string> word;  // must be typed as it stands; none: y or yes
};

// Whether `answer`, a line as it was typed, agrees.
bool agrees(const Question& question, std::string_view answer);
// Asks on stderr, reads a line of stdin. False, with one line on stderr: it was declined, or nobody can be asked,
// because stdin or stderr is no terminal; --yes is then the way.
bool confirm(const Question& question);

}  // namespace culvert::cli
