// A page in headless Chromium: what its DOM looks like when its scripts have run.
#pragma once

#include <string>

namespace culvert::test {

struct Rendered {
    std::string dom;
    std::string console;  // lines the page wrote to it, as the browser logs them
};

struct View {
    int width = 1440, height = 1200;  // of the window, in CSS pixels
    bool dark = false;                // what the operating system prefers
};

// Opens `html` from a file, with the network switched off. `script`: runs in the page after its own.
Rendered render_page(const std::string& html, const std::string& script = "", View view = {});
// The page as it is printed.
std::string print_page(const std::string& html);

}  // namespace culvert::test
