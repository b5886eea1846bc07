// The doctor at a terminal: each check as it comes, the verdict, and on request JSON or a file for the ticket.
#pragma once

#include <string>

#include "common/base/exit_code.h"
#include "tunnel/doctor/doctor.h"

namespace culvert::tunnel::doctor {

struct ConsultationOptions {
    bool json = false;    // on stdout, instead of the lines
    std::string report;   // file that gets the text as well; empty: none
    bool unicode = true;  // of lines and report
};

// Lines go to stdout, the progress of probes to stderr: a bar on a terminal, otherwise a line when one begins.
ExitCode consult(const DoctorSettings& settings, const crypto::Identity& identity, const Clock& clock,
                 const ConsultationOptions& options);

}  // namespace culvert::tunnel::doctor
