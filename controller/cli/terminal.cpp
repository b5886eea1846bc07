#include "controller/cli/terminal.h"

#include <algorithm>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "common/base/utf8_locale.h"
#include "controller/cli/options.h"

namespace culvert::cli {
namespace {

constexpr std::size_t kWidthWithoutTerminal = 100;
constexpr std::size_t kNarrowest = 40;
constexpr std::size_t kWidest = 160;

Terminal terminal_at(int descriptor) {
    std::optional<std::size_t> columns;
    winsize size{};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) columns = size.ws_col;
    Terminal terminal = terminal_of(::isatty(descriptor) == 1, columns, process_environment());
    if (size.ws_row > 0) terminal.rows = size.ws_row;
    return terminal;
}

}  // namespace

Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
}

Terminal terminal_of(bool is_terminal, std::optional<std::size_t> columns, const Environment& environment) {
    Terminal terminal;
    const bool dumb = environment("TERM").value_or("") == "dumb";
    const auto no_color = environment("NO_COLOR");
    terminal.interactive = is_terminal && !dumb;
    terminal.style.color = terminal.interactive && !(no_color && !no_color->empty());
    terminal.style.unicode = locale_is_utf8(environment);
    terminal.style.width =
        is_terminal && columns ? std::min(kWidest, std::max(kNarrowest, *columns)) : kWidthWithoutTerminal;
    return terminal;
}

Terminal stderr_terminal() {
    return terminal_at(STDERR_FILENO);
}
Terminal stdout_terminal() {
    return terminal_at(STDOUT_FILENO);
}

render::TextStyle stderr_style(const OutputOptions& options) {
    render::TextStyle style = stderr_terminal().style;
    style.color = style.color && !options.no_color;
    return style;
}

render::TextStyle stdout_style(const OutputOptions& options) {
    render::TextStyle style = stdout_terminal().style;
    style.color = style.color && !options.no_color;
    return style;
}

}  // namespace culvert::cli
