// The first thing on a connection to a CONNECT proxy: the request, and how it is answered, faults included.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "tests/support/fault_proxy/event_log.h"
#include "tests/support/fault_proxy/faults.h"

namespace culvert::test {

struct ConnectRules {
    std::string basic;  // "user:password"; empty: everybody may pass
};

struct ConnectTarget {
    std::string host;
    std::uint16_t port = 0;
};

class ConnectRequest {
  public:
    // `refusal_left`: whether `answer.status` is due once more; counts it. `stopping` ends every wait.
    ConnectRequest(int client, const ConnectRules& rules, std::string connection, EventLog& events,
                   std::function<Faults()> faults, std::function<bool()> refusal_due, std::function<bool()> stopping);

    // Answers until one request is granted; its answer is still to be sent, by grant() or refuse(). Empty: the
    // connection is over.
    std::optional<ConnectTarget> next();
    bool grant();
    void refuse(int status);

  private:
    std::optional<std::string> read_head();
    // False: the connection must end.
    bool send_refusal(int status, const std::string& fields);
    bool send_slowly(const std::string& text);
    bool wait(Duration time);

    const int client_;
    const ConnectRules& rules_;
    const std::string connection_;
    EventLog& events_;
    const std::function<Faults()> faults_;
    const std::function<bool()> refusal_due_;
    const std::function<bool()> stopping_;
};

}  // namespace culvert::test
