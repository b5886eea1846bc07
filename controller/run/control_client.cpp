#include "controller/run/control_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/run/control_socket.h"

namespace culvert::run {
namespace {

using nlohmann::json;

constexpr Duration kAnswerWithin = std::chrono::seconds(10);
constexpr Duration kTellEvery = std::chrono::seconds(1);
constexpr std::size_t kLargestAnswer = kLargestView + 64;

}  // namespace

Result<ControlClient> ControlClient::connect(const std::filesystem::path& socket) {
    const auto fd = connect_to(socket);
    if (!fd) return tl::unexpected(fd.error());
    return ControlClient(*fd);
}

ControlClient::ControlClient(ControlClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), in_(std::move(other.in_)), on_waiting_(std::move(other.on_waiting_)) {}

ControlClient::~ControlClient() {
    if (fd_ >= 0) ::close(fd_);
}

Status ControlClient::command(const std::string& line) {
    const std::string text = line + "\n";
    for (std::size_t sent = 0; sent < text.size();) {
        const ssize_t size = ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return fail(Code::Disconnected, "the run's process is gone");
        sent += static_cast<std::size_t>(size);
    }
    auto answer = next_line(kTellEvery);
    for (Duration waited = kTellEvery; !answer && answer.error().code == Code::Timeout && waited < kAnswerWithin;
         waited += kTellEvery) {
        if (on_waiting_) on_waiting_("waiting for an answer of the process that carries the run");
        answer = next_line(kTellEvery);
    }
    if (!answer) return tl::unexpected(answer.error());
    const json object = json::parse(*answer, nullptr, false);
    if (object.is_object() && object.contains("ok")) return {};
    return fail(Code::Internal, "the run's process answered: " + *answer);
}

Result<std::string> ControlClient::next_line(Duration patience) {
    for (;;) {
        if (const std::size_t end = in_.find('\n'); end != std::string::npos) {
            std::string line = in_.substr(0, end);
            in_.erase(0, end + 1);
            return line;
        }
        if (in_.size() > kLargestAnswer) return fail(Code::InvalidInput, "the run's process sent too long a line");
        pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
        const int ready =
            ::poll(&wait, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(patience).count()));
        if (ready == 0 || (ready < 0 && errno == EINTR))
            return fail(Code::Timeout, "the run's process does not answer");
        char buffer[64 << 10];
        const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return fail(Code::Disconnected, "the run's process is gone");
        in_.append(buffer, static_cast<std::size_t>(size));
    }
}

Status ControlClient::stop(StopMode mode) {
    return command(mode == StopMode::Gracefully ? R"({"command":"stop"})" : R"({"command":"stop_now"})");
}

Status ControlClient::comment(std::string_view text) {
    const json request{{"command", "comment"}, {"text", std::string(text)}};
    const std::string line = request.dump(-1, ' ', false, json::error_handler_t::replace);
    constexpr std::size_t kLongestComment = 4 << 10;
    if (line.size() > kLongestComment) return fail(Code::InvalidInput, "the comment is too long");
    return command(line);
}

Result<RunView> ControlClient::status() {
    if (const Status ok = command(R"({"command":"status"})"); !ok) return tl::unexpected(ok.error());
    auto view = next_view(kAnswerWithin);
    if (!view) return tl::unexpected(view.error());
    if (!*view) return fail(Code::Disconnected, "the run is over");
    return std::move(**view);
}

Status ControlClient::watch() {
    return command(R"({"command":"watch"})");
}

Result<std::optional<RunView>> ControlClient::next_view(Duration patience) {
    const auto line = next_line(patience);
    if (!line) return tl::unexpected(line.error());
    const json object = json::parse(*line, nullptr, false);
    if (object.is_object() && object.contains("over")) return std::optional<RunView>();
    if (!object.is_object() || !object.contains("view"))
        return fail(Code::InvalidInput, "the run's process sent what is no view");
    auto view = run_view_from_json(object["view"].dump());
    if (!view) return tl::unexpected(view.error());
    return std::optional<RunView>(std::move(*view));
}

}  // namespace culvert::run
