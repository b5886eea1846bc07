#include "agent/http/redirect.h"

namespace culvert::agent::http {

using workload::Method;

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<Redirected> follow(int status, std::string_view location, const Url& from, Method method, bool with_body) {
    auto url = resolve_reference(from, location);
    if (!url) return fail(url.error(), "redirect");
    const bool becomes_get =
        (status == 303 && method != Method::Head) || ((status == 301 || status == 302) && method == Method::Post);
    Redirected result{std::move(*url), becomes_get ? Method::Get : method, with_body && !becomes_get, false};
    result.other_origin = result.url.origin != from.origin;
    return result;
}

}  // namespace culvert::agent::http
