#include "controller/store/journal.h"

#include <sys/stat.h>

#include <fstream>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.h"

using namespace culvert;
using store::Journal;
using store::JournalRecord;
using test::TemporaryFolder;

namespace {

std::vector<JournalRecord> records_of(Journal& journal) {
    std::vector<JournalRecord> records;
    REQUIRE(journal.replay([&records](const JournalRecord& record) {
        records.push_back(record);
        return true;
    }));
    return records;
}

const std::vector<JournalRecord> kThree{{1, 0, "head"}, {2, 70'000, std::string("\0\xff\n", 3)}, {255, 7, ""}};

void write_three(const std::filesystem::path& file) {
    auto journal = Journal::create(file);
    REQUIRE(journal);
    for (const JournalRecord& record : kThree) REQUIRE((*journal)->append(record.kind, record.about, record.body));
}

}  // namespace

TEST_CASE("what was appended comes back in order, and more can follow", "[store]") {
    const TemporaryFolder folder;
    const std::filesystem::path file = folder.file("run.journal");
    write_three(file);
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    {
        auto again = Journal::reopen(file);
        REQUIRE(again);
        CHECK(records_of(**again) == kThree);
        REQUIRE((*again)->append(9, 9, "later"));
    }
    auto last = Journal::reopen(file);
    REQUIRE(last);
    const auto records = records_of(**last);
    REQUIRE(records.size() == 4);
    CHECK(records[3] == JournalRecord{9, 9, "later"});
}

TEST_CASE("a journal that was torn or spoilt anywhere gives the whole records before that place", "[store]") {
    const TemporaryFolder folder;
    const std::filesystem::path whole = folder.file("whole");
    write_three(whole);
    const auto size = static_cast<std::size_t>(std::filesystem::file_size(whole));
    const std::filesystem::path file = folder.file("torn");
    rc::check([&] {
        const auto at = *rc::gen::inRange<std::size_t>(18, size);
        const bool flip = *rc::gen::arbitrary<bool>();
        std::filesystem::copy_file(whole, file, std::filesystem::copy_options::overwrite_existing);
        if (flip) {
            std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
            stream.seekg(static_cast<std::streamoff>(at));
            const char byte = static_cast<char>(stream.get() ^ 0x10);
            stream.seekp(static_cast<std::streamoff>(at));
            stream.put(byte);
        } else {
            std::filesystem::resize_file(file, at);
        }
        auto journal = Journal::reopen(file);
        RC_ASSERT(journal.has_value());
        const auto records = records_of(**journal);
        RC_ASSERT(records.size() < kThree.size());
        for (std::size_t i = 0; i < records.size(); ++i) RC_ASSERT(records[i] == kThree[i]);
        RC_ASSERT((*journal)->append(5, 5, "goes on").has_value());
        RC_ASSERT(records_of(**journal).size() == records.size() + 1);
    });
}

TEST_CASE("a journal that a living process holds is not taken, and neither is another file", "[store]") {
    const TemporaryFolder folder;
    write_three(folder.file("held"));
    const auto held = Journal::create(folder.file("held"));
    REQUIRE(held);
    CHECK(records_of(**held).empty());  // what a dead run left gives way
    CHECK(Journal::reopen(folder.file("held")).error().code == Code::Overloaded);
    CHECK(Journal::create(folder.file("held")).error().code == Code::Overloaded);
    CHECK(Journal::reopen(folder.file("none")).error().code == Code::InvalidInput);
    std::ofstream(folder.file("other")) << "culvert journal 9\nxxxxxxxxxxxx";
    CHECK(Journal::reopen(folder.file("other")).error().message.find("no journal of this version") !=
          std::string::npos);
}
