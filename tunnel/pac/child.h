// The child's side: libpacparser's only door. Its engine has globals, cannot be interrupted and runs foreign code, so
// it lives in a process that is limited in time and memory and dies with its parent.
#pragma once

namespace culvert::tunnel::pac {

// This process was started as such a child.
bool is_child(int argc, char** argv);
// Reads one request from stdin, answers on stdout; the exit code.
int child_main();

}  // namespace culvert::tunnel::pac
