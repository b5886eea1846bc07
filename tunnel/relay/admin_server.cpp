#include "tunnel/relay/admin_server.h"

namespace culvert::tunnel::relay {

HttpAnswer AdminServer::answer(std::string_view path) const {
    if (path == "/healthz") return HttpAnswer{.body = "ok\n"};
    if (path == "/readyz")
        return draining_ ? HttpAnswer{.status = 503, .body = "draining\n"} : HttpAnswer{.body = "ready\n"};
    if (path == "/metrics")
        return HttpAnswer{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                          .body = prometheus_text(counters_())};
    return HttpAnswer{.status = 404, .body = "/healthz, /readyz and /metrics are here\n"};
}

}  // namespace culvert::tunnel::relay
