#include "tests/support/fault_proxy/tunnel.h"

#include <poll.h>

#include <array>

#include <fmt/format.h>

namespace culvert::test {
namespace {

using namespace std::chrono_literals;

constexpr int kLook_ms = 5;  // how often a tunnel looks at orders and at what is due
constexpr auto kHandshakePatience = 10s;

}  // namespace

Tunnel::Tunnel(int client, int server, std::string name, EventLog& events, std::function<Faults()> faults,
               std::function<Order()> order)
    : name_(std::move(name)),
      events_(events),
      faults_(std::move(faults)),
      order_(std::move(order)),
      start_(clock_.steady_now()),
      last_byte_(start_),
      client_(client),
      server_(server),
      up_(client_, server_,
          [this](std::string_view bytes, const LaneFaults& lane) {
              return inspector_ ? inspector_->from_client(bytes, lane) : std::string(bytes);
          }),
      down_(server_, client_, [this](std::string_view bytes, const LaneFaults& lane) {
          return inspector_ ? inspector_->from_server(bytes, lane) : std::string(bytes);
      }) {
    events_.write("opened", {{"connection", name_}});
}

bool Tunnel::inspect(TlsAuthority& authority, const std::string& host) {
    const auto context = authority.as_server(host, faults_().prefer_h2);
    Status done = context ? client_.accept_tls(*context, kHandshakePatience) : tl::unexpected(context.error());
    events_.write("tls", {{"connection", name_},
                          {"side", "client"},
                          {"result", done ? "ok" : done.error().message},
                          {"alpn", client_.chosen_alpn()}});
    if (!done) return false;
    done = server_.connect_tls(authority.as_client(), host, kHandshakePatience);
    if (!done) {
        events_.write("tls", {{"connection", name_}, {"side", "server"}, {"result", done.error().message}});
        return false;
    }
    inspector_ = std::make_unique<Inspector>(
        name_, events_, faults_, [this](std::string answer) { down_.inject(std::move(answer), clock_.steady_now()); });
    return true;
}

void Tunnel::run() {
    for (;;) {
        const Faults faults = faults_();
        const SteadyTime now = clock_.steady_now();
        switch (order_()) {
            case Order::Carry:
                break;
            case Order::Stall:
                if (!stalled_) events_.write("stalled", {{"connection", name_}});
                stalled_ = true;
                break;
            case Order::Cut:
                return finish("told to cut", false);
            case Order::Reset:
                return finish("told to reset", true);
            case Order::Stop:
                return finish("the proxy stops", false);
        }
        if (const char* why = over(faults, now)) return finish(why, faults.cut_with_reset);
        if (!move(faults, now)) return finish(ended_, ended_ != nullptr && faults.cut_with_reset);
        wait();
    }
}

// Why its time is over; null: it is not.
const char* Tunnel::over(const Faults& faults, SteadyTime now) {
    if (faults.cut_after && now - start_ >= *faults.cut_after) return "maximum age";
    if (faults.idle_cut && now - last_byte_ >= *faults.idle_cut) return "idle";
    return nullptr;
}

bool Tunnel::move(const Faults& faults, SteadyTime now) {
    LaneFaults up = faults.up, down = faults.down;
    if (stalled_ || (faults.stall_after && now - start_ >= *faults.stall_after)) up.stall = down.stall = true;
    for (const auto& [lane, wrong] : {std::pair{&up_, &up}, std::pair{&down_, &down}}) {
        switch (lane->move(*wrong, now)) {
            case Lane::State::Open:
                break;
            case Lane::State::Finished:
                ended_ = lane == &up_ ? "the client ended it" : "the server ended it";
                return false;
            case Lane::State::Broken:
                ended_ = lane == &up_ ? "the client's side broke" : "the server's side broke";
                return false;
            case Lane::State::Cut:
                ended_ = "enough bytes";
                return false;
        }
    }
    if (up_.bytes() + down_.bytes() != bytes_) {
        bytes_ = up_.bytes() + down_.bytes();
        last_byte_ = now;
    }
    return true;
}

void Tunnel::wait() {
    const auto interest = [](const Lane& reads, const Lane& writes) {
        return static_cast<short>((reads.wants_to_read() ? POLLIN : 0) | (writes.wants_to_write() ? POLLOUT : 0));
    };
    std::array<pollfd, 2> ends{pollfd{client_.fd(), interest(up_, down_), 0},
                               pollfd{server_.fd(), interest(down_, up_), 0}};
    ::poll(ends.data(), ends.size(), kLook_ms);
}

void Tunnel::finish(const char* why, bool reset) {
    const double seconds = std::chrono::duration<double>(clock_.steady_now() - start_).count();
    events_.write("ended", {{"connection", name_},
                            {"why", why},
                            {"with", reset ? "reset" : "close"},
                            {"up", std::to_string(up_.bytes())},
                            {"down", std::to_string(down_.bytes())},
                            {"seconds", fmt::format("{:.1f}", seconds)}});
    if (!reset) return;
    client_.reset_on_close();
    server_.reset_on_close();
}

}  // namespace culvert::test
