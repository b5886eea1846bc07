#include "tunnel/pac/script_copy.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "common/base/wall_time.h"
#include "tests/support/files.h"
#include "tests/support/temporary_folder.h"
#include "tunnel/pac/child_protocol.h"

using namespace culvert;
using namespace tunnel::pac;
using Catch::Contains;

namespace {

const std::string kUrl = "http://wpad.corp/wpad.dat";
const ScriptCopy kCopy{"function FindProxyForURL(url, host) {\n  return \"PROXY a:1\";\n}\n",
                       from_unix_seconds(1'772'366'405)};

void overwrite(const std::string& file, const std::string& content) {
    test::write_file(file, content);
    ::chmod(file.c_str(), 0600);
}

}  // namespace

TEST_CASE("a copy comes back whole, with its time, for its own URL only, and no one else may read it", "[pac]") {
    const test::TemporaryFolder folder;
    const std::string file = folder.file("pac-copy");
    const auto none = load_script_copy(file, kUrl);
    REQUIRE(none);
    CHECK_FALSE(*none);
    REQUIRE(save_script_copy(file, kUrl, kCopy));
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    const auto back = load_script_copy(file, kUrl);
    REQUIRE(back);
    REQUIRE(*back);
    CHECK((*back)->text == kCopy.text);
    CHECK((*back)->seen == kCopy.seen);
    const auto other = load_script_copy(file, kUrl + "?site=2");
    REQUIRE(other);
    CHECK_FALSE(*other);
}

TEST_CASE("a damaged copy is an error of one line that names the file, wherever the damage is", "[pac]") {
    const test::TemporaryFolder folder;
    const std::string file = folder.file("pac-copy");
    REQUIRE(save_script_copy(file, kUrl, kCopy));
    const std::string good = test::read_file(file);
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        overwrite(file, bad);
        INFO("octet " << i);
        const auto loaded = load_script_copy(file, kUrl);
        REQUIRE_FALSE(loaded);
        CHECK_THAT(loaded.error().message, Contains(file) && Contains("is not used") && !Contains("\n"));
        overwrite(file, good.substr(0, i));
        CHECK_FALSE(load_script_copy(file, kUrl));
    }
    overwrite(file, good + std::string(kLargestScript + 8192, ' '));
    CHECK_FALSE(load_script_copy(file, kUrl));
    overwrite(file, good);
    ::chmod(file.c_str(), 0644);
    const auto open_to_all = load_script_copy(file, kUrl);
    REQUIRE_FALSE(open_to_all);
    CHECK_THAT(open_to_all.error().message, Contains("chmod 600"));
}

TEST_CASE("what is too long is not kept", "[pac]") {
    const test::TemporaryFolder folder;
    CHECK_FALSE(save_script_copy(folder.file("a"), kUrl, {std::string(kLargestScript + 1, ' '), kCopy.seen}));
    CHECK_FALSE(save_script_copy(folder.file("b"), kUrl + std::string(5000, 'x'), kCopy));
    CHECK(save_script_copy(folder.file("c"), kUrl, {std::string(kLargestScript, ' '), kCopy.seen}));
    const auto whole = load_script_copy(folder.file("c"), kUrl);
    REQUIRE(whole);
    REQUIRE(*whole);
    CHECK((*whole)->text.size() == kLargestScript);
}
