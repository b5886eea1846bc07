#include "tunnel/doctor/consultation.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include <fmt/format.h>

namespace culvert::tunnel::doctor {
namespace {

constexpr int kBarWidth = 30;

// On a terminal a bar that is redrawn; elsewhere one line when a watch begins, as it takes long.
class WatchingView {
  public:
    explicit WatchingView(bool terminal) : terminal_(terminal) {}

    void show(std::string_view what, double done) {
        if (!terminal_) {
            if (done <= 0) std::fputs(fmt::format("   watching a link: {}\n", what).c_str(), stderr);
            return;
        }
        const int full = static_cast<int>(done * kBarWidth);
        std::fputs(fmt::format("\r   watching a link: {:<8} [{}{}] {:>3.0f} %", what,
                               std::string(static_cast<std::size_t>(full), '#'),
                               std::string(static_cast<std::size_t>(kBarWidth - full), ' '), done * 100)
                       .c_str(),
                   stderr);
        std::fflush(stderr);
        stands_ = true;
    }
    void clear() {
        if (stands_) std::fputs("\r\033[K", stderr);
        stands_ = false;
    }

  private:
    const bool terminal_;
    bool stands_ = false;
};

void print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

std::string ticket_text(const std::string& program, const std::string& report) {
    if (!report.empty()) return "   Written to " + report + " (no secrets in it)";
    return "   For the ticket: " + program + " --report doctor.txt (no secrets in it)";
}

}  // namespace

ExitCode consult(const DoctorSettings& settings, const crypto::Identity& identity, const Clock& clock,
                 const ConsultationOptions& options) {
    DoctorEvents events;
    std::size_t number = 0;
    WatchingView view(isatty(STDERR_FILENO) != 0);
    if (!options.json) {
        Diagnosis beginning;
        beginning.program = settings.program;
        beginning.node = identity.member().name;
        beginning.relay = settings.uplink.relays.empty() ? "" : settings.uplink.relays.front();
        print(headline_of(beginning, options.unicode));
        events.checked = [&](const Check& check) {
            view.clear();
            print(line_of(check, ++number, options.unicode) + "\n");
        };
    }
    events.watching = [&view](std::string_view what, double done) { view.show(what, done); };
    const Diagnosis diagnosis = diagnose(settings, identity, clock, events);
    view.clear();
    print(options.json ? json_of(diagnosis)
                       : "\n" + verdict_of(diagnosis) + ending_of(diagnosis) +
                             ticket_text(settings.program, options.report) + "\n");
    if (options.report.empty()) return diagnosis.exit;
    std::ofstream file(options.report, std::ios::trunc);
    file << text_of(diagnosis, options.unicode);
    file.close();
    if (file) return diagnosis.exit;
    std::fprintf(stderr, "%s: --report: %s cannot be written\n", settings.program.c_str(), options.report.c_str());
    return worse_of(diagnosis.exit, ExitCode::Usage);
}

}  // namespace culvert::tunnel::doctor
