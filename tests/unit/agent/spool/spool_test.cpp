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

Address controller(std::uint8_t n) {
    Address address;
    address.node.bytes.fill(n);
    address.instance = 100 + n;
    return address;
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

TEST_CASE("a session that ends with everything delivered leaves nothing", "[spool]") {
    const TemporaryFolder folder;
    const auto spool = opened(folder);
    auto store = spool->make_store(controller(1));
    REQUIRE(store->append(1, "one"));
    CHECK(spool->serves(controller(1)));
    store->drop_up_to(1);
    store.reset();
    CHECK_FALSE(spool->serves(controller(1)));
    CHECK(spool->stored() == Bytes{0});
    CHECK(spool->leftovers().empty());
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

TEST_CASE("what a killed process left is there for its peer, in order, until it is dropped", "[spool]") {
    const TemporaryFolder folder;
    const Address peer = controller(7);
    {
        const auto spool = opened(folder);
        const auto store = spool->make_store(peer);
        REQUIRE(store->append(1, "one"));
        REQUIRE(store->append(2, "two"));
        REQUIRE(store->append(3, "three"));
        store->drop_up_to(1);
    }
    const auto spool = opened(folder);
    CHECK(spool->stored() == Bytes{8});
    CHECK(spool->leftovers(controller(8).node).empty());
    const auto left = spool->leftovers(peer.node);
    REQUIRE(left.size() == 1);
    CHECK(left[0].messages == 2);
    const auto first = spool->next(left[0], 0);
    CHECK((*first)->number == 2);
    CHECK((*first)->message == "two");
    spool->drop(left[0], 2, 2);
    CHECK((*spool->next(left[0], 2))->message == "three");
    spool->drop(left[0], 3, 3);
    CHECK_FALSE(*spool->next(left[0], 0));
    CHECK(spool->leftovers().empty());
    CHECK(spool->stored() == Bytes{0});
}

TEST_CASE("a full spool drops what is left over, the oldest first, before it refuses anything", "[spool]") {
    const TemporaryFolder folder;
    const auto spool = opened(folder, 10);
    for (std::uint8_t i = 1; i <= 2; ++i) REQUIRE(spool->make_store(controller(i))->append(1, "1234"));
    REQUIRE(spool->leftovers().size() == 2);
    const auto store = spool->make_store(controller(3));
    REQUIRE(store->append(1, "12345"));
    CHECK(spool->leftovers(controller(1).node).empty());
    REQUIRE(spool->leftovers(controller(2).node).size() == 1);
    REQUIRE(store->append(2, "12345"));
    CHECK(spool->leftovers().empty());
    CHECK_FALSE(store->append(3, "x"));
}

TEST_CASE("messages that belong together leave the spool together", "[spool]") {
    const TemporaryFolder folder;
    const auto spool = opened(folder, 20);
    auto store = spool->make_store(controller(1), [](std::string_view message) { return message.back() == '.'; });
    REQUIRE(store->append(1, "whole."));
    REQUIRE(store->append(2, "a half,"));
    store->drop_up_to(2);
    CHECK(spool->stored() == Bytes{7});
    // Nothing is on its way, so it fits, whatever is kept.
    REQUIRE(store->append(3, "and the rest of it."));
    store.reset();
    const auto left = spool->leftovers();
    REQUIRE(left.size() == 1);
    CHECK((*spool->next(left[0], 0))->message == "a half,");
    CHECK((*spool->next(left[0], 2))->message == "and the rest of it.");
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
