// The two tables of the live view, as many rows of each as there is room for. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "controller/cli/render/text_style.h"
#include "controller/run/run_view.h"

namespace culvert::cli::render {

// A blank line, the titles, at most `most` rows and, if there are more, a line that says so; nothing without steps.
std::string step_table(const run::RunView& view, std::size_t most, const TextStyle& style);
// The same of the agents. Those in trouble are seen even beyond `most`.
std::string agent_table(const run::RunView& view, std::size_t most, const TextStyle& style);

// Numbers as the live view writes them; a dash for what is not known.
std::string rate(std::optional<double> value);
std::string ms(std::optional<double> value);
std::string share(std::optional<double> value);

}  // namespace culvert::cli::render
