// Looks into the page from inside, and finds in its DOM what was seen.
#pragma once

#include <string>

#include "chromium.h"

namespace culvert::test {

bool shows(const Rendered& page, const std::string& text);

// A script that runs `steps` when the page has drawn itself: say(name, value) writes "[name=value]" into the DOM. At
// the end it says which problems there were (errors, requests that were refused), and how many things were loaded.
std::string probe(const std::string& steps);

}  // namespace culvert::test
