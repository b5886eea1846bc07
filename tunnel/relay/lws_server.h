// WebSocket and HTTP service on accepted sockets, by libwebsockets on the loop's libuv. libwebsockets is seen by
// lws_*.cpp only. Loop thread only. Destroyed while the loop does not run; the handler then hears nothing of the links
// that were open.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/base/units.h"
#include "common/net/loop.h"
#include "tunnel/relay/http_answer.h"
#include "tunnel/relay/transport.h"

namespace culvert::tunnel::relay {

struct LwsSettings {
    std::string path;              // of the WebSocket
    std::string certificate_file;  // empty: without TLS
    std::string key_file;
    std::size_t connections = 0;  // at most; more are closed at once
    Duration handshake_timeout{};
    Duration ping_after{}, give_up_after{};  // of silence of a link
};

class LwsServer final : public LinkTransport {
  public:
    // Links go to `handler`; plain requests on the public sockets to `public_pages`, on the admin's to `admin_pages`.
    static Result<std::unique_ptr<LwsServer>> create(net::Loop& loop, LwsSettings settings, LinkHandler& handler,
                                                     HttpAnswers public_pages, HttpAnswers admin_pages);
    ~LwsServer() override;

    // Both take the descriptor over. False: closed, too many connections.
    bool adopt_public(int fd);
    bool adopt_admin(int fd);

    void want_write(LinkId link) override;
    void cut(LinkId link) override;
    // New connections get the certificate that the files hold now; the caller has checked them.
    void reload_certificate();

    struct State;

  private:
    explicit LwsServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace culvert::tunnel::relay
