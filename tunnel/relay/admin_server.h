// What the admin listener answers: /healthz (the process lives), /readyz (it takes links), /metrics (Prometheus).
#pragma once

#include <functional>
#include <string_view>

#include "tunnel/relay/counters.h"
#include "tunnel/relay/http_answer.h"

namespace culvert::tunnel::relay {

class AdminServer {
  public:
    explicit AdminServer(std::function<Counters()> counters) : counters_(std::move(counters)) {}

    void set_draining() { draining_ = true; }
    HttpAnswer answer(std::string_view path) const;

  private:
    const std::function<Counters()> counters_;
    bool draining_ = false;
};

}  // namespace culvert::tunnel::relay
