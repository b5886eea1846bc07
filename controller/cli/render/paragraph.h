// Facts behind a heading, wrapped under each other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/cli/render/text_style.h"

namespace culvert::cli::render {

// "LOAD     planned 63,000 · offered 63,000": `between` joins them; a part that does not fit begins a new line under
// the first.
std::string paragraph(std::string_view heading, const std::vector<std::string>& parts, std::string_view between,
                      const TextStyle& style);

}  // namespace culvert::cli::render
