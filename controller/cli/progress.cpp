#include "controller/cli/progress.h"

#include <csignal>
#include <cstdio>

#include <unistd.h>

#include "controller/cli/live_terminal.h"
#include "controller/cli/render/live_view.h"
#include "controller/cli/terminal.h"

namespace culvert::cli {
namespace {

constexpr double kOften = 10;  // seconds
constexpr double kSeldom = 60;
constexpr double kSeldomFrom = 600;

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

}  // namespace

Progress progress_on(Progress wanted, bool interactive) {
    if (wanted != Progress::Auto) return wanted;
    return interactive ? Progress::Live : Progress::Plain;
}

bool PlainPace::due(double elapsed_s) {
    if (elapsed_s < next_) return false;
    const double step = elapsed_s < kSeldomFrom ? kOften : kSeldom;
    while (next_ <= elapsed_s) next_ += step;
    return true;
}

ProgressView::ProgressView(const OutputOptions& options, std::string quit_with_keys, std::string quit_without_keys)
    : no_color_(options.no_color), mode_(progress_on(options.progress, stderr_terminal().interactive)) {
    if (mode_ != Progress::Live) return;
    LiveTerminal::Settings settings;
    if (stderr_terminal().interactive) settings.keys_from = STDIN_FILENO;
    settings.terminal = [no_color = no_color_] {
        Terminal terminal = stderr_terminal();
        if (no_color) terminal.style.color = false;
        return terminal;
    };
    settings.quit_with_keys = std::move(quit_with_keys);
    settings.quit_without_keys = std::move(quit_without_keys);
    settings.quit = [] { ::kill(::getpid(), SIGINT); };
    live_ = std::make_unique<LiveTerminal>(std::move(settings));
}

ProgressView::~ProgressView() = default;

void ProgressView::show(const run::RunView& view) {
    if (live_) return live_->show(view);
    if (mode_ != Progress::Plain) return;
    // Before and after the load the events say all there is to say.
    const bool loaded = view.state == results::RunState::Running || view.state == results::RunState::Finishing;
    if (loaded && view.elapsed_s >= 1 && pace_.due(view.elapsed_s))
        print(render::plain_line(view, stderr_terminal().style));
}

void ProgressView::show(const results::Event& event) {
    if (mode_ != Progress::Plain) return;
    print(render::finish(render::event_line(event) + "\n", stderr_terminal().style));
}

void ProgressView::leave() {
    live_.reset();
}

}  // namespace culvert::cli
