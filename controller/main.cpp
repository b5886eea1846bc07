// culvert: the controller's command line.
#include "controller/cli/app.h"

int main(int argc, char** argv) {
    return static_cast<int>(culvert::cli::run_cli(argc, argv));
}
