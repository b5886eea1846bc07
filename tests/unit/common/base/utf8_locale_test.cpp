#include "common/base/utf8_locale.h"

#include <map>

#include <catch2/catch.hpp>

using namespace culvert;

namespace {

bool of(std::map<std::string, std::string> variables) {
    return locale_is_utf8([&variables](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
}

}  // namespace

TEST_CASE("the first variable of the locale that is set says whether UTF-8 is shown", "[base]") {
    CHECK(of({{"LANG", "de_DE.UTF-8"}}));
    CHECK(of({{"LC_ALL", ""}, {"LC_CTYPE", "C.utf8"}, {"LANG", "C"}}));
    CHECK_FALSE(of({{"LC_ALL", "C"}, {"LANG", "de_DE.UTF-8"}}));
    CHECK_FALSE(of({{"LANG", "de_DE.ISO-8859-1"}}));
    CHECK_FALSE(of({}));
}
