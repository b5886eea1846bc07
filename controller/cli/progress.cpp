#include "controller/cli/progress.h"

#include <cstdio>

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

ProgressView::ProgressView(const OutputOptions& options, std::string keys)
    : no_color_(options.no_color),
      mode_(progress_on(options.progress, stderr_terminal().interactive)),
      keys_(std::move(keys)) {}

void ProgressView::show(const run::RunView& view) {
    if (mode_ == Progress::None) return;
    Terminal terminal = stderr_terminal();
    if (no_color_) terminal.style.color = false;
    if (mode_ == Progress::Live) {
        screen_.draw(render::live_view(view, view.over() ? "" : keys_, terminal.style), terminal.rows);
        return;
    }
    // Before and after the load the events say all there is to say.
    const bool loaded = view.state == results::RunState::Running || view.state == results::RunState::Finishing;
    if (loaded && view.elapsed_s >= 1 && pace_.due(view.elapsed_s)) print(render::plain_line(view, terminal.style));
}

void ProgressView::show(const results::Event& event) {
    if (mode_ != Progress::Plain) return;
    print(render::finish(render::event_line(event) + "\n", stderr_terminal().style));
}

void ProgressView::leave() {
    screen_.leave();
}

}  // namespace culvert::cli
