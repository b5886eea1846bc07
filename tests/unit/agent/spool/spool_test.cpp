#include "agent/spool/spool.h"

#include <sys/stat.h>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.h"

using namespace culvert;
using agent::spool::Spool;
using test::TemporaryFolder;

namespace {

std::unique_ptr<Spool> opened(const TemporaryFolder& folder, std::uint64_t capacity = 10'000) {
    auto spool = Spool::open(folder.file("spool.sqlite"), Bytes{capacity});
    REQUIRE(spool);
    return std::move(*spool);
}

}  // namespace

TEST_CASE("what is spooled comes back until it is dropped", "[spool]") {
    const TemporaryFolder folder;
    const auto spool = opened(folder);
    const auto store = spool->make_store();
    REQUIRE(store->append(1, "one"));
    REQUIRE(store->append(2, std::string("t\0wo", 4)));
    CHECK(store->read(2).value() == std::string("t\0wo", 4));
    CHECK(spool->stored() == Bytes{7});
    store->drop_up_to(1);
    CHECK(spool->stored() == Bytes{4});
    CHECK(store->read(2).value() == std::string("t\0wo", 4));
    store->drop_up_to(2);
    CHECK(spool->stored() == Bytes{0});
}

TEST_CASE("messages that no longer fit into memory come back from disk", "[spool]") {
    const TemporaryFolder folder;
    const auto spool = opened(folder, 64 << 20);
    const auto store = spool->make_store();
    for (std::uint64_t number = 1; number <= 40; ++number)
        REQUIRE(store->append(number, std::string(100'000, static_cast<char>('a' + number % 26))));
    for (std::uint64_t number = 1; number <= 40; ++number) {
        CHECK(store->read(number).value() == std::string(100'000, static_cast<char>('a' + number % 26)));
        store->drop_up_to(number);
    }
}

TEST_CASE("a full spool takes nothing, but one message of each session always fits", "[spool]") {
    const TemporaryFolder folder;
    const auto spool = opened(folder, 10);
    const auto first = spool->make_store();
    REQUIRE(first->append(1, "0123456789"));
    const auto refused = first->append(2, "x");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::Overloaded);
    const auto second = spool->make_store();
    REQUIRE(second->append(1, "another session's only one"));
    first->drop_up_to(1);
    second->drop_up_to(1);
    CHECK(first->append(2, "x"));
}

TEST_CASE("a session that ends gives its room back", "[spool]") {
    const TemporaryFolder folder;
    const auto spool = opened(folder);
    auto store = spool->make_store();
    REQUIRE(store->append(1, "one"));
    store.reset();
    CHECK(spool->stored() == Bytes{0});
}

TEST_CASE("the spool is readable by its owner only", "[spool]") {
    const TemporaryFolder folder;
    const auto spool = opened(folder);
    REQUIRE(spool->make_store()->append(1, "secret"));
    struct stat status {};
    REQUIRE(::stat(folder.file("spool.sqlite").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a spool that another process holds is refused, with the likely reason", "[spool]") {
    const TemporaryFolder folder;
    const auto spool = opened(folder);
    const auto second = Spool::open(folder.file("spool.sqlite"), Bytes{100});
    REQUIRE_FALSE(second);
    CHECK(second.error().message.find("another culvert-agent") != std::string::npos);
}

TEST_CASE("what an earlier process left is counted and dropped", "[spool]") {
    const TemporaryFolder folder;
    {
        // A process that was killed: its store is never destroyed.
        const auto spool = opened(folder);
        auto store = spool->make_store();
        REQUIRE(store->append(1, "never delivered"));
        // The room is given back by the destructor; copy the file as it is now.
        std::filesystem::copy_file(folder.file("spool.sqlite"), folder.file("killed.sqlite"));
        if (std::filesystem::exists(folder.file("spool.sqlite-wal"))) {
            std::filesystem::copy_file(folder.file("spool.sqlite-wal"), folder.file("killed.sqlite-wal"));
        }
    }
    const auto spool = Spool::open(folder.file("killed.sqlite"), Bytes{100});
    REQUIRE(spool);
    CHECK((*spool)->dropped_at_open() == 1);
    CHECK((*spool)->stored() == Bytes{0});
    CHECK((*spool)->make_store()->append(1, "new"));
}

TEST_CASE("a folder that does not exist is an error with its path", "[spool]") {
    const auto spool = Spool::open("/nonexistent/spool.sqlite", Bytes{100});
    REQUIRE_FALSE(spool);
    CHECK(spool.error().message.find("/nonexistent/spool.sqlite") != std::string::npos);
}

TEST_CASE("a spool behaves as memory does, whatever the order of use", "[spool]") {
    const TemporaryFolder folder;
    rc::check([&folder] {
        const auto spool = opened(folder, 1 << 20);
        const auto on_disk = spool->make_store();
        tunnel::session::MemoryStore in_memory;
        std::uint64_t first = 1, last = 0;
        for (int i = *rc::gen::inRange(1, 60); i > 0; --i) {
            if (last < first || *rc::gen::arbitrary<bool>()) {
                const std::string message = *rc::gen::nonEmpty<std::string>();
                ++last;
                RC_ASSERT(on_disk->append(last, message).has_value());
                RC_ASSERT(in_memory.append(last, message).has_value());
            } else {
                const auto number = *rc::gen::inRange(first, last + 1);
                RC_ASSERT(on_disk->read(number).value() == in_memory.read(number).value());
                on_disk->drop_up_to(number);
                in_memory.drop_up_to(number);
                first = number + 1;
            }
        }
    });
}
