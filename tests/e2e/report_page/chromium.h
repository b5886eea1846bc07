// A page in headless Chromium: what its DOM looks like when its scripts have run.
#pragma once

#include <string>

namespace culvert::test {

struct Rendered {
    std::string dom;
    std::string console;  // lines the page wrote to it, as the browser logs them
};

// Opens `html` from a file, with the network switched off. `script`: runs in the page after its own.
Rendered render_page(const std::string& html, const std::string& script = "");

}  // namespace culvert::test
