#include "tunnel/link/http_lane.h"

#include <array>
#include <span>
#include <utility>

#include "common/base/check.h"

namespace culvert::tunnel::link {
namespace {

constexpr std::size_t kReadSize = 32 << 10;

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

HttpLane::HttpLane(net::Loop& loop, net::DialRequest route, net::CredentialMemory& memory, std::size_t largest_body,
                   std::unique_ptr<net::Stream> stream)
    : loop_(loop),
      route_(std::move(route)),
      dial_(loop, memory),
      largest_body_(largest_body),
      stream_(std::move(stream)) {
    if (stream_ != nullptr) watch();
}

HttpLane::~HttpLane() = default;

void HttpLane::ask(std::string request, Duration deadline, Done done) {
    loop_.check_on_thread();
    CULVERT_CHECK(!busy());
    done_ = std::move(done);
    request_ = std::move(request);
    sent_ = 0;
    response_.emplace(largest_body_);
    deadline_ = loop_.after(deadline, [this, deadline] {
        drop_stream();
        dial_.cancel();
        finish(fail(Code::Timeout, "no answer within " + to_string(deadline)));
    });
    if (stream_ != nullptr) {
        watch_->set(true, true);
    } else {
        dial();
    }
}

void HttpLane::say_last(std::string_view request) {
    if (busy() || stream_ == nullptr) return;
    static_cast<void>(stream_->send(bytes_of(request)));
}

void HttpLane::cancel() {
    done_ = nullptr;
    deadline_.reset();
    dial_.cancel();
    drop_stream();
}

void HttpLane::dial() {
    dial_.start(route_, [this](net::DialResult result) { dialled(std::move(result)); });
}

void HttpLane::dialled(net::DialResult result) {
    if (!result) return finish(tl::unexpected(result.error().error));
    stream_ = std::move(*result);
    watch();
    watch_->set(true, true);
}

void HttpLane::watch() {
    watch_ = loop_.watch(stream_->fd(), [this](bool readable, bool writable) { ready(readable, writable); });
    watch_->set(true, false);
}

void HttpLane::ready(bool readable, bool writable) {
    if (writable && busy()) write();
    if (readable && stream_ != nullptr) read();
}

void HttpLane::write() {
    while (sent_ < request_.size()) {
        const Result<std::size_t> count = stream_->send(bytes_of(std::string_view(request_).substr(sent_)));
        if (!count) {
            drop_stream();
            return finish(tl::unexpected(count.error()));
        }
        if (*count == 0) return;
        sent_ += *count;
    }
    watch_->set(true, false);
}

// To the last byte: TLS may hold some that the socket no longer shows.
void HttpLane::read() {
    std::array<std::byte, kReadSize> buffer;
    for (;;) {
        const Result<std::size_t> count = stream_->receive(buffer);
        if (count && *count == 0) return;
        if (!busy()) return drop_stream();  // closed while idle, or out of step
        const auto progress =
            count ? response_->feed({reinterpret_cast<const char*>(buffer.data()), *count}) : response_->ended();
        if (progress && *progress == HttpResponse::Progress::NeedMore) continue;
        if (!progress || !response_->keeps_alive() || sent_ < request_.size()) drop_stream();
        if (!progress) return finish(tl::unexpected(count ? progress.error() : count.error()));
        return finish(std::move(*response_));
    }
}

void HttpLane::finish(Result<HttpResponse> result) {
    deadline_.reset();
    const Done done = std::exchange(done_, nullptr);
    done(std::move(result));
}

void HttpLane::drop_stream() {
    watch_.reset();
    stream_.reset();
}

}  // namespace culvert::tunnel::link
