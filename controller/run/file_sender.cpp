#include "controller/run/file_sender.h"

#include <algorithm>

namespace culvert::run {

void FileSender::send(const protocol::Sha256& sha256, std::uint64_t offset,
                      std::shared_ptr<const std::string> content) {
    std::erase_if(waiting_, [&sha256](const File& file) { return file.sha256 == sha256; });
    if (offset >= content->size() || waiting_.size() >= kMostWaiting) return;
    waiting_.push_back({sha256, offset, std::move(content)});
    go_on();
}

void FileSender::go_on() {
    while (!waiting_.empty() && port_.has_room()) {
        File& file = waiting_.front();
        std::string data = file.content->substr(file.offset, protocol::kLargestChunk);
        const std::uint64_t next = file.offset + data.size();
        port_.send(protocol::FileChunk{file.sha256, file.offset, std::move(data)});
        file.offset = next;
        if (next >= file.content->size()) waiting_.pop_front();
    }
}

}  // namespace culvert::run
