// The controller's end: it opens sessions, and a channel for each whenever one is missing.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "tunnel/session/back_off.h"
#include "tunnel/session/endpoint_base.h"

namespace culvert::tunnel::session {

class ControllerEndpoint final : public EndpointBase {
  public:
    explicit ControllerEndpoint(EndpointParts parts);
    ~ControllerEndpoint() override;

    Session& open(const Address& agent, const std::string& name, SessionEvents& events) override;
    void close_all(std::string_view reason) override;
    std::vector<Session*> sessions() override;

    void on_detached(NumberedSession& session) override;
    void on_over(NumberedSession& session) override;

  private:
    // One agent: its session, and the channel that is being opened for it.
    class Opener;

    void link_is_up() override;
    void data_arrived(const Address& from, const Carriage& carriage) override;
    void peer_unreachable(const Address& peer) override;
    void presence_changed(const std::vector<link::Presence>& changes, bool whole_list) override;
    void drop_channels(const Error& why, FramedChannel::Farewell farewell) override;
    void flush_channels() override;
    Opener* find(const Address& agent);
    std::vector<Opener*> all();

    std::map<Address, std::unique_ptr<Opener>> openers_;
    std::vector<std::unique_ptr<Opener>> retired_;  // over, perhaps still on the stack
    Timer retire_timer_;
    std::uint64_t last_channel_ = 0;
};

}  // namespace culvert::tunnel::session
