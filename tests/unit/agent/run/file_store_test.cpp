#include "agent/run/file_store.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "common/crypto/digest.h"
#include "tests/support/temporary_folder.h"

using namespace culvert;
using agent::run::FileStore;
using protocol::FileRef;
using test::TemporaryFolder;

namespace {

FileRef ref_of(const std::string& content) {
    FileRef ref;
    const std::string hash = crypto::sha256(content);
    std::copy(hash.begin(), hash.end(), ref.sha256.begin());
    ref.size = content.size();
    return ref;
}

void keep(FileStore& store, const std::string& content) {
    REQUIRE(store.begin(ref_of(content)));
    REQUIRE(store.append({ref_of(content).sha256, 0, content}).value());
}

}  // namespace

TEST_CASE("a file is kept for the next process, for its owner only", "[run]") {
    const TemporaryFolder folder;
    {
        auto store = FileStore::open(folder.file("files"));
        REQUIRE(store);
        keep(*store, "rows");
    }
    auto store = FileStore::open(folder.file("files"));
    CHECK(store->read(ref_of("rows")).value() == "rows");
    struct stat status {};
    REQUIRE(::stat(folder.file("files").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("chunks out of place are refused", "[run]") {
    const TemporaryFolder folder;
    auto store = FileStore::open(folder.file("files"));
    const FileRef ref = ref_of("rows");
    CHECK_FALSE(store->append({ref.sha256, 0, "rows"}));
    REQUIRE(store->begin(ref));
    CHECK_FALSE(store->append({ref.sha256, 1, "ows"}));
    CHECK_FALSE(store->append({ref.sha256, 0, "rows and more"}));
    CHECK_FALSE(store->append({ref_of("other").sha256, 0, "rows"}));
    CHECK(store->append({ref.sha256, 0, "rows"}).value());
}

TEST_CASE("an empty file is complete with its first chunk", "[run]") {
    const TemporaryFolder folder;
    auto store = FileStore::open(folder.file("files"));
    keep(*store, "");
    CHECK(store->read(ref_of("")).value().empty());
}

TEST_CASE("a kept file that was changed is noticed and fetched again", "[run]") {
    const TemporaryFolder folder;
    auto store = FileStore::open(folder.file("files"));
    keep(*store, "rows");
    for (const auto& entry : std::filesystem::directory_iterator(folder.file("files"))) {
        std::filesystem::resize_file(entry.path(), 0);
        std::filesystem::resize_file(entry.path(), 4);
    }
    CHECK_FALSE(store->read(ref_of("rows")));
    CHECK_FALSE(store->has(ref_of("rows")));
}

TEST_CASE("the file that was not used for longest makes room", "[run]") {
    const TemporaryFolder folder;
    auto store = FileStore::open(folder.file("files"), Bytes{10});
    keep(*store, "aaaa");
    keep(*store, "bbbb");
    for (const auto& entry : std::filesystem::directory_iterator(folder.file("files"))) {
        // "bbbb" was used an hour ago.
        if (store->has(ref_of("bbbb")) && std::filesystem::file_size(entry.path()) == 4) {
            std::filesystem::last_write_time(entry.path(),
                                             std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
        }
    }
    CHECK(store->read(ref_of("aaaa")));
    keep(*store, "cccc");
    CHECK(store->has(ref_of("aaaa")));
    CHECK_FALSE(store->has(ref_of("bbbb")));
    CHECK_FALSE(store->begin(ref_of("more than ten bytes")));
}
