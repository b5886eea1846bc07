// The child that evaluates PAC scripts, for tests, whose own executables are Catch2's.
#include "tunnel/pac/child.h"

int main(int argc, char** argv) {
    return culvert::tunnel::pac::is_child(argc, argv) ? culvert::tunnel::pac::child_main() : 2;
}
