#include "chromium.h"

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "common/base/check.h"
#include "tests/support/temporary_folder.h"

namespace culvert::test {
namespace {

std::string content(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Lets Chromium do `what` with the page in `folder`, and gives what it printed and what it logged.
Rendered open_page(const TemporaryFolder& folder, const std::string& html, const std::string& what) {
    std::ofstream(folder.file("page.html"), std::ios::binary) << html;
    // No name resolves and no proxy is asked: whatever the page would fetch fails, and is seen in its log.
    const std::string command =
        "timeout 90 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
        "--disable-background-networking --disable-component-update "
        "--disable-sync --no-proxy-server --host-resolver-rules='MAP * ~NOTFOUND' --enable-logging=stderr --v=0 "
        "--virtual-time-budget=5000 --user-data-dir=" +
        folder.file("profile") + " " + what + " file://" + folder.file("page.html") + " > " + folder.file("dom") +
        " 2> " + folder.file("log");
    const int status = std::system(command.c_str());
    CULVERT_CHECK(WIFEXITED(status));
    std::string console;
    std::istringstream log(content(folder.file("log")));
    for (std::string line; std::getline(log, line);) {
        if (line.find("CONSOLE") != std::string::npos) console += line + "\n";
    }
    return {content(folder.file("dom")), console};
}

}  // namespace

Rendered render_page(const std::string& html, const std::string& script, View view) {
    const TemporaryFolder folder;
    std::string page = html;
    if (!script.empty()) page.insert(page.rfind("</body>"), "<script>" + script + "</script>");
    return open_page(folder, page,
                     "--dump-dom --window-size=" + std::to_string(view.width) + "," + std::to_string(view.height) +
                         (view.dark ? " --force-dark-mode" : ""));
}

std::string print_page(const std::string& html) {
    const TemporaryFolder folder;
    const std::string pdf = folder.file("page.pdf");
    open_page(folder, html, "--no-pdf-header-footer --print-to-pdf=" + pdf);
    return content(pdf);
}

}  // namespace culvert::test
