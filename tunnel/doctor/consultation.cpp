#include "tunnel/doctor/consultation.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include <fmt/format.h>

namespace culvert::tunnel::doctor {
namespace {

constexpr int kBarWidth = 30;

void draw_bar(std::string_view what, double done) {
    const int full = static_cast<int>(done * kBarWidth);
    std::fputs(fmt::format("\r   watching a link: {:<8} [{}{}] {:>3.0f} %", what,
                           std::string(static_cast<std::size_t>(full), '#'),
                           std::string(static_cast<std::size_t>(kBarWidth - full), ' '), done * 100)
                   .c_str(),
               stderr);
    if (done >= 1) std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
}

void print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

}  // namespace

ExitCode consult(const DoctorSettings& settings, const crypto::Identity& identity, const Clock& clock,
                 const ConsultationOptions& options) {
    DoctorEvents events;
    std::size_t number = 0;
    bool bar_stands = false;
    const bool terminal = isatty(STDERR_FILENO) != 0;
    if (!options.json) {
        events.checked = [&](const Check& check) {
            if (bar_stands) std::fputs("\r\033[K", stderr);
            bar_stands = false;
            print(line_of(check, ++number, options.unicode) + "\n");
        };
    }
    if (terminal) {
        events.watching = [&](std::string_view what, double done) {
            draw_bar(what, done);
            bar_stands = done < 1;
        };
    }
    const Diagnosis diagnosis = diagnose(settings, identity, clock, events);
    print(options.json ? json_of(diagnosis) : "\n" + verdict_of(diagnosis));
    if (!options.json)
        print(fmt::format("exit {}{}\n", static_cast<int>(diagnosis.exit),
                          options.report.empty() ? ".   For the ticket: " + settings.program + " --report doctor.txt"
                                                 : ".   Written to " + options.report));
    if (options.report.empty()) return diagnosis.exit;
    std::ofstream file(options.report, std::ios::trunc);
    file << text_of(diagnosis, true);
    file.close();
    if (file) return diagnosis.exit;
    std::fprintf(stderr, "%s: --report: %s cannot be written\n", settings.program.c_str(), options.report.c_str());
    return worse_of(diagnosis.exit, ExitCode::Usage);
}

}  // namespace culvert::tunnel::doctor
