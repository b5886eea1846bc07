#include "controller/cli/confirm.h"

#include <cstdio>
#include <iostream>

#include <unistd.h>

#include "common/base/text.h"
#include "controller/cli/exit.h"

namespace culvert::cli {

bool agrees(const Question& question, std::string_view answer) {
    const std::string_view typed = trim(answer);
    if (question.word) return typed == *question.word;
    const std::string lower = to_lower_ascii(typed);
    return lower == "y" || lower == "yes";
}

bool confirm(const Question& question) {
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1) {
        print_error(question.text + " Nobody can be asked here: add --yes");
        return false;
    }
    const std::string hint = question.word ? " Type " + *question.word + ": " : " [y/N] ";
    std::fputs((question.text + hint).c_str(), stderr);
    std::fflush(stderr);
    std::string answer;
    std::getline(std::cin, answer);
    if (agrees(question, answer)) return true;
    print_error("nothing was done");
    return false;
}

}  // namespace culvert::cli
