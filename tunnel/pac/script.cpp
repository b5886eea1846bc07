#include "tunnel/pac/script.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "common/base/log.h"
#include "common/base/wall_time.h"
#include "common/net/fetch.h"
#include "tunnel/pac/child_protocol.h"
#include "tunnel/pac/script_copy.h"

namespace culvert::tunnel::pac {

Script::Script(std::string place, std::vector<std::string> extra_ca, Duration fetch_limit, CopyPlace copy,
               const Clock& clock)
    : place_(std::move(place)),
      extra_ca_(std::move(extra_ca)),
      fetch_limit_(fetch_limit),
      copy_(std::move(copy)),
      clock_(&clock) {}

Result<std::string> Script::text(const std::stop_token& cancel) {
    if (good_ && clock_->steady_now() < due_) return *good_;
    Result<std::string> loaded = load(cancel);
    if (loaded) {
        good_ = std::move(*loaded);
        seen_ = clock_->wall_now();
        unsaved_ = true;
        note_.clear();
        due_ = clock_->steady_now() + kFresh;
        return *good_;
    }
    if (cancel.stop_requested()) return loaded;
    if (!good_) find_copy();
    if (!good_) return loaded;
    due_ = clock_->steady_now() + kRetryAfter;
    const WallTime now = clock_->wall_now();
    const std::string age = seen_ > now ? "of " + utc_text(seen_) : "of " + span_text(now - seen_) + " ago";
    note_ = "its script " + loaded.error().message + ", so a copy " + age + " is used";
    log::warning("the PAC script cannot be had; its last good copy, " + age + ", goes on serving",
                 {{"pac", place_}, {"error", loaded.error().message}});
    return *good_;
}

void Script::note_good() {
    if (!std::exchange(unsaved_, false) || !from_web() || copy_.file.empty() || !copy_.writes) return;
    if (const Status saved = save_script_copy(copy_.file, place_, {*good_, seen_}); !saved)
        log::warning("no copy of the PAC script is kept for the next start: " + saved.error().message,
                     {{"pac", place_}});
}

void Script::find_copy() {
    if (!from_web() || copy_.file.empty()) return;
    auto copy = load_script_copy(copy_.file, place_);
    if (!copy) return log::warning(copy.error().message, {{"pac", place_}});
    if (!*copy) return;
    good_ = std::move((*copy)->text);
    seen_ = (*copy)->seen;
}

Result<std::string> Script::load(const std::stop_token& cancel) {
    return from_web() ? load_url(cancel) : load_file();
}

Result<std::string> Script::load_file() const {
    std::ifstream in(place_, std::ios::binary);
    if (!in) return fail(Code::InvalidInput, std::string("cannot be read: ") + std::strerror(errno));
    std::string content(kLargestScript + 1, '\0');
    in.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(in.gcount()));
    if (content.size() > kLargestScript)
        return fail(Code::InvalidInput, "is larger than " + std::to_string(kLargestScript) + " bytes");
    if (content.empty()) return fail(Code::InvalidInput, "is empty, or no regular file");
    return content;
}

Result<std::string> Script::load_url(const std::stop_token& cancel) {
    if (trust_ == nullptr) {
        Result<crypto::TlsTrust> trust = crypto::TlsTrust::load(extra_ca_);
        if (!trust) return tl::unexpected(trust.error());
        trust_ = std::make_shared<const crypto::TlsTrust>(std::move(*trust));
    }
    net::FetchRequest request;
    request.url = place_;
    request.trust = trust_;
    request.timeout = fetch_limit_;
    request.at_most = kLargestScript;
    return net::fetch(request, cancel);
}

}  // namespace culvert::tunnel::pac
