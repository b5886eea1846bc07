#include "common/net/credential_memory.h"

#include <sys/stat.h>

#include <future>
#include <memory>

#include <catch2/catch.hpp>

#include "tests/support/files.h"
#include "tests/support/temporary_folder.h"

using namespace culvert;
using net::CredentialMemory;
using net::ProxyAuth;
using net::ProxyHop;

namespace {

ProxyHop hop(const std::string& password = "secret-word") {
    ProxyHop made;
    made.url = "http://proxy.corp:3128";
    made.username = "CORP\\alice";
    made.password = Secret(password);
    return made;
}

}  // namespace

TEST_CASE("a rejected credential stays rejected until proxy, user, password or methods change", "[net]") {
    CredentialMemory memory;
    memory.note_rejected(hop());
    CHECK(memory.rejected(hop()));
    CHECK_FALSE(memory.rejected(hop("another")));
    ProxyHop other = hop();
    other.username = "CORP\\bob";
    CHECK_FALSE(memory.rejected(other));
    other = hop();
    other.url = "http://proxy2.corp:3128";
    CHECK_FALSE(memory.rejected(other));
    other = hop();
    other.methods = {ProxyAuth::Basic};
    CHECK_FALSE(memory.rejected(other));
}

TEST_CASE("parts of a credential cannot be shifted into each other", "[net]") {
    CredentialMemory memory;
    ProxyHop a = hop("bc");
    a.username = "a";
    ProxyHop b = hop("c");
    b.username = "ab";
    memory.note_rejected(a);
    CHECK_FALSE(memory.rejected(b));
}

TEST_CASE("a rejection outlives the process and its file shows no password", "[net]") {
    const test::TemporaryFolder folder;
    const std::string file = folder.file("proxy-credentials");
    {
        CredentialMemory memory(file);
        memory.note_rejected(hop());
    }
    CredentialMemory later(file);
    CHECK(later.rejected(hop()));
    CHECK_FALSE(later.rejected(hop("mended")));
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(test::read_file(file).find("secret-word") == std::string::npos);
    CHECK(test::read_file(file).find("alice") == std::string::npos);
}

TEST_CASE("two rejections are both kept", "[net]") {
    const test::TemporaryFolder folder;
    const std::string file = folder.file("proxy-credentials");
    {
        CredentialMemory memory(file);
        memory.note_rejected(hop("one"));
    }
    {
        CredentialMemory memory(file);
        memory.note_rejected(hop("two"));
    }
    const CredentialMemory later(file);
    CHECK(later.rejected(hop("one")));
    CHECK(later.rejected(hop("two")));
}

TEST_CASE("a damaged file counts as empty and is mended by the next rejection", "[net]") {
    const test::TemporaryFolder folder;
    const std::string file = folder.file("proxy-credentials");
    for (const char* damage : {"", "garbage\n", "culvert rejected proxy credentials 1 zz\n",
                               "culvert rejected proxy credentials 2 00\nxx\n"}) {
        test::write_file(file, damage);
        CredentialMemory memory(file);
        CHECK_FALSE(memory.rejected(hop()));
        memory.note_rejected(hop());
        CHECK(CredentialMemory(file).rejected(hop()));
    }
}

TEST_CASE("a file that cannot be written still leaves the rejection in this process", "[net]") {
    CredentialMemory memory("/nonexistent-directory/proxy-credentials");
    memory.note_rejected(hop());
    CHECK(memory.rejected(hop()));
}

TEST_CASE("the winner is remembered by proxy and user, and forgotten when its password is rejected", "[net]") {
    CredentialMemory memory;
    CHECK_FALSE(memory.winner(hop()));
    memory.note_accepted(hop(), ProxyAuth::Digest);
    CHECK(memory.winner(hop()) == ProxyAuth::Digest);
    memory.note_rejected(hop());
    CHECK_FALSE(memory.winner(hop()));
}

TEST_CASE("a credential that nobody has judged is shown by one at a time, an accepted one by all", "[net]") {
    CredentialMemory memory;
    std::stop_source cancel;
    auto first = std::make_unique<CredentialMemory::Turn>(memory.take_turn(hop(), {}));
    // Another password of the same account does not wait.
    CHECK_NOTHROW(memory.take_turn(hop("another"), {}));
    auto second = std::async(std::launch::async, [&memory] { return memory.take_turn(hop(), {}); });
    CHECK(second.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout);
    memory.note_accepted(hop(), ProxyAuth::Basic);
    first.reset();
    second.get();
    const auto third = memory.take_turn(hop(), {});
    const auto fourth = memory.take_turn(hop(), {});
}

TEST_CASE("waiting for a turn ends when it is cancelled", "[net]") {
    CredentialMemory memory;
    std::stop_source cancel;
    const auto held = memory.take_turn(hop(), {});
    auto waiting = std::async(std::launch::async, [&] { return memory.take_turn(hop(), cancel.get_token()); });
    cancel.request_stop();
    waiting.get();
}
