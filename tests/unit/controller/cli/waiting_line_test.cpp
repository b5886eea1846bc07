#include "controller/cli/waiting_line.h"

#include <catch2/catch.hpp>

using culvert::cli::WaitingText;

TEST_CASE("on a terminal the line of what is waited for is replaced in place, fits, and goes away", "[cli]") {
    WaitingText text(true);
    CHECK(text.clear().empty());
    CHECK(text.say("connecting to the relay", 80) == "\r\033[Kconnecting to the relay");
    CHECK(text.say("connecting to the relay wss://relay.example.com/mesh", 12) == "\r\033[Kconnecting …");
    CHECK(text.say("two\nlines\033[2J", 80) == "\r\033[Ktwo?lines?[2J");
    CHECK(text.clear() == "\r\033[K");
    CHECK(text.clear().empty());
}

TEST_CASE("elsewhere a line is written when there is something new to say, not when a number counts down", "[cli]") {
    WaitingText text(false);
    CHECK(text.say("connecting: connection refused, next try in 2 s", 80) ==
          "connecting: connection refused, next try in 2 s\n");
    CHECK(text.say("connecting: connection refused, next try in 1 s", 80).empty());
    CHECK(text.say("connecting: no route to host, next try in 4 s", 80) ==
          "connecting: no route to host, next try in 4 s\n");
    CHECK(text.clear().empty());
}
