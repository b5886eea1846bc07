#include "tunnel/pac/complaint.h"

#include <catch2/catch.hpp>

using culvert::tunnel::pac::explain_complaint;

namespace {

std::string complaint(int line, const std::string& what) {
    return "JSERROR: PAC script:" + std::to_string(line) + ":\n    " + what +
           "\npacparser.c: pacparser_parse_pac_string: Failed to evaluate the pac script.\n";
}

}  // namespace

TEST_CASE("a mistake is named with its line", "[pac]") {
    CHECK(explain_complaint(complaint(2, "SyntaxError: missing } after function body"), "a\nb\n") ==
          "line 2: SyntaxError: missing } after function body");
    CHECK(explain_complaint(complaint(1, "ReferenceError: foo is not defined"), "foo()") ==
          "line 1: ReferenceError: foo is not defined");
    CHECK(explain_complaint(complaint(7, "out of memory"), "x") == "line 7: out of memory");
}

TEST_CASE("newer JavaScript is told from a mistake", "[pac]") {
    const auto explained = [](const std::string& line) {
        return explain_complaint(complaint(2, "SyntaxError: syntax error"), "function f() {\n" + line + "\n}");
    };
    for (const char* line : {"let y = 2;", "var f = (x) => x;", "return `a`;", "class A {}", "f(...list);"}) {
        INFO(line);
        CHECK(explained(line).find("newer JavaScript") != std::string::npos);
        CHECK(explained(line).find("line 2: ") == 0);
    }
    for (const char* line : {"outlet = 2;", "letter = 1;", "var x = ;"}) {
        INFO(line);
        CHECK(explained(line).find("newer JavaScript") == std::string::npos);
    }
}

TEST_CASE("a web page and a script without its function are called what they are", "[pac]") {
    CHECK(explain_complaint(complaint(1, "SyntaxError: syntax error"), " \n<!DOCTYPE html>").find("is a web page") ==
          0);
    CHECK(explain_complaint("pacparser.c: pacparser_find_proxy: Javascript function FindProxyForURL not defined.\n",
                            "var x;") == "defines no function FindProxyForURL(url, host)");
}

TEST_CASE("words that fit no pattern are shown, bounded", "[pac]") {
    CHECK(explain_complaint("odd", "x") == "odd");
    CHECK(explain_complaint(std::string(5000, 'x'), "x").size() < 200);
    CHECK(explain_complaint("JSERROR: PAC script:99999999999999999999:", "x").size() < 200);
    CHECK(explain_complaint("", "").empty());
}
