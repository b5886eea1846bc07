// culvert: the controller's command line.
#include "controller/cli/app.h"
#include "tunnel/pac/child.h"

int main(int argc, char** argv) {
    if (culvert::tunnel::pac::is_child(argc, argv)) return culvert::tunnel::pac::child_main();
    return static_cast<int>(culvert::cli::run_cli(argc, argv));
}
