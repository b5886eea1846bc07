// What happened to one run, appended as it happens, so that another process can take the run up when this one dies. A
// plain file: what was appended survives the process at once, and the machine as far as its file system does.
//
//   journal := "culvert journal 1\n" record*
//   record  := length:u32 kind:u8 about:u32 body:octet[length] check:u64      little endian; check: FNV-1a over the
//   rest
//
// A torn record at the end is dropped when the file is opened again. One process holds a journal at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace culvert::store {

struct JournalRecord {
    std::uint8_t kind = 0;
    std::uint32_t about = 0;
    std::string body;

    friend bool operator==(const JournalRecord&, const JournalRecord&) = default;
};

class Journal {
  public:
    static constexpr std::size_t kLargestRecord = 64 << 20;
    // Of one file: a day of ten agents with 50 steps. More is refused.
    static constexpr std::uint64_t kLargest = std::uint64_t{16} << 30;

    // Mode 0600; one that a dead process left is replaced. InvalidInput: it cannot be made. Overloaded: a living
    // process holds it.
    static Result<std::unique_ptr<Journal>> create(const std::filesystem::path& file);
    // For replay() and to go on. Overloaded: a living process holds it. InvalidInput: there is none, or it is no
    // journal.
    static Result<std::unique_ptr<Journal>> reopen(const std::filesystem::path& file);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    // Overloaded: full, or the disk is. After an error nothing more is taken.
    Status append(std::uint8_t kind, std::uint32_t about, std::string_view body);
    // Every whole record, in order, as long as `each` says true; what follows the last whole one is cut off.
    Status replay(const std::function<bool(const JournalRecord&)>& each);

  private:
    Journal(int fd, std::filesystem::path file, std::uint64_t size) : fd_(fd), file_(std::move(file)), size_(size) {}

    const int fd_;
    const std::filesystem::path file_;
    std::uint64_t size_;
    bool broken_ = false;
};

}  // namespace culvert::store
