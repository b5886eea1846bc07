// sample_report DIR: writes the report of the made-up run, to look at the page while working on it.
#include <cstdio>

#include "controller/report/report_files.h"
#include "tests/support/sample_result.h"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: sample_report DIR\n", stderr);
        return 2;
    }
    const culvert::report::WrittenReport written =
        culvert::report::write_report(culvert::test::sample_result(), argv[1]);
    for (const culvert::Error& problem : written.problems) std::fprintf(stderr, "%s\n", problem.message.c_str());
    return written.complete() ? 0 : 1;
}
