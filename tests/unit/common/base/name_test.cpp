#include "common/base/name.h"

#include <string>

#include <catch2/catch.hpp>

using namespace culvert;

TEST_CASE("a name is letters, digits, dots, underlines and hyphens, and begins with a letter or digit", "[base]") {
    for (const char* name : {"a", "fra-1", "FRA_1.example.com", "0", "2001-fra"}) CHECK(check_name(name, "name"));
    for (const char* name : {"", " ", "-a", ".", "_x", "a b", "a/b", "a?b", "a,b", "straße", "a\n"}) {
        INFO(name);
        CHECK_FALSE(check_name(name, "name"));
    }
}

TEST_CASE("a name that is refused says what and why", "[base]") {
    CHECK(check_name("", "mesh").error().message == "mesh is empty");
    CHECK(check_name("-a", "mesh").error().message == "mesh \"-a\" must begin with a letter or a digit");
    CHECK(check_name("a b", "name").error().message == "name \"a b\" may hold letters, digits, '.', '_' and '-' only");
    CHECK(check_name(std::string(48, 'a'), "name"));
    CHECK(check_name(std::string(49, 'a'), "name").error().message ==
          "name \"aaaaaaaaaaaaaaaaaaaaaaaa…\" has 49 characters; at most 48 are possible");
    CHECK(check_label_value(std::string(64, 'a'), "value"));
    CHECK_FALSE(check_label_value(std::string(65, 'a'), "value"));
}
