// Text in XML and HTML, in elements and in attributes.
#pragma once

#include <string>
#include <string_view>

namespace culvert::report {

// & < > and " as references.
std::string escape_markup(std::string_view text);

}  // namespace culvert::report
