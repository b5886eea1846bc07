#include "common/crypto/key_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.h"

using namespace culvert;
using namespace culvert::crypto;

namespace {

unsigned mode_of(const std::string& file) {
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

std::size_t files_in(const std::string& folder) {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

}  // namespace

TEST_CASE("a private file is written for its owner only, whatever the mask", "[crypto]") {
    const test::TemporaryFolder folder;
    const mode_t before = ::umask(0);
    const Status written = write_file_atomically(folder.file("key"), "secret", Access::OwnerOnly);
    ::umask(before);
    REQUIRE(written);
    CHECK(mode_of(folder.file("key")) == 0600);
    CHECK(read_private_file(folder.file("key")) == "secret");
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("replacing a file keeps nothing of the old one, not even its mode", "[crypto]") {
    const test::TemporaryFolder folder;
    REQUIRE(write_file_atomically(folder.file("f"), "a longer first content", Access::Everyone));
    REQUIRE(write_file_atomically(folder.file("f"), "second", Access::OwnerOnly));
    CHECK(mode_of(folder.file("f")) == 0600);
    CHECK(read_public_file(folder.file("f")) == "second");
}

TEST_CASE("a file that must be new is never replaced", "[crypto]") {
    const test::TemporaryFolder folder;
    REQUIRE(write_file_atomically(folder.file("ca.key"), "first", Access::OwnerOnly, Existing::Refuse));
    const Status again = write_file_atomically(folder.file("ca.key"), "second", Access::OwnerOnly, Existing::Refuse);
    REQUIRE_FALSE(again);
    CHECK(again.error().message == folder.file("ca.key") + " exists already and is not replaced");
    CHECK(read_private_file(folder.file("ca.key")) == "first");
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("what root writes into the folder of a service belongs to the service", "[crypto]") {
    if (::geteuid() != 0) {
        std::cout << "not shown here: only root can give files away\n";
        return;
    }
    constexpr uid_t kService = 65534;
    const test::TemporaryFolder folder;
    REQUIRE(::chown(folder.path().c_str(), kService, kService) == 0);
    REQUIRE(write_file_atomically(folder.file("key"), "secret", Access::OwnerOnly));
    struct stat status {};
    REQUIRE(::stat(folder.file("key").c_str(), &status) == 0);
    CHECK(status.st_uid == kService);
    CHECK(status.st_gid == kService);
    CHECK(mode_of(folder.file("key")) == 0600);
}

TEST_CASE("a key that others can read is refused with the command that mends it", "[crypto]") {
    const test::TemporaryFolder folder;
    REQUIRE(write_file_atomically(folder.file("key"), "secret", Access::Everyone));
    const auto content = read_private_file(folder.file("key"));
    REQUIRE_FALSE(content);
    CHECK(content.error().code == Code::Unauthorized);
    CHECK_THAT(content.error().message,
               Catch::Contains("mode 0644") && Catch::Contains("chmod 600 " + folder.file("key")));
}

TEST_CASE("files that are missing, in no folder or far too large are named", "[crypto]") {
    const test::TemporaryFolder folder;
    CHECK(read_public_file(folder.file("nothing")).error().message ==
          "reading " + folder.file("nothing") + ": No such file or directory");
    CHECK_THAT(write_file_atomically(folder.file("no/such/key"), "x", Access::OwnerOnly).error().message,
               Catch::Contains("No such file or directory"));
    REQUIRE(write_file_atomically(folder.file("large"), std::string(kLargestKeyFile + 1, 'x'), Access::OwnerOnly));
    CHECK_THAT(read_public_file(folder.file("large")).error().message,
               Catch::Contains("not a key or certificate file"));
}
