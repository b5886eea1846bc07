// Files that runs need, by the SHA-256 of their content: received in chunks, checked, and kept, so that the next run
// does not fetch them again. Mode 0600 in a folder of mode 0700: data sets hold passwords. Loop thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/result.h"
#include "common/base/units.h"
#include "common/protocol/messages.h"

namespace culvert::agent::run {

class FileStore {
  public:
    static constexpr Bytes kCapacity{4ULL
                                     << 30};  // of all kept files; the ones that were not used for longest go first

    // Unauthorized: the folder cannot be made.
    static Result<FileStore> open(std::string folder, Bytes capacity = kCapacity);
    FileStore(FileStore&&) = default;

    bool has(const protocol::FileRef& file) const;
    // The whole content, checked against its hash; a file that does not match is removed.
    Result<std::string> read(const protocol::FileRef& file) const;

    // One file at a time: what was begun before and not completed is dropped.
    Status begin(const protocol::FileRef& file);
    // True: complete and kept. InvalidInput: not the file that was begun, not at its end, too long, or its hash is
    // wrong.
    Result<bool> append(const protocol::FileChunk& chunk);
    void abandon();

  private:
    FileStore(std::string folder, Bytes capacity);
    std::string path_of(const protocol::Sha256& hash) const;
    std::string part_path() const;
    void make_room(std::uint64_t bytes) const;
    Status complete();

    std::string folder_;
    Bytes capacity_;
    std::optional<protocol::FileRef> receiving_;
    std::uint64_t received_ = 0;
};

}  // namespace culvert::agent::run
