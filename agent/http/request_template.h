// A request step rendered as far as it can be when the plan is loaded; what remains is filled in for each user.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/http/text_template.h"
#include "agent/http/url.h"
#include "common/workload/plan.h"

namespace culvert::agent::http {

const char* default_user_agent();  // "culvert/VERSION"

// How a redirect changes a request (RFC 9110, 15.4).
struct Redirected {
    Url url;
    workload::Method method = workload::Method::Get;
    bool with_body = false;
    bool other_origin = false;  // Authorization and Cookie headers of the plan are left out
};

// Immutable; one for each worker thread.
class RequestTemplate {
  public:
    static Result<RequestTemplate> compile(const workload::RequestStep& step, const Constants& constants,
                                           const std::vector<std::string>& names);

    // Known when the plan is loaded; nullopt: the origin itself depends on a variable.
    const std::optional<Origin>& fixed_origin() const { return origin_; }
    // The whole request, when nothing in it depends on a user. Empty otherwise.
    const std::string& fixed_text() const { return fixed_text_; }
    workload::Method method() const { return method_; }
    // The request itself asks for the connection to be closed.
    bool closes() const { return closes_; }

    // Where the request goes. Only needed without a fixed origin, for cookies, and for redirects.
    Result<Url> url(const Variables& variables) const;
    // Appends the request to `out`. `url` is needed without a fixed origin; `cookies` is the value of the Cookie
    // header, or empty.
    Status render(const Variables& variables, const Url* url, std::string_view cookies, std::string& out) const;
    Status render_redirected(const Variables& variables, const Redirected& how, std::string_view cookies,
                             std::string& out) const;

  private:
    struct Header {
        std::string name;   // lower case
        TextTemplate line;  // "Name: value\r\n"
    };

    Status compile_url(const workload::RequestStep& step, const Constants& constants,
                       const std::vector<std::string>& names);
    Status compile_headers(const workload::RequestStep& step, const Constants& constants,
                           const std::vector<std::string>& names);
    void append_line(workload::Method method, std::string_view target, const Origin& origin, std::string& out) const;
    Status append_rest(const Variables& variables, const TextTemplate& headers, std::string_view cookies,
                       bool with_body, std::string& out) const;

    workload::Method method_ = workload::Method::Get;
    std::optional<Origin> origin_;
    TextTemplate target_;  // with a fixed origin: the target; else the whole URL
    TextTemplate line_;    // with a fixed origin: request line and Host
    std::vector<Header> headers_;
    TextTemplate all_headers_;
    bool own_host_ = false;  // the plan sets Host
    bool closes_ = false;
    bool has_body_ = false;  // a Content-Length is sent
    TextTemplate body_;
    std::string fixed_text_;
};

}  // namespace culvert::agent::http
