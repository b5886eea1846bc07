// The agent's end: it accepts channels of controllers, and asks for one when it has none.
#pragma once

#include <map>
#include <memory>

#include "tunnel/session/back_off.h"
#include "tunnel/session/endpoint_base.h"

namespace culvert::tunnel::session {

class AgentEndpoint final : public EndpointBase {
  public:
    static constexpr std::size_t kMostSessions = 16;    // controllers' processes at once; one of them can run
    static constexpr std::size_t kMostHandshakes = 32;  // a channel that was not verified yet costs some 50 KiB

    explicit AgentEndpoint(EndpointParts parts);
    ~AgentEndpoint() override;

    Session& open(const Address& agent, const std::string& name, SessionEvents& events) override;
    void close_all(std::string_view reason) override;
    std::vector<Session*> sessions() override;

    void on_detached(NumberedSession& session) override;
    void on_over(NumberedSession& session) override;

  private:
    // A channel whose Open has not come yet.
    class Handshake;
    struct Peer {
        std::unique_ptr<NumberedSession> session;
        BackOff back_off;
        Timer wake_timer;
    };

    void link_is_up() override;
    void data_arrived(const Address& from, const Carriage& carriage) override;
    void peer_unreachable(const Address& peer) override;
    void presence_changed(const std::vector<link::Presence>&, bool) override {}
    void drop_channels(const Error& why, FramedChannel::Farewell farewell) override;
    void flush_channels() override;

    void begin_handshake(const Address& from, const Carriage& carriage);
    void end_handshake(const Address& from);
    void opened(const Address& from, const OpenFrame& open);
    void make_room();
    void refuse(const Address& from, CloseCode code, std::string_view reason);
    void ask_for_channel(const Address& controller);
    void ask_later(const Address& controller, Peer& peer);
    std::vector<NumberedSession*> all();

    std::map<Address, Peer> peers_;
    std::map<Address, std::unique_ptr<Handshake>> handshakes_;
    std::vector<std::unique_ptr<Handshake>> ended_;  // perhaps still on the stack
    Timer ended_timer_;
    SteadyTime crowded_{};  // when a handshake was last ignored
};

}  // namespace culvert::tunnel::session
