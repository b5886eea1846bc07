#include "agent/spool/spool.h"

#include <deque>
#include <utility>

#include "agent/spool/database.h"
#include "common/base/check.h"
#include "common/base/log.h"

namespace culvert::agent::spool {
namespace {

// So much of the newest is also kept in memory: with a living link nothing is ever read from disk.
constexpr std::size_t kCachedBytes = 1 << 20;

}  // namespace

class Spool::Store final : public tunnel::session::UnackedStore {
  public:
    Store(Spool& spool, const Address& peer, EndsRecord ends_record)
        : spool_(spool), database_(*spool.database_), peer_(peer), ends_record_(std::move(ends_record)) {
        spool_.served_.insert(peer_);
    }
    ~Store() override {
        spool_.served_.erase(spool_.served_.find(peer_));
        std::uint64_t bytes = 0;
        for (const Kept& kept : kept_) bytes += kept.bytes;
        if (session_ != 0) database_.end_session(session_, peer_.node, bytes);
    }

    Status append(std::uint64_t number, std::string_view message) override {
        CULVERT_CHECK(kept_.empty() || number == last_ + 1);
        if (in_memory_only_)
            return fail(Code::Overloaded, "spool: a message that the disk did not take is still waiting");
        if (session_ == 0) session_ = database_.begin_session(peer_.node);
        const bool is_only_one = kept_.empty() || acknowledged_ == last_;
        const auto on_disk = database_.insert(session_, number, message, is_only_one);
        if (!on_disk && !is_only_one) return on_disk;
        if (!on_disk) {
            // Without one message on its way no acknowledgement would ever make room again.
            log::warning("a message is kept in memory only: " + on_disk.error().message);
            in_memory_only_ = true;
        }
        if (kept_.empty()) acknowledged_ = number - 1;
        last_ = number;
        kept_.push_back({on_disk ? message.size() : 0, !ends_record_ || ends_record_(message)});
        cache_.emplace_back(message);
        cached_bytes_ += message.size();
        while (cached_bytes_ > kCachedBytes) shrink_cache();
        return {};
    }

    Result<std::string> read(std::uint64_t number) override {
        const std::uint64_t first_cached = last_ + 1 - cache_.size();
        if (number >= first_cached && number <= last_) return cache_[static_cast<std::size_t>(number - first_cached)];
        return database_.read(session_, number);
    }

    void drop_up_to(std::uint64_t number) override {
        acknowledged_ = std::max(acknowledged_, std::min(number, last_));
        if (acknowledged_ == last_) in_memory_only_ = false;
        // To the end of the last record that is whole.
        const std::uint64_t first = last_ + 1 - kept_.size();
        std::size_t count = 0;
        std::uint64_t bytes = 0, bytes_so_far = 0;
        for (std::size_t i = 0; i < kept_.size() && first + i <= number; ++i) {
            bytes_so_far += kept_[i].bytes;
            if (!kept_[i].ends_record) continue;
            count = i + 1;
            bytes = bytes_so_far;
        }
        kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(count));
        while (cache_.size() > kept_.size()) shrink_cache();
        if (bytes != 0) database_.erase(session_, first, first + count - 1);
    }

  private:
    struct Kept {
        std::size_t bytes = 0;  // on disk
        bool ends_record = true;
    };

    void shrink_cache() {
        cached_bytes_ -= cache_.front().size();
        cache_.pop_front();
    }

    Spool& spool_;
    Database& database_;
    const Address peer_;
    const EndsRecord ends_record_;
    std::int64_t session_ = 0;  // until the first message
    std::uint64_t last_ = 0, acknowledged_ = 0;
    std::deque<Kept> kept_;          // the messages up to last_
    std::deque<std::string> cache_;  // the newest of them
    std::size_t cached_bytes_ = 0;
    bool in_memory_only_ = false;
};

Result<std::unique_ptr<Spool>> Spool::open(const std::string& file, Bytes capacity) {
    auto database = std::make_unique<Database>(file, capacity);
    if (const auto opened = database->open(); !opened) return tl::unexpected(opened.error());
    return std::unique_ptr<Spool>(new Spool(std::move(database)));
}

Spool::Spool(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Spool::~Spool() = default;

std::unique_ptr<tunnel::session::UnackedStore> Spool::make_store(const Address& peer, EndsRecord ends_record) {
    return std::make_unique<Store>(*this, peer, std::move(ends_record));
}

std::vector<Leftover> Spool::leftovers() const {
    std::vector<Leftover> found;
    for (const auto& left : database_->leftovers()) found.push_back(left.what);
    return found;
}

std::vector<Leftover> Spool::leftovers(const NodeId& peer) const {
    std::vector<Leftover> found;
    for (const auto& left : database_->leftovers()) {
        if (left.what.peer == peer) found.push_back(left.what);
    }
    return found;
}

Result<std::optional<Spool::Piece>> Spool::next(const Leftover& leftover, std::uint64_t after) {
    return database_->next(leftover.session, after);
}

void Spool::drop(const Leftover& leftover, std::uint64_t first, std::uint64_t last) {
    database_->erase(leftover.session, first, last);
    database_->forget_if_empty(leftover.session);
}

Bytes Spool::stored() const {
    return {database_->stored()};
}

}  // namespace culvert::agent::spool
